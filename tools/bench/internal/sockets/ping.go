//go:build linux

package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"seg.example/tools/bench/internal/stats"
)

// sample is the result of one window. A figure that was not measured is NaN.
type sample struct {
	rate     float64       // of what is counted, a second
	cpu      time.Duration // of the server, for one of them
	p50, p99 time.Duration
	memory   float64 // bytes for one socket
}

// pingText is the message of every client.
const pingText = `{"type":"ping","timestamp":1767225600000}`

// phase is what clients under way do.
const (
	warming int32 = iota
	measuring
	stopping
)

// pinger is a group of clients. Each sends a message and waits for its answer, repeatedly.
type pinger struct {
	target target
	frame  []byte
	phase  atomic.Int32
}

// measurePings lets n clients of t send and wait, first to warm up and then for the measured
// window.
func measurePings(ctx context.Context, t target, n int, window time.Duration) (s sample, err error) {
	conns, err := dialAll(ctx, t, n)
	defer closeAll(conns)
	if err != nil {
		return s, err
	}
	p := pinger{target: t, frame: clientFrame([]byte(pingText))}
	trips, failures := make([]stats.Series, n), make([]error, n)
	var clients sync.WaitGroup
	for i, conn := range conns {
		clients.Go(func() { trips[i], failures[i] = p.run(conn, window) })
	}
	elapsed, cpu, err := p.time(ctx, window)
	p.phase.Store(stopping)
	clients.Wait()
	if err = errors.Join(err, errors.Join(failures...)); err != nil {
		return s, fmt.Errorf("ping %s: %w", t.name, err)
	}
	var all stats.Series
	for _, series := range trips {
		all = append(all, series...)
	}
	if len(all) == 0 {
		return s, fmt.Errorf("ping %s: nothing was answered", t.name)
	}
	quantiles := all.Quantiles(0.5, 0.99)
	return sample{
		rate: float64(len(all)) / elapsed.Seconds(), cpu: cpu / time.Duration(len(all)),
		p50: time.Duration(quantiles[0]), p99: time.Duration(quantiles[1]),
	}, nil
}

// warmUp is the time before a window that is not measured.
const warmUp = 4

// time leads the clients through the phases. It returns the measured duration and the server's work
// in it.
func (p *pinger) time(ctx context.Context, window time.Duration) (elapsed, cpu time.Duration, err error) {
	if err := wait(ctx, window/warmUp); err != nil {
		return 0, 0, err
	}
	before, err := cpuTime(p.target.pid)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	p.phase.Store(measuring)
	if err := wait(ctx, window); err != nil {
		return 0, 0, err
	}
	p.phase.Store(stopping)
	elapsed = time.Since(start)
	after, err := cpuTime(p.target.pid)
	return elapsed, after - before, err
}

// wait waits for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run is one client. It returns the durations of the round trips of the measured phase, in
// nanoseconds.
func (p *pinger) run(conn *net.TCPConn, window time.Duration) (trips stats.Series, err error) {
	if err := conn.SetDeadline(time.Now().Add(2*window + handshakeTimeout)); err != nil {
		return nil, err
	}
	buf := make([]byte, echoBuffer)
	for {
		start := time.Now()
		phase := p.phase.Load()
		if phase == stopping {
			return trips, nil
		}
		if _, err := conn.Write(p.frame); err != nil {
			return nil, err
		}
		if err := p.readAnswer(conn, buf); err != nil {
			return nil, err
		}
		if phase == measuring && p.phase.Load() == measuring {
			trips = append(trips, float64(time.Since(start)))
		}
	}
}

// readAnswer reads one message. Nothing may follow it.
func (p *pinger) readAnswer(conn *net.TCPConn, buf []byte) error {
	want, got := 0, 0
	if p.target.path == "" {
		want = len(p.frame)
	}
	for want == 0 || got < want {
		n, err := conn.Read(buf[got:])
		if errors.Is(err, io.EOF) {
			return errors.New("the server closed a connection")
		}
		if err != nil {
			return err
		}
		got += n
		if want != 0 {
			continue
		}
		if want, err = frameLength(buf[:got]); err != nil {
			return err
		}
	}
	if got != want {
		return fmt.Errorf("got %d bytes, want an answer of %d", got, want)
	}
	return nil
}
