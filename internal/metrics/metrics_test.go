package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
	"seg.example/internal/hub"
	"seg.example/internal/metrics"
	"seg.example/internal/ws"
)

// steppingClock returns a clock that advances by step with each reading.
func steppingClock(step time.Duration) func() time.Time {
	now := time.UnixMilli(0)
	return func() time.Time { now = now.Add(step); return now }
}

// scrape returns the metrics as Prometheus reads them.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("got status %d %s, want 200", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// wantLines fails the test if a line is missing in the output of a scrape.
func wantLines(t *testing.T, output string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+output, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("got\n%swant the line %s", withPrefix(output, name), line)
		}
	}
}

// withPrefix returns the lines that begin with name.
func withPrefix(output, name string) string {
	var found []string
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, name) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

func TestIntercept(t *testing.T) {
	t.Parallel()
	refusal := &route.Error{Code: wire.ErrorCodeNotFound, Text: "User not found"}
	for _, row := range []struct {
		name  string
		err   error
		panic any
		want  string
	}{
		{"served", nil, nil, "ok"},
		{"refused", refusal, nil, "not_found"},
		{"refused and wrapped", fmt.Errorf("while: %w", refusal), nil, "not_found"},
		{"fault", errors.New("disk full"), nil, "internal"},
		{"panic", nil, "oh", "internal"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := metrics.New(steppingClock(3 * time.Millisecond))
			call := &route.Call{Message: &route.Message{Type: "get-user"}}
			var recovered any
			err := func() error {
				defer func() { recovered = recover() }()
				return m.Intercept(t.Context(), call, func(_ context.Context, got *route.Call) error {
					if got != call {
						t.Errorf("got call %v, want %v", got, call)
					}
					if row.panic != nil {
						panic(row.panic)
					}
					return row.err
				})
			}()
			if !errors.Is(err, row.err) || recovered != row.panic {
				t.Errorf("got error %v, panic %v, want error %v, panic %v", err, recovered, row.err, row.panic)
			}
			wantLines(t, scrape(t, m),
				`seg_request_seconds_count{code="`+row.want+`",type="get-user"} 1`,
				`seg_request_seconds_sum{code="`+row.want+`",type="get-user"} 0.003`,
				`seg_request_seconds_bucket{code="`+row.want+`",type="get-user",le="0.0025"} 0`,
				`seg_request_seconds_bucket{code="`+row.want+`",type="get-user",le="0.005"} 1`,
			)
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	m := metrics.New(steppingClock(0))
	m.CountRefusedFrame(nil, wire.ErrorCodeInvalidJSON)
	m.CountRefusedFrame(route.Messages()[0], wire.ErrorCodeInvalidField)
	m.CountRefusedFrame(nil, wire.ErrorCodeInvalidField)
	wantLines(t, scrape(t, m),
		`seg_frames_refused_total{code="invalid_json"} 1`,
		`seg_frames_refused_total{code="invalid_field"} 2`,
		`seg_frames_refused_total{code="unknown_type"} 0`,
	)
}

func TestCommitted(t *testing.T) {
	t.Parallel()
	m := metrics.New(steppingClock(0))
	m.ObserveCommit(2*time.Second, nil)
	m.ObserveCommit(time.Second, nil)
	m.ObserveCommit(time.Second, fmt.Errorf("while: %w", &game.Refusal{Code: game.CodeConflict}))
	wantLines(t, scrape(t, m),
		`seg_commit_seconds_count{result="committed"} 2`,
		`seg_commit_seconds_sum{result="committed"} 3`,
		`seg_commit_seconds_count{result="refused"} 1`,
		`seg_commit_seconds_count{result="failed"} 0`,
	)
	m.ObserveCommit(time.Second, errors.New("disk full"))
	wantLines(t, scrape(t, m), `seg_commit_seconds_count{result="failed"} 1`)
}

func TestSockets(t *testing.T) {
	t.Parallel()
	m := metrics.New(steppingClock(0))
	now := ws.Stats{}
	m.RegisterSockets(func() ws.Stats { return now })
	fresh := scrape(t, m)
	// Each known code must be exported before its first connection ends, so that rate() sees the first.
	wantLines(
		t, fresh, "seg_connections 0", `seg_connections_ended_total{code="1006"} 0`, `seg_connections_ended_total{code="4008"} 0`,
		`seg_connections_ended_total{code="4404"} 0`, `seg_connections_ended_total{code="other"} 0`,
	)
	now = ws.Stats{
		Open: 2, Opened: 9, QueuedBytes: 77, FramesIn: 3, FramesOut: 4, BytesIn: 50, BytesOut: 60,
		Ended: map[ws.CloseCode]int{1000: 1, ws.CloseLost: 1, ws.CloseReplaced: 2, 3999: 1, 4999: 2},
	}
	got := scrape(t, m)
	wantLines(t, got,
		"seg_connections 2", "seg_connections_opened_total 9", "seg_queue_bytes 77",
		`seg_frames_total{direction="in"} 3`, `seg_frames_total{direction="out"} 4`,
		`seg_bytes_total{direction="in"} 50`, `seg_bytes_total{direction="out"} 60`,
		`seg_connections_ended_total{code="1000"} 1`, `seg_connections_ended_total{code="1006"} 1`,
		`seg_connections_ended_total{code="4001"} 2`, `seg_connections_ended_total{code="other"} 3`,
	)
	const ended = "seg_connections_ended_total{"
	if n := strings.Count(got, ended); n != strings.Count(fresh, ended) {
		t.Errorf("got %d close codes, want %d as before the connections:\n%s", n, strings.Count(fresh, ended), withPrefix(got, ended))
	}
}

func TestHub(t *testing.T) {
	t.Parallel()
	m := metrics.New(steppingClock(0))
	m.RegisterHub(func() hub.Stats {
		return hub.Stats{
			Welcomes: map[wire.WelcomeReason]uint64{"": 5, wire.WelcomeReasonNew: 4, wire.WelcomeReasonTooOld: 0},
			Resyncs:  3, Conflated: 2, Behind: 1,
		}
	})
	wantLines(
		t, scrape(t, m),
		`seg_welcomes_total{result="resumed"} 5`, `seg_welcomes_total{result="new"} 4`, `seg_welcomes_total{result="too_old"} 0`,
		"seg_resyncs_total 3", "seg_events_conflated_total 2", "seg_listeners_behind 1",
	)
}

// TestRefusals: every reason is exported with 0 from the start, and each scrape reads the counts.
func TestRefusals(t *testing.T) {
	t.Parallel()
	m, counts := metrics.New(steppingClock(0)), map[string]uint64{"server_full": 0, "no_session": 0}
	m.RegisterRefusals(func() map[string]uint64 { return counts })
	wantLines(t, scrape(t, m), `seg_connections_refused_total{reason="server_full"} 0`, `seg_connections_refused_total{reason="no_session"} 0`)
	counts["no_session"] = 3
	wantLines(t, scrape(t, m), `seg_connections_refused_total{reason="server_full"} 0`, `seg_connections_refused_total{reason="no_session"} 3`)
}

// TestNew: a new server exports its build and, with 0, everything that it will count.
func TestNew(t *testing.T) {
	t.Parallel()
	got := scrape(t, metrics.New(steppingClock(0)))
	wantLines(t, got, `seg_build_info{contract_hash="`+wire.Hash+`",contract_version="`+wire.Version+`"} 1`)
	for _, m := range route.Messages() {
		wantLines(t, got, `seg_request_seconds_count{code="ok",type="`+m.Type+`"} 0`)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		if withPrefix(got, name) == "" {
			t.Errorf("got no metric %s, want it", name)
		}
	}
}

// TestNames: names and units follow the Prometheus conventions (promlint).
func TestNames(t *testing.T) {
	t.Parallel()
	m := metrics.New(steppingClock(0))
	m.RegisterSockets(func() ws.Stats { return ws.Stats{Ended: map[ws.CloseCode]int{1000: 1}} })
	m.RegisterHub(func() hub.Stats { return hub.Stats{} })
	m.RegisterRefusals(func() map[string]uint64 { return map[string]uint64{"origin": 1} })
	problems, err := promlint.New(strings.NewReader(scrape(t, m))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func BenchmarkIntercept(b *testing.B) {
	m := metrics.New(time.Now)
	call := &route.Call{Message: route.Messages()[0]}
	next := func(context.Context, *route.Call) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Intercept(b.Context(), call, next); err != nil {
			b.Fatal(err)
		}
	}
}
