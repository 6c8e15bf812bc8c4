package ws

import (
	"context"
	"errors"
	"fmt"
)

// ErrClosing tells that a socket takes leave or is gone: there will be no room in its queue.
var ErrClosing = errors.New("socket is closing")

// spaceFraction is the part of Config.MaxQueue that may be in use for WaitWritable to return, and for Send to take whatever comes.
const spaceFraction = 4

// WaitWritable returns nil once what waits to be written is at most a quarter of Config.MaxQueue, what is being written included. It
// fails with ErrClosing when the socket is closing or gone, and with an error that wraps ctx's when ctx ends first. Unlike the
// other methods it waits for the network.
func (s *Socket) WaitWritable(ctx context.Context) error {
	for {
		room, closing := s.spaceSignal()
		if closing {
			return ErrClosing
		}
		if room == nil {
			return nil
		}
		select {
		case <-room:
		case <-ctx.Done():
			return fmt.Errorf("wait for room in the queue: %w", context.Cause(ctx))
		}
	}
}

// spaceSignal tells whether the socket is closing. If not, it returns what will be closed when there is room, or no hope for it; nil
// when there is room.
func (s *Socket) spaceSignal() (room <-chan struct{}, closing bool) {
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

// signalSpace wakes those who wait for room or for the end, if it has come. The lock is held.
func (s *Socket) signalSpace() {
	if s.queue.space != nil && (s.phase != phaseOpen || s.hasSpace()) {
		close(s.queue.space)
		s.queue.space = nil
	}
}
