package client_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

// TestPosition: the position is updated when OnEvent has returned.
func TestPosition(t *testing.T) {
	t.Parallel()
	const event = `{"type":"added","data":{"n":5},"session_id":"G","timestamp":1,"seq":`
	heard := make(chan struct{})
	o := client.Options{Since: client.Position{Epoch: "e", Seq: 3}, OnEvent: func(client.Event) { <-heard }}
	play(t, o, func(c *client.Client, s *server) {
		heard = make(chan struct{})
		want := func(epoch string, seq int64) {
			s.t.Helper()
			synctest.Wait()
			if got := c.Position(); got != (client.Position{Epoch: epoch, Seq: seq}) {
				s.t.Errorf("at %v, want %s %d", got, epoch, seq)
			}
		}
		s.send(event + `9}`) // of any session, before the welcome
		heard <- struct{}{}
		want("e", 3)
		s.send(`{"type":"welcome","epoch":"e","last_seq":5,"resumed":true,"from":4,"to":5}`)
		heard <- struct{}{}
		want("e", 3)
		s.send(event+`4}`, event+`5}`)
		want("e", 3)
		heard <- struct{}{}
		want("e", 4)
		heard <- struct{}{}
		want("e", 5)
		s.send(`{"type":"later"}`, event+`8,"prev_seq":5}`)
		heard <- struct{}{}
		want("e", 5)
		heard <- struct{}{}
		want("e", 8)
		s.send(`{"type":"resync","epoch":"f","last_seq":2,"reason":"epoch"}`)
		heard <- struct{}{}
		want("f", 2)
		s.send(`{"type":"welcome","epoch":"g","last_seq":1,"resumed":false,"reason":"epoch"}`)
		heard <- struct{}{}
		want("g", 1)
		close(heard)
	})
}

// TestDial_since: the position is part of the URL.
func TestDial_since(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer far.Close()
	asked := make(chan string, 1)
	go func() {
		head := make([]byte, 4096)
		n, _ := far.Read(head)
		asked <- string(head[:n])
		far.Close()
	}()
	_, err := client.Dial(t.Context(), "ws://server.example/ws", client.Options{
		SessionID: "G1", Since: client.Position{Epoch: "e-1", Seq: 9007199254740991},
		NetDial: func(context.Context, string, string) (net.Conn, error) { return near, nil },
	})
	if err == nil {
		t.Error("connected to nothing")
	}
	if head := <-asked; !strings.HasPrefix(head, "GET /ws?after=9007199254740991&epoch=e-1&session_id=G1 HTTP/1.1\r\n") {
		t.Errorf("asked with\n%s", head)
	}
}
