package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"seg.example/internal/hub"
)

// resumed is the result of a welcome without a reason against it.
const resumed = "resumed"

// listeners collects what a hub.Hub counts by itself.
type listeners struct {
	stats func() hub.Stats

	welcomes, resyncs, conflated, behind *prometheus.Desc
}

// Listeners adds the figures of a hub; stats is asked anew for each collection. It panics when it is called twice.
func (m *Metrics) Listeners(stats func() hub.Stats) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	m.registry.MustRegister(&listeners{
		stats: stats,
		welcomes: desc("seg_welcomes_total",
			"Connections that came to listen to one session, by result (resumed, or why not: new, epoch, too_old, ahead).", "result"),
		resyncs:   desc("seg_resyncs_total", "How often a client was told that broadcasts were lost to it."),
		conflated: desc("seg_events_conflated_total", "Broadcasts left out for a client that was behind, because a later one spoke for them."),
		behind:    desc("seg_listeners_behind", "Connections for which the log is being read now."),
	})
}

// Describe is part of prometheus.Collector.
func (l *listeners) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.welcomes, l.resyncs, l.conflated, l.behind} {
		to <- d
	}
}

// Collect is part of prometheus.Collector.
func (l *listeners) Collect(to chan<- prometheus.Metric) {
	now := l.stats()
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	for reason, n := range now.Welcomes {
		result := string(reason)
		if result == "" {
			result = resumed
		}
		counter(l.welcomes, n, result)
	}
	counter(l.resyncs, now.Resyncs)
	counter(l.conflated, now.Conflated)
	to <- prometheus.MustNewConstMetric(l.behind, prometheus.GaugeValue, float64(now.Behind))
}
