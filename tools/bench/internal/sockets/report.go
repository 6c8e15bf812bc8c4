//go:build linux

package sockets

import (
	"fmt"
	"math"

	"seg.example/tools/bench/internal/report"
	"seg.example/tools/bench/internal/stats"
)

// Table returns a table with a row for each server of each measurement. Ratios are relative to the
// first server of the measurement, window by window.
func (f Figures) Table() *report.Table {
	t := &report.Table{
		Title: "Sockets: messages, deliveries and memory", Text: 2,
		Columns: []string{
			"measurement", "server", "a second, median", "from – to", "ratio", "server CPU, µs each", "ratio",
			"p50, ms", "p99, ms", "ratio", "kB a socket", "ratio",
		},
	}
	for _, m := range f {
		base := m.rows[0]
		for _, r := range m.rows {
			t.Add(m.name, r.name,
				report.Number(r.rate.Median()), report.Spread(r.rate.Min(), r.rate.Max()), report.Ratio(r.rate.Over(base.rate).Median()),
				report.Number(r.cpu.Median()), report.Ratio(r.cpu.Over(base.cpu).Median()),
				report.Number(r.p50.Median()), report.Number(r.p99.Median()), report.Ratio(r.p99.Over(base.p99).Median()),
				report.Number(r.memory.Median()), report.Ratio(r.memory.Over(base.memory).Median()))
		}
	}
	return t
}

// row returns the figures of a server in the number-th measurement of a kind, nil if there is none.
func (f Figures) row(kind string, number int, name string) row {
	for _, m := range f {
		if m.kind != kind {
			continue
		}
		if number--; number >= 0 {
			continue
		}
		for _, r := range m.rows {
			if r.name == name {
				return r
			}
		}
	}
	return row{}
}

// Goals compares the results with the goals.
func (f Figures) Goals() []report.Goal {
	over := func(kind string, number int, ours, base string, of func(r row) stats.Series) float64 {
		return of(f.row(kind, number, ours)).Over(of(f.row(kind, number, base))).Median()
	}
	rate := func(r row) stats.Series { return r.rate }
	cpu := func(r row) stats.Series { return r.cpu }
	p99 := func(r row) stats.Series { return r.p99 }
	all := []report.Goal{
		{Text: "ping over " + Seg + ": × the rate of " + Lean, Limit: 0.8, Got: over(Ping, 0, Seg, Lean, rate)},
		{Text: "ping over " + Seg + ": × the server CPU of " + Lean, Limit: 1.4, Most: true, Got: over(Ping, 0, Seg, Lean, cpu)},
		{Text: "fan-out at full speed: × the deliveries of the limit", Limit: 0.7, Got: over(FanOut, 0, Hub, Limit, rate)},
		{Text: "fan-out at full speed: × the server CPU of the limit", Limit: 1.4, Most: true, Got: over(FanOut, 0, Hub, Limit, cpu)},
		{
			Text: fmt.Sprintf("fan-out, %d a second: × the limit's p99 to the last socket", slowRate), Limit: 1.1, Most: true,
			Got: over(FanOut, 1, Hub, Limit, p99),
		},
		{Text: "an idle socket of " + Seg + ": kB of resident memory", Limit: 5, Most: true, Got: f.row(Idle, 0, Seg).memory.Median()},
	}
	var measured []report.Goal
	for _, g := range all {
		if !math.IsNaN(g.Got) {
			measured = append(measured, g)
		}
	}
	return measured
}
