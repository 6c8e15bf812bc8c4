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

// ServerUsage is the CPU and memory use of the server during the load.
type ServerUsage struct {
	CPU         float64 `json:"cpu_cores"`       // average number of busy CPU cores
	MemoryEarly float64 `json:"memory_mb_early"` // resident memory, median of the first half
	MemoryLate  float64 `json:"memory_mb_late"`  // resident memory, median of the second half
	Highest     float64 `json:"memory_mb_highest"`
}

// sample is one reading of the server's metrics.
type sample struct {
	at       time.Time
	cpu      float64 // seconds of CPU time
	resident float64 // bytes of resident memory
}

// sampleEvery is the time between two readings.
const sampleEvery = 2 * time.Second

// monitorServer reads the server's /metrics periodically until stop is called. stop returns the
// result, or nil if the metrics cannot be read.
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
				// Read once more, so that a short load has two samples.
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

// readMetrics reads the metrics of the server with this WebSocket address.
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
