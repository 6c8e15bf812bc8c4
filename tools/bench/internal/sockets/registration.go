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

// probeInterval is the time between two probes.
const probeInterval = 10 * time.Millisecond

// registration is the state of awaitRegistration.
type registration struct {
	heard, ready int // clients that have received a probe, and the last probe
	called       time.Time
	over         bool // the last call has been sent
}

// awaitRegistration waits until the server has registered every client. Some servers register a
// client only after they answer its handshake, and broadcasts before that are lost to it. The first
// client sends probes until every client has received one, and then a last probe. After it all
// clients receive the same broadcasts.
func (c *clientGroup) awaitRegistration(ctx context.Context) error {
	var g registration
	for end := time.Now().Add(deliveryTimeout); g.ready < len(c.fds); {
		now := time.Now()
		if now.After(end) {
			return fmt.Errorf("%d of %d clients received nothing within %s", len(c.fds)-g.heard, len(c.fds), deliveryTimeout)
		}
		if err := c.sendProbe(&g, now); err != nil {
			return err
		}
		events, err := c.poll(ctx)
		if err != nil {
			return err
		}
		for _, event := range events {
			if err := c.receiveProbe(&g, c.index[event.Fd]); err != nil {
				return err
			}
		}
	}
	clear(c.got)
	return nil
}

// sendProbe sends the next probe if it is due.
func (c *clientGroup) sendProbe(g *registration, now time.Time) error {
	switch {
	case g.heard < len(c.fds) && now.Sub(g.called) >= probeInterval:
		g.called = now
		return c.send(broadcastFrame(calling))
	case g.heard == len(c.fds) && !g.over:
		g.over = true
		return c.send(broadcastFrame(last))
	}
	return nil
}

// receiveProbe reads the input of a client.
func (c *clientGroup) receiveProbe(g *registration, client int) error {
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
