//go:build linux

package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"seg.example/tools/bench/internal/stats"
)

const (
	// broadcastSize is the length of a broadcast's text.
	broadcastSize = 200
	// frameSize is the length of its frame: the header has four bytes.
	frameSize = broadcastSize + 4
	// inFlight is how many broadcasts are under way at full speed.
	inFlight = 32
	// pause is how long the crowd waits between two looks at its sockets when there is nothing to read. A client that waits in the
	// kernel instead would make each write of the server pay for waking it up.
	pause = 200 * time.Microsecond
	// readBuffer is what is read at once, in bytes.
	readBuffer = 64 << 10
	// deliveryTimeout is how long nothing may come while broadcasts are under way.
	deliveryTimeout = 10 * time.Second
)

// clientGroup is a group of clients in one loop. The first one publishes broadcasts, and all of
// them receive every broadcast.
type clientGroup struct {
	epoll int
	files []*os.File
	fds   []int
	index map[int32]int // of a client, by descriptor

	frame     []byte
	got       []int       // bytes that each client has read
	missing   []int       // for each broadcast, how many clients do not have it yet
	sent      []time.Time // when it was published
	complete  int         // broadcasts that everybody has
	delivered int         // frames in all
	latencies stats.Series
	buf       []byte
	events    [256]syscall.EpollEvent
	heard     time.Time // when something was read last
}

// newClientGroup returns a group of n clients that are not connected yet.
func newClientGroup(n int) (*clientGroup, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll: %w", err)
	}
	return &clientGroup{
		epoll: epoll, index: make(map[int32]int, n), frame: broadcastFrame('b'), got: make([]int, n), buf: make([]byte, readBuffer),
	}, nil
}

// broadcastFrame returns the frame of a broadcast that consists of one letter.
func broadcastFrame(letter byte) []byte {
	return clientFrame(bytes.Repeat([]byte{letter}, broadcastSize))
}

// join opens the connections.
func (c *clientGroup) join(ctx context.Context, t target) error {
	conns, err := dialAll(ctx, t, len(c.got))
	// The crowd goes on with descriptors of its own: those of the connections are polled by Go as well.
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	if err != nil {
		return err
	}
	for i, conn := range conns {
		// The descriptors share the socket, so this holds for those of the crowd.
		if err := conn.SetLinger(0); err != nil {
			return fmt.Errorf("set SO_LINGER: %w", err)
		}
		file, err := conn.File()
		if err != nil {
			return fmt.Errorf("duplicate a descriptor: %w", err)
		}
		c.files = append(c.files, file)
		fd := int(file.Fd())
		c.fds = append(c.fds, fd)
		c.index[int32(fd)] = i
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		if err := errors.Join(syscall.SetNonblock(fd, true), syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &event)); err != nil {
			return fmt.Errorf("add a connection to epoll: %w", err)
		}
	}
	return nil
}

func (c *clientGroup) close() error {
	err := os.NewSyscallError("close", syscall.Close(c.epoll))
	for _, file := range c.files {
		err = errors.Join(err, file.Close())
	}
	return err
}

// measureFan opens n connections to t. It publishes rate broadcasts a second, or, if rate is 0,
// keeps inFlight of them under way, first to warm up and then for the measured window. The rate
// counts deliveries; the latency is the time until the last client has a broadcast.
func measureFan(ctx context.Context, t target, n int, rate float64, window time.Duration) (s sample, err error) {
	c, err := newClientGroup(n)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.join(ctx, t); err != nil {
		return s, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.awaitRegistration(ctx); err != nil {
		return s, fmt.Errorf("broadcast by %s: %w", t.name, err)
	}
	if _, err := c.run(ctx, rate, window/warmUp); err != nil {
		return s, fmt.Errorf("broadcast by %s: %w", t.name, err)
	}
	c.latencies = nil
	before, err := cpuTime(t.pid)
	if err != nil {
		return s, err
	}
	delivered := c.delivered
	elapsed, err := c.run(ctx, rate, window)
	if err != nil {
		return s, fmt.Errorf("broadcast by %s: %w", t.name, err)
	}
	delivered = c.delivered - delivered
	after, err := cpuTime(t.pid)
	if err != nil {
		return s, err
	}
	if delivered == 0 || len(c.latencies) == 0 {
		return s, fmt.Errorf("broadcast by %s: nothing was delivered", t.name)
	}
	quantiles := c.latencies.Quantiles(0.5, 0.99)
	return sample{
		rate: float64(delivered) / elapsed.Seconds(), cpu: (after - before) / time.Duration(delivered),
		p50: time.Duration(quantiles[0]), p99: time.Duration(quantiles[1]),
	}, nil
}

// run publishes and reads for about d, until all clients have everything, and returns the duration.
func (c *clientGroup) run(ctx context.Context, rate float64, d time.Duration) (time.Duration, error) {
	start := time.Now()
	c.heard = start
	published := 0
	for now := start; ; now = time.Now() {
		due := 0
		switch elapsed := now.Sub(start); {
		case elapsed >= d:
			if c.complete == len(c.sent) {
				return elapsed, nil
			}
		case rate == 0:
			due = inFlight - (len(c.sent) - c.complete)
		default:
			due = int(elapsed.Seconds()*rate) + 1 - published
		}
		for range due {
			published++
			if err := c.publish(now); err != nil {
				return 0, err
			}
		}
		if err := c.readReady(ctx); err != nil {
			return 0, err
		}
	}
}

// publish sends one broadcast.
func (c *clientGroup) publish(now time.Time) error {
	c.sent = append(c.sent, now)
	c.missing = append(c.missing, len(c.fds))
	return c.send(c.frame)
}

// send sends a frame from the first client. It is small and the server reads at once, so it always
// fits into the kernel's buffer.
func (c *clientGroup) send(frame []byte) error {
	n, err := syscall.Write(c.fds[0], frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// readReady reads what is available, or waits for a moment.
func (c *clientGroup) readReady(ctx context.Context) error {
	events, err := c.poll(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if len(events) > 0 {
		c.heard = now
	} else if c.complete < len(c.sent) && now.Sub(c.heard) > deliveryTimeout {
		return fmt.Errorf("%d of %d broadcasts did not reach all clients within %s", len(c.sent)-c.complete, len(c.sent), deliveryTimeout)
	}
	for _, event := range events {
		client := c.index[event.Fd]
		n, err := c.read(client)
		if err == nil {
			err = c.countFrames(client, n, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// poll returns the events of readable clients. If there are none, it waits for a moment. The events
// are valid until the next call.
func (c *clientGroup) poll(ctx context.Context) ([]syscall.EpollEvent, error) {
	n, err := syscall.EpollWait(c.epoll, c.events[:], 0)
	if errors.Is(err, syscall.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("poll: %w", err)
	}
	if n == 0 {
		time.Sleep(pause)
		return nil, context.Cause(ctx)
	}
	return c.events[:n], nil
}

// read reads the input of a client into the buffer.
func (c *clientGroup) read(client int) (int, error) {
	n, err := syscall.Read(c.fds[client], c.buf)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return 0, nil
	}
	if err == nil && n == 0 {
		err = errors.New("the server closed the connection")
	}
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	return n, nil
}

// countFrames counts and checks the n bytes that a client has received.
func (c *clientGroup) countFrames(client, n int, now time.Time) error {
	before := c.got[client] / frameSize
	if n > 0 && c.got[client]%frameSize == 0 {
		if length, err := frameLength(c.buf[:n]); err != nil || length != 0 && length != frameSize {
			return errors.Join(fmt.Errorf("got a broadcast that was not published: %.40q", c.buf[:n]), err)
		}
	}
	c.got[client] += n
	after := c.got[client] / frameSize
	if after > len(c.sent) {
		return fmt.Errorf("got %d broadcasts, want at most %d", after, len(c.sent))
	}
	c.delivered += after - before
	for i := before; i < after; i++ {
		if c.missing[i]--; c.missing[i] == 0 {
			c.complete++
			c.latencies = append(c.latencies, float64(now.Sub(c.sent[i])))
		}
	}
	return nil
}
