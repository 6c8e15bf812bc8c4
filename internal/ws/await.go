package ws

import (
	"context"
	"errors"
	"fmt"
)

// ErrClosing tells that a socket takes leave or is gone: there will be no room in its queue.
var ErrClosing = errors.New("socket is closing")

// roomPart is the part of Config.MaxQueue that may be in use for AwaitRoom to return, and for Send to take whatever comes.
const roomPart = 4

// AwaitRoom returns nil once what waits to be written is at most a quarter of Config.MaxQueue, what is being written included. It
// fails with ErrClosing when the socket is closing or gone, and with an error that wraps ctx's when ctx ends first. Unlike the
// other methods it waits for the network.
func (s *Socket) AwaitRoom(ctx context.Context) error {
	for {
		room, closing := s.roomComes()
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

// roomComes tells whether the socket is closing. If not, it returns what will be closed when there is room, or no hope for it; nil
// when there is room.
func (s *Socket) roomComes() (room <-chan struct{}, closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseOpen || s.hasRoom() {
		return nil, s.phase != phaseOpen
	}
	if s.out.room == nil {
		s.out.room = make(chan struct{})
	}
	return s.out.room, false
}

func (s *Socket) hasRoom() bool { return s.out.hasRoom(s.server.config.MaxQueue) }

// tellRoom wakes those who wait for room or for the end, if it has come. The lock is held.
func (s *Socket) tellRoom() {
	if s.out.room != nil && (s.phase != phaseOpen || s.hasRoom()) {
		close(s.out.room)
		s.out.room = nil
	}
}
