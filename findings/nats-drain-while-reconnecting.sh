#!/bin/sh
# Tried: github.com/nats-io/nats.go v1.55.0 with github.com/nats-io/nats-server/v2 v2.15.3 in the
#        same process, 2026-12-01.
# Guess: Drain sends what Publish has accepted, and then closes. If it returns an error, it has done
#        nothing: the connection goes on, and the buffer is sent when the server is back, as without
#        Drain.
# Seen:  while the client reconnects, Drain returns "connection reconnecting" and closes the
#        connection all the same. What Publish accepted is lost. Without Drain, the same message
#        arrives.
# Here:  found while ways to connect several servers were compared. A node that ends must wait for
#        its connection before it drains.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding 2> /dev/null
go get github.com/nats-io/nats.go@v1.55.0 github.com/nats-io/nats-server/v2@v2.15.3 2> /dev/null || exit 2

cat > main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// start starts a server at a port, -1 for any.
func start(port int) *server.Server {
	s := must(server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true}))
	go s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		panic("the server does not start")
	}
	return s
}

func try(drain bool) {
	s := start(-1)
	port := s.Addr().(*net.TCPAddr).Port
	lost, closed := make(chan struct{}, 2), make(chan struct{})
	publisher := must(nats.Connect(s.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(2*time.Second),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { lost <- struct{}{} }), nats.ClosedHandler(func(*nats.Conn) { close(closed) })))
	s.Shutdown()
	s.WaitForShutdown()
	<-lost
	fmt.Println("publish while reconnecting:", publisher.Publish("greeting", []byte("hello")))
	if drain {
		fmt.Println("drain:", publisher.Drain())
	}
	s = start(port)
	defer s.Shutdown()
	subscriber := must(nats.Connect(s.ClientURL()))
	greetings := must(subscriber.SubscribeSync("greeting"))
	if err := subscriber.Flush(); err != nil {
		panic(err)
	}
	message, err := greetings.NextMsg(8 * time.Second)
	fmt.Println("received:", message != nil, err)
	select {
	case <-closed:
		fmt.Println("the publisher is closed")
	case <-time.After(time.Second):
		fmt.Println("the publisher is", publisher.Status())
	}
}

func main() {
	try(false)
	try(true)
}
GO
go run . > got

cat > want <<'END'
publish while reconnecting: <nil>
received: true <nil>
the publisher is CONNECTED
publish while reconnecting: <nil>
drain: nats: connection reconnecting
received: false nats: timeout
the publisher is closed
END
diff -u want got
