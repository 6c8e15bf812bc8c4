//go:build linux

package sockets

import (
	"context"
	"net"
	"os"
	"time"
)

// These give tests what is inside.
var (
	AnswerInPlace  = answerInPlace
	ClientFrame    = clientFrame
	FrameLength    = frameLength
	CPUTime        = cpuTime
	ResidentMemory = residentMemory
	CheckFiles     = checkFiles
)

// EchoNames and FanNames return the names of the servers that Serve can be.
func EchoNames() []string { return names(echoes()) }

func FanNames() []string { return names(fans()) }

func names(all []server) (out []string) {
	for _, s := range all {
		out = append(out, s.name)
	}
	return out
}

// ServeOn is Serve in this process.
func ServeOn(name string, l net.Listener) error {
	return find(name).serve(l)
}

func find(name string) server {
	for _, s := range append(echoes(), fans()...) {
		if s.name == name {
			return s
		}
	}
	return server{}
}

func here(name string, l net.Listener) target {
	return target{name, l.Addr().String(), find(name).path, os.Getpid()}
}

// Measured is a sample as tests see it.
type Measured struct {
	Rate     float64
	P50, P99 time.Duration
}

func PingHere(ctx context.Context, name string, l net.Listener, n int, window time.Duration) (Measured, error) {
	s, err := measurePings(ctx, here(name, l), n, window)
	return Measured{s.rate, s.p50, s.p99}, err
}

func FanHere(ctx context.Context, name string, l net.Listener, n int, rate float64, window time.Duration) (Measured, error) {
	s, err := measureFan(ctx, here(name, l), n, rate, window)
	return Measured{s.rate, s.p50, s.p99}, err
}

func IdleHere(ctx context.Context, name string, l net.Listener, n int) error {
	_, err := measureIdle(ctx, here(name, l), n)
	return err
}

// ListenAddr returns the address that is found in pieces of a log.
func ListenAddr(pieces ...string) string {
	l := addressFinder{addr: make(chan string, 1)}
	for _, p := range pieces {
		if n, err := l.Write([]byte(p)); n != len(p) || err != nil {
			return "not all was taken"
		}
	}
	select {
	case addr := <-l.addr:
		return addr
	default:
		return ""
	}
}
