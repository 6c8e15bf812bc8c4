package metrics

import "github.com/prometheus/client_golang/prometheus"

// refusalCollector exports the counters of an httpd.Refusals.
type refusalCollector struct {
	counts func() map[string]uint64

	refused *prometheus.Desc
}

// RegisterRefusals adds the number of refused connections by reason. Each scrape calls counts, which
// must return every reason, also those with the count 0. A second call panics.
func (m *Metrics) RegisterRefusals(counts func() map[string]uint64) {
	m.registry.MustRegister(&refusalCollector{counts, prometheus.NewDesc("seg_connections_refused_total",
		"Refused connections by reason. server_full, address_full and handshakes_full: a limit was reached. origin: the origins setting. "+
			"restarting and internal: the server. All others: a mistake of the client.", []string{"reason"}, nil)})
}

// Describe implements prometheus.Collector.
func (r *refusalCollector) Describe(to chan<- *prometheus.Desc) { to <- r.refused }

// Collect implements prometheus.Collector.
func (r *refusalCollector) Collect(to chan<- prometheus.Metric) {
	for reason, n := range r.counts() {
		to <- prometheus.MustNewConstMetric(r.refused, prometheus.CounterValue, float64(n), reason)
	}
}
