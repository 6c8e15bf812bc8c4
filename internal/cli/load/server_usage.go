package load

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServerUsage is what a server says of itself while it is under load.
type ServerUsage struct {
	CPU         float64 `json:"cpu_cores"`       // processors it kept busy, on average
	MemoryEarly float64 `json:"memory_mb_early"` // resident, in the median of the first half
	MemoryLate  float64 `json:"memory_mb_late"`  // resident, in the median of the second half
	Highest     float64 `json:"memory_mb_highest"`
}

// sample is what a server says once.
type sample struct {
	at       time.Time
	cpu      float64 // seconds
	resident float64 // bytes
}

// sampleEvery is how often a server under load is asked.
const sampleEvery = 2 * time.Second

// monitorServer asks the server's /metrics from now on until the returned function is called, which returns what they said; nil
// when they cannot be read.
func (r *testRun) monitorServer(ctx context.Context) (stop func() *ServerUsage) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan []sample, 1)
	go func() {
		var samples []sample
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			if s, ok := readMetrics(ctx, r.config.url); ok {
				samples = append(samples, s)
			}
			select {
			case <-ctx.Done():
				// Once more at the end, so that a short load has two.
				if s, ok := readMetrics(context.WithoutCancel(ctx), r.config.url); ok {
					samples = append(samples, s)
				}
				done <- samples
				return
			case <-tick.C:
			}
		}
	}()
	return func() *ServerUsage {
		cancel()
		return summarize(<-done)
	}
}

func summarize(samples []sample) *ServerUsage {
	if len(samples) < 2 {
		return nil
	}
	first, last := samples[0], samples[len(samples)-1]
	const mega = 1 << 20
	resident := func(part []sample) float64 {
		sizes := make([]float64, len(part))
		for i, s := range part {
			sizes[i] = s.resident / mega
		}
		slices.Sort(sizes)
		return sizes[len(sizes)/2]
	}
	f := &ServerUsage{
		CPU:         (last.cpu - first.cpu) / last.at.Sub(first.at).Seconds(),
		MemoryEarly: resident(samples[:len(samples)/2]), MemoryLate: resident(samples[len(samples)/2:]),
	}
	for _, s := range samples {
		f.Highest = max(f.Highest, s.resident/mega)
	}
	return f
}

// readMetrics asks the server at a WebSocket address for its figures.
func readMetrics(ctx context.Context, address string) (sample, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return sample{}, false
	}
	u.Scheme = map[string]string{"ws": "http", "wss": "https"}[u.Scheme]
	u.Path, u.RawQuery = "/metrics", ""
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return sample{}, false
	}
	answer, err := (&http.Client{Timeout: sampleEvery}).Do(request)
	if err != nil {
		return sample{}, false
	}
	defer answer.Body.Close() //nolint:errcheck // what has been read is all that is wanted
	s := sample{at: time.Now()}
	found := 0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		to := map[string]*float64{"process_cpu_seconds_total": &s.cpu, "process_resident_memory_bytes": &s.resident}[name]
		if to == nil {
			continue
		}
		if *to, err = strconv.ParseFloat(value, 64); err != nil {
			return sample{}, false
		}
		found++
	}
	return s, found == 2
}
