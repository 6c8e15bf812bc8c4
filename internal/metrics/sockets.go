package metrics

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"seg.example/internal/ws"
)

// socketCollector exports the counters of a ws.Server. The server counts in its own atomics, which
// costs less per frame than a Prometheus counter.
type socketCollector struct {
	stats func() ws.Stats

	open, opened, ended, queued, frames, bytes *prometheus.Desc
}

func newSocketCollector(stats func() ws.Stats) *socketCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &socketCollector{
		stats:  stats,
		open:   desc("seg_connections", "Open WebSocket connections."),
		opened: desc("seg_connections_opened_total", "WebSocket connections opened since the start."),
		ended: desc("seg_connections_ended_total",
			"Ended WebSocket connections by close code (1006: no close frame; 44xx: the server refused the connection; other: a code that only the client knows).",
			"code"),
		queued: desc("seg_queue_bytes", "Bytes waiting to be written, all connections together."),
		frames: desc("seg_frames_total", "WebSocket frames, by direction (in, out).", "direction"),
		bytes:  desc("seg_bytes_total", "Bytes of WebSocket frames, by direction (in, out).", "direction"),
	}
}

// Describe implements prometheus.Collector.
func (s *socketCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.open, s.opened, s.ended, s.queued, s.frames, s.bytes} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *socketCollector) Collect(to chan<- prometheus.Metric) {
	now := s.stats()
	gauge := func(d *prometheus.Desc, v int) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(s.open, now.Open)
	gauge(s.queued, now.QueuedBytes)
	counter(s.opened, now.Opened)
	counter(s.frames, now.FramesIn, "in")
	counter(s.frames, now.FramesOut, "out")
	counter(s.bytes, now.BytesIn, "in")
	counter(s.bytes, now.BytesOut, "out")
	ended := map[string]uint64{otherCode: 0}
	for _, code := range knownCodes() {
		ended[codeLabel(code)] = 0 // export 0 before the first one, so that rate() sees the increase
	}
	for code, n := range now.Ended {
		ended[codeLabel(code)] += uint64(n)
	}
	for code, n := range ended {
		counter(s.ended, n, code)
	}
}

// otherCode is the label of all unknown close codes. A client may send any of thousands, and each
// label value is a new time series.
const otherCode = "other"

// knownCodes returns the close codes that have a label of their own.
func knownCodes() []ws.CloseCode {
	return []ws.CloseCode{
		closeNormal, closeGoingAway, ws.CloseProtocol, ws.CloseUnsupported, ws.CloseNoStatus, ws.CloseLost, ws.CloseInvalidText, ws.ClosePolicy,
		ws.CloseTooLarge, ws.CloseInternal, ws.CloseRestart, ws.CloseReplaced, ws.CloseSlow, ws.CloseBadParameters, ws.CloseNoSession,
		ws.CloseOtherKey,
	}
}

// codeLabel returns the label of a close code.
func codeLabel(code ws.CloseCode) string {
	if slices.Contains(knownCodes(), code) {
		return strconv.Itoa(int(code))
	}
	return otherCode
}

// Close codes that only clients send: a normal end, and leaving the page.
const (
	closeNormal    ws.CloseCode = 1000
	closeGoingAway ws.CloseCode = 1001
)
