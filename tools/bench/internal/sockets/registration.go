//go:build linux

package sockets

import (
	"context"
	"fmt"
	"time"
)

// The letters of the broadcasts that nothing is measured with.
const (
	calling = 'c'
	last    = 'l'
)

// callEvery is how often those who are not here yet are called.
const callEvery = 10 * time.Millisecond

// gathering is how far a crowd is with it.
type gathering struct {
	heard, ready int // clients that have got a call, and the last one
	called       time.Time
	over         bool // the last call has been sent
}

// gather waits until the server knows everybody: some register a client a moment after they have answered its handshake, and what
// is broadcast in between passes it by. The first client calls until everybody has heard something, then says that this was the
// last call; behind it everybody gets the same.
func (c *crowd) gather(ctx context.Context) error {
	var g gathering
	for end := time.Now().Add(patience); g.ready < len(c.fds); {
		now := time.Now()
		if now.After(end) {
			return fmt.Errorf("%d of %d clients heard nothing within %s", len(c.fds)-g.heard, len(c.fds), patience)
		}
		if err := c.call(&g, now); err != nil {
			return err
		}
		events, err := c.poll(ctx)
		if err != nil {
			return err
		}
		for _, event := range events {
			if err := c.hear(&g, c.index[event.Fd]); err != nil {
				return err
			}
		}
	}
	clear(c.got)
	return nil
}

// call sends the call that is due, if one is.
func (c *crowd) call(g *gathering, now time.Time) error {
	switch {
	case g.heard < len(c.fds) && now.Sub(g.called) >= callEvery:
		g.called = now
		return c.send(broadcastOf(calling))
	case g.heard == len(c.fds) && !g.over:
		g.over = true
		return c.send(broadcastOf(last))
	}
	return nil
}

// hear reads what a client has got.
func (c *crowd) hear(g *gathering, client int) error {
	n, err := c.read(client)
	if err != nil || n == 0 {
		return err
	}
	if c.got[client] == 0 {
		g.heard++
	}
	c.got[client] += n
	if c.got[client]%frameSize == 0 && c.buf[n-1] == last {
		g.ready++
	}
	return nil
}
