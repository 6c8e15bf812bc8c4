//go:build linux

package sockets

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"syscall"
	"time"
)

const (
	// settleEvery is how often the memory of a server is looked at.
	settleEvery = 500 * time.Millisecond
	// settleLooks is how many looks in a row must find the same, or about so.
	settleLooks = 4
	// settleMost bounds the looks.
	settleMost = 20
	// settleWithin is what counts as the same.
	settleWithin = 0.005
)

// measureIdle opens n connections to t, which has none yet, leaves them alone and returns what the server holds for each of them
// once that does not change any more.
func measureIdle(ctx context.Context, t target, n int) (s sample, err error) {
	if err := checkFiles(n); err != nil {
		return s, err
	}
	before, err := settled(ctx, t.pid)
	if err != nil {
		return s, err
	}
	conns, err := dialAll(ctx, t, n)
	defer closeAll(conns)
	if err != nil {
		return s, err
	}
	after, err := settled(ctx, t.pid)
	if err != nil {
		return s, err
	}
	for i, conn := range conns {
		if err := alive(conn); err != nil {
			return s, fmt.Errorf("socket %d of %s: %w", i, t.name, err)
		}
	}
	return sample{memory: (after - before) / float64(n)}, nil
}

// settled returns the memory of the process pid once it has stopped changing.
func settled(ctx context.Context, pid int) (float64, error) {
	var last float64
	same := 0
	for range settleMost {
		now, err := residentMemory(pid)
		if err != nil {
			return 0, err
		}
		if math.Abs(now-last) > settleWithin*now {
			last, same = now, 0
		}
		if same++; same == settleLooks {
			return now, nil
		}
		if err := wait(ctx, settleEvery); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("the memory of process %d does not settle within %s", pid, settleMost*settleEvery)
}

// alive makes sure that the server has not closed a connection.
func alive(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("look at the connection: %w", err)
	}
	var state error
	err = raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case errors.Is(err, syscall.EAGAIN):
		case err != nil:
			state = err
		case n == 0:
			state = errors.New("the server closed the connection")
		}
	})
	return errors.Join(err, state)
}
