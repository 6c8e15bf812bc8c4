// Package metrics counts what the server does, for Prometheus to collect. No label tells of a client, a user or a session: each
// takes its values from a closed list.
package metrics

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
	"seg.example/internal/ws"
)

// Metrics is one program's set of figures. Its methods are safe for concurrent use.
type Metrics struct {
	now      func() time.Time
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	commits  *prometheus.HistogramVec
	// served are the histograms of requests that were served, by message: to look one up by its labels costs more than to count.
	served map[*route.Message]prometheus.Observer
}

// New returns figures that are all zero. now is the clock that durations are measured with.
func New(now func() time.Time) *Metrics {
	m := &Metrics{
		now:      now,
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "seg_request_seconds",
			Help:    "Requests that were well formed, by type and error code (ok: none), from the first interceptor to the last.",
			Buckets: buckets(),
		}, []string{"type", "code"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seg_frames_refused_total",
			Help: "Frames that were no request of the protocol, by error code; no handler saw them.",
		}, []string{"code"}),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "seg_commit_seconds",
			Help:    "Transactions of commands, by result (committed, refused by the rules, failed); the wait for others is included.",
			Buckets: buckets(),
		}, []string{"result"}),
		served: map[*route.Message]prometheus.Observer{},
	}
	// What will come is shown as zero before it has, so that the first of them is seen as an increase.
	for _, code := range []wire.ErrorCode{
		wire.ErrorCodeInvalidJSON, wire.ErrorCodeUnknownType, wire.ErrorCodeMissingField, wire.ErrorCodeInvalidField, wire.ErrorCodeTooLarge,
	} {
		m.refused.WithLabelValues(string(code))
	}
	for _, message := range route.Messages() {
		m.served[message] = m.requests.WithLabelValues(message.Type, codeOK)
	}
	for _, result := range []string{committed, refused, failed} {
		m.commits.WithLabelValues(result)
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "seg_build_info",
		Help: "1; the labels say which protocol this program speaks.",
	}, []string{"contract_version", "contract_hash"})
	build.WithLabelValues(wire.Version, wire.Hash).Set(1)
	m.registry.MustRegister(
		build, m.requests, m.refused, m.commits,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Handler answers requests with the figures. What goes wrong is logged; the figures that could be had are answered all the same.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, // gathering looks at every socket
	})
}

// Sockets adds the figures of sockets; stats is asked anew for each collection. It panics when it is called twice.
func (m *Metrics) Sockets(stats func() ws.Stats) { m.registry.MustRegister(newSockets(stats)) }

// Refused counts a frame that was refused before any interceptor saw it.
func (m *Metrics) Refused(_ *route.Message, code route.Code) {
	m.refused.WithLabelValues(string(code)).Inc()
}

// Intercept measures what the interceptors and the handler behind it take. It belongs in front of all that turn errors into
// refusals.
func (m *Metrics) Intercept(ctx context.Context, call *route.Call, next route.Next) error {
	began, code := m.now(), string(wire.ErrorCodeInternal)
	// Deferred, because a request that panics is one too.
	defer func() { m.histogram(call.Message, code).Observe(m.now().Sub(began).Seconds()) }()
	err := next(ctx, call)
	code = result(err)
	return err
}

// histogram returns where the time of a request is noted.
func (m *Metrics) histogram(message *route.Message, code string) prometheus.Observer {
	if o := m.served[message]; o != nil && code == codeOK {
		return o
	}
	return m.requests.WithLabelValues(message.Type, code)
}

// The results of a transaction.
const (
	committed = "committed"
	refused   = "refused"
	failed    = "failed"
)

// Committed counts a transaction that has ended: how long it took, and its error.
func (m *Metrics) Committed(took time.Duration, err error) {
	what := committed
	if _, ok := errors.AsType[*game.Refusal](err); ok {
		what = refused
	} else if err != nil {
		what = failed
	}
	m.commits.WithLabelValues(what).Observe(took.Seconds())
}

// buckets are the upper bounds of a histogram, in seconds: a read takes a tenth of a millisecond, a commit some milliseconds.
func buckets() []float64 {
	return []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10}
}

// codeOK stands in the place of an error code where there is no error.
const codeOK = "ok"

// result returns the code that an error is answered with.
func result(err error) string {
	if err == nil {
		return codeOK
	}
	if refusal, ok := errors.AsType[*route.Error](err); ok {
		return string(refusal.Code)
	}
	return string(wire.ErrorCodeInternal)
}
