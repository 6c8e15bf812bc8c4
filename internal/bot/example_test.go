package bot_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"seg.example/gen/client"
	"seg.example/internal/bot"
	"seg.example/internal/game"
)

// A bot needs a connected client and the rules of its session. Join creates its company, and each Play
// does what the company does between two turns.
func ExampleBot() {
	ctx := context.Background()
	clientEnd, serverEnd := net.Pipe()
	server := new(fakeServer)
	served := make(chan error, 1)
	go func() { served <- server.serve(serverEnd) }()

	c, err := client.Dial(ctx, "ws://localhost/ws/connect", client.Options{
		Password: "secret",
		NetDial:  func(context.Context, string, string) (net.Conn, error) { return clientEnd, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	b := bot.New(bot.Options{Client: c, Session: "A", User: 1, Name: "Ann", Rules: &game.Ruleset{}, Now: time.Now})
	for _, step := range []func(context.Context) error{b.Join, b.Play} {
		if err := step(ctx); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("automatic factories:", server.auto)
	c.Close()
	fmt.Println("server:", <-served)
	// Output:
	// automatic factories: [true true true]
	// server: <nil>
}
