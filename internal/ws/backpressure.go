package ws

import (
	"context"
	"errors"
	"fmt"
)

// ErrClosing means that a socket is closing or closed, so its queue will not have space again.
var ErrClosing = errors.New("socket is closing")

// spaceFraction: at most MaxQueue/spaceFraction bytes may be pending for WaitWritable to return and
// for Send to accept frames of any size.
const spaceFraction = 4

// WaitWritable waits until at most a quarter of Config.MaxQueue is pending. It fails with
// ErrClosing if the socket is closing or closed, and with an error that wraps that of ctx if ctx
// ends first. Unlike the other methods it waits for the network.
func (s *Socket) WaitWritable(ctx context.Context) error {
	for {
		space, closing := s.spaceSignal()
		if closing {
			return ErrClosing
		}
		if space == nil {
			return nil
		}
		select {
		case <-space:
		case <-ctx.Done():
			return fmt.Errorf("wait for space in the queue: %w", context.Cause(ctx))
		}
	}
}

// spaceSignal reports whether the socket is closing. If not, it returns a channel that is closed
// when there is space or the socket closes, or nil if there is space now.
func (s *Socket) spaceSignal() (space <-chan struct{}, closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseOpen || s.hasSpace() {
		return nil, s.phase != phaseOpen
	}
	if s.queue.space == nil {
		s.queue.space = make(chan struct{})
	}
	return s.queue.space, false
}

func (s *Socket) hasSpace() bool { return s.queue.hasSpace(s.server.config.MaxQueue) }

// signalSpace wakes the goroutines that wait for space if there is space or the socket is closing.
// The lock is held.
func (s *Socket) signalSpace() {
	if s.queue.space != nil && (s.phase != phaseOpen || s.hasSpace()) {
		close(s.queue.space)
		s.queue.space = nil
	}
}
