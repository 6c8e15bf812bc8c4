package metrics

import "github.com/prometheus/client_golang/prometheus"

// refusals collects what an httpd.Refusals counts by itself.
type refusals struct {
	counts func() map[string]uint64

	refused *prometheus.Desc
}

// Refusals adds how many got no connection, by reason. counts is asked anew for each collection, and returns all reasons that there are,
// always. It panics when it is called twice.
func (m *Metrics) Refusals(counts func() map[string]uint64) {
	m.registry.MustRegister(&refusals{counts, prometheus.NewDesc("seg_connections_refused_total",
		"Connections that were refused, by reason (server_full, address_full, handshakes_full: a limit; origin: a setting; the others: the "+
			"client's own matter, but for restarting and internal).", []string{"reason"}, nil)})
}

// Describe is part of prometheus.Collector.
func (r *refusals) Describe(to chan<- *prometheus.Desc) { to <- r.refused }

// Collect is part of prometheus.Collector.
func (r *refusals) Collect(to chan<- prometheus.Metric) {
	for reason, n := range r.counts() {
		to <- prometheus.MustNewConstMetric(r.refused, prometheus.CounterValue, float64(n), reason)
	}
}
