//go:build linux

// Package sockets compares WebSocket servers: seg, its packages ws and hub alone, libraries, and minimal
// servers as the limit. Each server runs in its own process on the loopback interface. The clients run in
// this process.
//
// It reads processor time and memory of the servers from /proc and uses epoll, so it needs Linux.
package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
)

// server is a server that Serve can run.
type server struct {
	name  string
	path  string // of the handshake's request; empty: there is no handshake
	serve func(l net.Listener) error
}

// Names of the servers.
const (
	RawTCP  = "raw TCP"
	Lean    = "gobwas/ws, lean loop"
	Gorilla = "gorilla/websocket"
	Gws     = "lxzan/gws"
	Seg     = "seg serve"
	Limit   = "batched writes, no queue (limit)"
	Hub     = "internal/ws + internal/hub"

	fanGorilla = "gorilla/websocket, channel and PreparedMessage"
	fanGws     = "lxzan/gws, Broadcaster"
)

// echoes are the servers that return each message.
func echoes() []server {
	return []server{
		{Lean, "/", serveLean},
		{RawTCP, "", serveTCP},
		{Gorilla, "/", serveGorillaEcho},
		{Gws, "/", serveGwsEcho},
	}
}

// fans are the servers that send each message to every client.
func fans() []server {
	return []server{
		{Limit, "/", serveLimit},
		{Hub, "/?client_id=", serveHub},
		{fanGorilla, "/", serveGorillaFan},
		{fanGws, "/", serveGwsFan},
	}
}

// Serve is the process of the server called name. It listens on a free port of the loopback
// interface, writes the address to out, and serves until in ends.
func Serve(ctx context.Context, name string, in io.Reader, out io.Writer) error {
	all := append(echoes(), fans()...)
	i := slices.IndexFunc(all, func(s server) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("no server is called %q", name)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	failed := make(chan error, 1)
	go func() { failed <- all[i].serve(listener) }()
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return errors.Join(fmt.Errorf("write the address: %w", err), listener.Close())
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	select {
	case err := <-failed:
		return err
	case err := <-ended:
		// The parent process no longer needs this one. The kernel closes its files.
		return err
	}
}
