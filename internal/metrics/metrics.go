// Package metrics exports counters and histograms to Prometheus. Every label has a fixed list of
// values. No label holds the id of a client, user or session.
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

// Metrics holds the metrics of one server. Its methods are safe for concurrent use.
type Metrics struct {
	now      func() time.Time
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	commits  *prometheus.HistogramVec
	// served caches the histogram of each message for the code "ok". Looking it up by its labels costs
	// more than counting.
	served map[*route.Message]prometheus.Observer
}

// New returns metrics that are all zero. now is the clock for durations.
func New(now func() time.Time) *Metrics {
	m := &Metrics{
		now:      now,
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "seg_request_seconds",
			Help:    "Duration of well-formed requests by type and error code (ok: no error), including all interceptors.",
			Buckets: buckets(),
		}, []string{"type", "code"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seg_frames_refused_total",
			Help: "Frames that are no valid request, by error code. No handler was called.",
		}, []string{"code"}),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "seg_commit_seconds",
			Help:    "Duration of transactions by result (committed, refused by the rules, failed), including the time in the queue.",
			Buckets: buckets(),
		}, []string{"result"}),
		served: map[*route.Message]prometheus.Observer{},
	}
	// Export 0 before the first event, so that rate() sees the increase.
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
		Help: "Always 1. The labels are the version and the hash of the protocol.",
	}, []string{"contract_version", "contract_hash"})
	build.WithLabelValues(wire.Version, wire.Hash).Set(1)
	m.registry.MustRegister(
		build, m.requests, m.refused, m.commits,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Handler serves the metrics. If a collector fails, the error is logged and the other metrics are
// served.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, // a scrape visits every socket
	})
}

// RegisterSockets adds the metrics of the WebSocket server. Each scrape calls stats. A second call
// panics.
func (m *Metrics) RegisterSockets(stats func() ws.Stats) {
	m.registry.MustRegister(newSocketCollector(stats))
}

// CountRefusedFrame counts a frame that was refused before the first interceptor.
func (m *Metrics) CountRefusedFrame(_ *route.Message, code route.Code) {
	m.refused.WithLabelValues(string(code)).Inc()
}

// Intercept measures the duration of the interceptors and the handler after it. It must be the
// first interceptor: those after it turn errors into the codes that it counts.
func (m *Metrics) Intercept(ctx context.Context, call *route.Call, next route.Next) error {
	began, code := m.now(), string(wire.ErrorCodeInternal)
	// Deferred, so that a request that panics is counted too.
	defer func() { m.histogram(call.Message, code).Observe(m.now().Sub(began).Seconds()) }()
	err := next(ctx, call)
	code = errorCode(err)
	return err
}

// histogram returns the histogram for a request's duration.
func (m *Metrics) histogram(message *route.Message, code string) prometheus.Observer {
	if o := m.served[message]; o != nil && code == codeOK {
		return o
	}
	return m.requests.WithLabelValues(message.Type, code)
}

// Results of a transaction.
const (
	committed = "committed"
	refused   = "refused"
	failed    = "failed"
)

// ObserveCommit records the duration and the result of a transaction.
func (m *Metrics) ObserveCommit(took time.Duration, err error) {
	result := committed
	if _, ok := errors.AsType[*game.Refusal](err); ok {
		result = refused
	} else if err != nil {
		result = failed
	}
	m.commits.WithLabelValues(result).Observe(took.Seconds())
}

// buckets returns the upper bounds of the histograms, in seconds. A query takes about 0.1 ms, a
// commit some milliseconds.
func buckets() []float64 {
	return []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10}
}

// codeOK is the label of a request without an error.
const codeOK = "ok"

// errorCode returns the code of the answer to err.
func errorCode(err error) string {
	if err == nil {
		return codeOK
	}
	if refusal, ok := errors.AsType[*route.Error](err); ok {
		return string(refusal.Code)
	}
	return string(wire.ErrorCodeInternal)
}
