//go:build linux

package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"seg.example/tools/bench/internal/child"
	"seg.example/tools/bench/internal/stats"
)

// The kinds of measurement.
const (
	Ping   = "ping"
	FanOut = "fan-out"
	Idle   = "idle"
)

// Kinds returns all of them.
func Kinds() []string { return []string{Ping, FanOut, Idle} }

// Options say what to measure and for how long.
type Options struct {
	Kinds       []string
	Rounds      int           // windows of each server
	Window      time.Duration // how long each is
	PingSockets int
	FanSockets  int
	IdleSockets int
	Seg         string // the program
	Progress    io.Writer
	// Start starts the process of the server called name, which must call Serve.
	Start func(ctx context.Context, name string) (*child.Process, error)
}

// idleRounds bounds the rounds of what hardly varies and takes long.
const idleRounds = 3

// slowRate is how many broadcasts a second there are when it is not about speed.
const slowRate = 20

// slowWindows is how many windows one lasts in which so few broadcasts are sent.
const slowWindows = 3

// measure is one kind of measurement with its servers, the one that ratios refer to first.
type measure struct {
	name    string
	kind    string
	servers []server
	rounds  int
	fresh   bool // each window needs a server that has served nobody
	window  func(ctx context.Context, t target) (sample, error)
}

// measures returns what o asks for.
func (o *Options) measures() []measure {
	seg := server{name: Seg, path: "/ws/connect?client_id="}
	whole := append(echoes(), seg)
	all := []measure{
		{
			name: fmt.Sprintf("ping, %d sockets", o.PingSockets), kind: Ping, servers: whole, rounds: o.Rounds,
			window: func(ctx context.Context, t target) (sample, error) {
				return measurePings(ctx, t, o.PingSockets, o.Window)
			},
		},
		{
			name: fmt.Sprintf("fan-out to %d, full speed", o.FanSockets), kind: FanOut, servers: fans(), rounds: o.Rounds,
			window: func(ctx context.Context, t target) (sample, error) {
				return measureFan(ctx, t, o.FanSockets, 0, o.Window)
			},
		},
		{
			name: fmt.Sprintf("fan-out to %d, %d a second", o.FanSockets, slowRate), kind: FanOut, servers: fans(), rounds: o.Rounds,
			window: func(ctx context.Context, t target) (sample, error) {
				return measureFan(ctx, t, o.FanSockets, slowRate, slowWindows*o.Window)
			},
		},
		{
			name: fmt.Sprintf("%d idle sockets", o.IdleSockets), kind: Idle, servers: whole, rounds: min(o.Rounds, idleRounds), fresh: true,
			window: func(ctx context.Context, t target) (sample, error) { return measureIdle(ctx, t, o.IdleSockets) },
		},
	}
	var asked []measure
	for _, m := range all {
		for _, kind := range o.Kinds {
			if m.kind == kind {
				asked = append(asked, m)
			}
		}
	}
	return asked
}

// Figures are what was measured, in the order in which it was.
type Figures []measured

type measured struct {
	name, kind string
	rows       []row // the one that ratios refer to first
}

// row is what one server gave, one value for each round.
type row struct {
	name                        string
	rate, cpu, p50, p99, memory stats.Series
}

// Run measures. Of each measurement the servers take turns, one window after the other.
func Run(ctx context.Context, o Options) (Figures, error) {
	var all Figures
	for _, m := range o.measures() {
		rows, err := o.run(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		all = append(all, measured{m.name, m.kind, rows})
	}
	return all, nil
}

func (o *Options) run(ctx context.Context, m measure) (rows []row, err error) {
	servers := make([]*running, len(m.servers))
	defer func() {
		for _, r := range servers {
			if r != nil {
				err = errors.Join(err, r.stop())
			}
		}
	}()
	rows = make([]row, len(m.servers))
	for round := range m.rounds {
		fmt.Fprintf(o.Progress, "sockets: %s, round %d/%d\n", m.name, round+1, m.rounds)
		for i, s := range m.servers {
			got, err := o.turn(ctx, m, s, &servers[i])
			if err != nil {
				return nil, err
			}
			rows[i].name = s.name
			rows[i].add(got)
		}
	}
	return rows, nil
}

// turn measures one window of s, which runs as *r; it is started before unless it runs already, and stopped behind if the next
// window needs a fresh one.
func (o *Options) turn(ctx context.Context, m measure, s server, r **running) (got sample, err error) {
	if *r == nil {
		if *r, err = o.startServer(ctx, s); err != nil {
			return got, err
		}
	}
	if got, err = m.window(ctx, (*r).target); err != nil {
		return got, errors.Join(err, complaints(*r))
	}
	if m.fresh {
		err = (*r).stop()
		*r = nil
	}
	return got, err
}

// complaints returns what a server has said about itself, nil if nothing.
func complaints(r *running) error {
	if text := r.process.Complaints(); text != "" {
		return fmt.Errorf("%s says:\n%s", r.name, text)
	}
	return nil
}

func (r *row) add(s sample) {
	r.rate = append(r.rate, known(s.rate))
	r.cpu = append(r.cpu, known(float64(s.cpu)/float64(time.Microsecond)))
	r.p50 = append(r.p50, known(s.p50.Seconds()*1e3))
	r.p99 = append(r.p99, known(s.p99.Seconds()*1e3))
	r.memory = append(r.memory, known(s.memory/1e3))
}

// known turns the zero of what was not measured into NaN.
func known(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}
