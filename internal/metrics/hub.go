package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"seg.example/internal/hub"
)

// resumed is the label of a welcome frame that has no reason: the client continues where it was.
const resumed = "resumed"

// hubCollector exports the counters of a hub.Hub.
type hubCollector struct {
	stats func() hub.Stats

	welcomes, resyncs, conflated, behind *prometheus.Desc
}

// RegisterHub adds the metrics of a hub. Each scrape calls stats. A second call panics.
func (m *Metrics) RegisterHub(stats func() hub.Stats) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	m.registry.MustRegister(&hubCollector{
		stats: stats,
		welcomes: desc("seg_welcomes_total",
			"Connections that subscribed to one session, by result (resumed, or why it could not resume: new, epoch, too_old, ahead).", "result"),
		resyncs:   desc("seg_resyncs_total", "Resync frames sent: the client has lost broadcasts and must read the state again."),
		conflated: desc("seg_events_conflated_total", "Broadcasts not sent to a slow client, because a newer one replaced them."),
		behind:    desc("seg_listeners_behind", "Connections that are being caught up from the log now."),
	})
}

// Describe implements prometheus.Collector.
func (l *hubCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.welcomes, l.resyncs, l.conflated, l.behind} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (l *hubCollector) Collect(to chan<- prometheus.Metric) {
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
