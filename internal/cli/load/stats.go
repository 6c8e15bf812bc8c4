package load

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"seg.example/gen/wire"
)

// Histograms hold durations from a microsecond to ten minutes, with three significant digits.
const (
	minDuration = int64(time.Microsecond)
	maxRecorded = int64(10 * time.Minute)
	digits      = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(minDuration, maxRecorded, digits)
}

// recorder records a series of durations. It is safe for concurrent use.
type recorder struct {
	name   string
	period time.Duration // time in which it was recorded; 0: the measured part of the run
	burst  bool          // all were recorded at once, so a rate means nothing
	shards [8]recorderShard
	total  *hdrhistogram.Histogram
}

type recorderShard struct {
	mu     sync.Mutex
	recent *hdrhistogram.Histogram
}

func newRecorder(name string) *recorder {
	m := &recorder{name: name, total: newHistogram()}
	for i := range m.shards {
		m.shards[i].recent = newHistogram()
	}
	return m
}

// record adds a duration. Different values of who use different locks.
func (m *recorder) record(who int, took time.Duration) {
	shard := &m.shards[who%len(m.shards)]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	// An error means a value out of range, which min and max exclude.
	_ = shard.recent.RecordValue(min(max(int64(took), minDuration), maxRecorded))
}

// collect adds what was recorded since the last call to the total, and returns it. Calls must not
// overlap.
func (m *recorder) collect() *hdrhistogram.Histogram {
	recent := newHistogram()
	for i := range m.shards {
		shard := &m.shards[i]
		shard.mu.Lock()
		recent.Merge(shard.recent)
		shard.recent.Reset()
		shard.mu.Unlock()
	}
	m.total.Merge(recent)
	return recent
}

// maxKinds bounds the number of different errors that are counted separately.
const maxKinds = 50

// errorCounts counts errors by kind.
type errorCounts struct {
	mu    sync.Mutex
	kinds map[string]int
	count int
}

func (f *errorCounts) add(kind string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kinds == nil {
		f.kinds = map[string]int{}
	}
	if _, seen := f.kinds[kind]; !seen && len(f.kinds) >= maxKinds {
		kind = "others"
	}
	f.kinds[kind] += n
	f.count += n
}

func (f *errorCounts) total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// Report is the result of a load, as seg load --json prints it.
type Report struct {
	Mode     string         `json:"mode"`
	URL      string         `json:"url"`
	Clients  int            `json:"clients"`
	Seconds  float64        `json:"seconds"`
	Measures []Summary      `json:"measures"`
	Errors   map[string]int `json:"errors"`
	Server   *ServerUsage   `json:"server,omitempty"`
}

// Summary has the statistics of one series of durations, in milliseconds.
type Summary struct {
	Name      string  `json:"name"`
	Count     int64   `json:"count"`
	PerSecond float64 `json:"per_second,omitempty"`
	Min       float64 `json:"min_ms"`
	Mean      float64 `json:"mean_ms"`
	P50       float64 `json:"p50_ms"`
	P90       float64 `json:"p90_ms"`
	P99       float64 `json:"p99_ms"`
	P999      float64 `json:"p999_ms"`
	Max       float64 `json:"max_ms"`
}

func milliseconds[T int64 | float64](ns T) float64 { return float64(ns) / float64(time.Millisecond) }

// summary returns the statistics. took is the duration of the measured part of the run.
func (m *recorder) summary(took time.Duration) Summary {
	m.collect()
	h := m.total
	r := Summary{Name: m.name, Count: h.TotalCount()}
	if r.Count == 0 {
		return r
	}
	if m.period > 0 {
		took = m.period
	}
	if took > 0 && !m.burst {
		r.PerSecond = float64(r.Count) / took.Seconds()
	}
	r.Min, r.Max, r.Mean = milliseconds(h.Min()), milliseconds(h.Max()), milliseconds(h.Mean())
	r.P50, r.P90 = milliseconds(h.ValueAtPercentile(50)), milliseconds(h.ValueAtPercentile(90))
	r.P99, r.P999 = milliseconds(h.ValueAtPercentile(99)), milliseconds(h.ValueAtPercentile(99.9))
	return r
}

// ErrorCount returns the total number of errors.
func (r *Report) ErrorCount() int {
	n := 0
	for _, count := range r.Errors {
		n += count
	}
	return n
}

// print writes r as a JSON object or as a table.
func (r *Report) print(out io.Writer, asJSON bool) error { //nolint:revive // a flag it is: --json
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	fmt.Fprintf(out, "%s, %d clients, %.1f s, %s\n\n", r.Mode, r.Clients, r.Seconds, r.URL)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tcount\tper s\tmin ms\tmean\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, m := range r.Measures {
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n",
			m.Name, m.Count, m.PerSecond, m.Min, m.Mean, m.P50, m.P90, m.P99, m.P999, m.Max)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if s := r.Server; s != nil {
		fmt.Fprintf(out, "\nserver: %.2f CPU cores; memory %.0f MB in the first half, %.0f MB in the second, %.0f MB at most\n",
			s.CPU, s.MemoryEarly, s.MemoryLate, s.Highest)
	}
	fmt.Fprintf(out, "\nerrors: %d%s\n", r.ErrorCount(), r.errorTable())
	if r.Errors["answered "+string(wire.ErrorCodeRateLimited)] > 0 {
		fmt.Fprintln(out, "\nThe server limits the request rate of a connection; seg serve --message-rate 0 removes the limit.")
	}
	return nil
}

// errorTable lists the errors, most frequent first.
func (r *Report) errorTable() string {
	kinds := slices.SortedFunc(maps.Keys(r.Errors), func(a, b string) int {
		if r.Errors[a] != r.Errors[b] {
			return r.Errors[b] - r.Errors[a]
		}
		return strings.Compare(a, b)
	})
	var list strings.Builder
	for _, kind := range kinds {
		fmt.Fprintf(&list, "\n%8d  %s", r.Errors[kind], kind)
	}
	return list.String()
}
