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

// Kinds of measurement.
const (
	Ping   = "ping"
	FanOut = "fan-out"
	Idle   = "idle"
)

// Kinds returns all kinds of measurement.
func Kinds() []string { return []string{Ping, FanOut, Idle} }

// Options of the measurements.
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

// idleRounds limits the rounds of the measurement of idle sockets, which varies little and takes
// long.
const idleRounds = 3

// slowRate is the number of broadcasts a second in the measurement that is not at full speed.
const slowRate = 20

// slowWindows is the length of its window, in windows.
const slowWindows = 3

// measure is one kind of measurement and its servers. Ratios refer to the first one.
type measure struct {
	name    string
	kind    string
	servers []server
	rounds  int
	fresh   bool // each window needs a server that has served nobody
	window  func(ctx context.Context, t target) (sample, error)
}

// measures returns the measurements that o asks for.
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

// Figures are the results, in the order of the measurements.
type Figures []measured

type measured struct {
	name, kind string
	rows       []row // the one that ratios refer to first
}

// row is the result of one server, one value per round.
type row struct {
	name                        string
	rate, cpu, p50, p99, memory stats.Series
}

// Run runs the measurements. The servers of a measurement take turns, one window each.
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
			got, err := o.runWindow(ctx, m, s, &servers[i])
			if err != nil {
				return nil, err
			}
			rows[i].name = s.name
			rows[i].add(got)
		}
	}
	return rows, nil
}

// runWindow measures one window of s, which runs as *r. It starts the server if it is not running,
// and stops it if the next window needs a new one.
func (o *Options) runWindow(ctx context.Context, m measure, s server, r **running) (got sample, err error) {
	if *r == nil {
		if *r, err = o.startServer(ctx, s); err != nil {
			return got, err
		}
	}
	if got, err = m.window(ctx, (*r).target); err != nil {
		return got, errors.Join(err, stderrError(*r))
	}
	if m.fresh {
		err = (*r).stop()
		*r = nil
	}
	return got, err
}

// stderrError returns an error with the standard error of a server, nil if it wrote nothing.
func stderrError(r *running) error {
	if text := r.process.LastStderr(); text != "" {
		return fmt.Errorf("%s says:\n%s", r.name, text)
	}
	return nil
}

func (r *row) add(s sample) {
	r.rate = append(r.rate, nanIfZero(s.rate))
	r.cpu = append(r.cpu, nanIfZero(float64(s.cpu)/float64(time.Microsecond)))
	r.p50 = append(r.p50, nanIfZero(s.p50.Seconds()*1e3))
	r.p99 = append(r.p99, nanIfZero(s.p99.Seconds()*1e3))
	r.memory = append(r.memory, nanIfZero(s.memory/1e3))
}

// nanIfZero converts 0, which means not measured, to NaN.
func nanIfZero(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}
