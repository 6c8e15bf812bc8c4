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
	// memoryInterval is how often the memory of a server is looked at.
	memoryInterval = 500 * time.Millisecond
	// stableReadings is how many looks in a row must find the same, or about so.
	stableReadings = 4
	// maxReadings bounds the looks.
	maxReadings = 20
	// stableWithin is what counts as the same.
	stableWithin = 0.005
)

// measureIdle opens n connections to t, which has none, waits until the server's memory is stable,
// and returns its memory per connection.
func measureIdle(ctx context.Context, t target, n int) (s sample, err error) {
	if err := checkFiles(n); err != nil {
		return s, err
	}
	before, err := stableMemory(ctx, t.pid)
	if err != nil {
		return s, err
	}
	conns, err := dialAll(ctx, t, n)
	defer closeAll(conns)
	if err != nil {
		return s, err
	}
	after, err := stableMemory(ctx, t.pid)
	if err != nil {
		return s, err
	}
	for i, conn := range conns {
		if err := checkOpen(conn); err != nil {
			return s, fmt.Errorf("socket %d of %s: %w", i, t.name, err)
		}
	}
	return sample{memory: (after - before) / float64(n)}, nil
}

// stableMemory returns the memory of the process pid after it has stopped changing.
func stableMemory(ctx context.Context, pid int) (float64, error) {
	var last float64
	same := 0
	for range maxReadings {
		now, err := residentMemory(pid)
		if err != nil {
			return 0, err
		}
		if math.Abs(now-last) > stableWithin*now {
			last, same = now, 0
		}
		if same++; same == stableReadings {
			return now, nil
		}
		if err := wait(ctx, memoryInterval); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("the memory of process %d is not stable after %s", pid, maxReadings*memoryInterval)
}

// checkOpen returns an error if the server has closed a connection.
func checkOpen(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("check the connection: %w", err)
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
