package metrics

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"seg.example/internal/ws"
)

// sockets collects what a ws.Server counts by itself, so that counting costs its connections next to nothing.
type sockets struct {
	stats func() ws.Stats

	open, opened, ended, queued, frames, bytes *prometheus.Desc
}

func newSockets(stats func() ws.Stats) *sockets {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &sockets{
		stats:  stats,
		open:   desc("seg_connections", "WebSocket connections now."),
		opened: desc("seg_connections_opened_total", "WebSocket connections so far."),
		ended: desc("seg_connections_ended_total",
			"WebSocket connections that are no more, by close code (1006: there was none; 44xx: it was refused; other: one of a client's own choice).",
			"code"),
		queued: desc("seg_queue_bytes", "Bytes that wait to be written to all connections together."),
		frames: desc("seg_frames_total", "WebSocket frames, by direction (in, out).", "direction"),
		bytes:  desc("seg_bytes_total", "Bytes of WebSocket frames, by direction (in, out).", "direction"),
	}
}

// Describe is part of prometheus.Collector.
func (s *sockets) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.open, s.opened, s.ended, s.queued, s.frames, s.bytes} {
		to <- d
	}
}

// Collect is part of prometheus.Collector.
func (s *sockets) Collect(to chan<- prometheus.Metric) {
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
		ended[codeLabel(code)] = 0 // so that the first of them is seen as an increase
	}
	for code, n := range now.Ended {
		ended[codeLabel(code)] += uint64(n)
	}
	for code, n := range ended {
		counter(s.ended, n, code)
	}
}

// otherCode is the label of all close codes that mean nothing to us: clients choose from thousands.
const otherCode = "other"

// knownCodes are those that have a label of their own.
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

// Codes that only clients send: done, and away from the page.
const (
	closeNormal    ws.CloseCode = 1000
	closeGoingAway ws.CloseCode = 1001
)
