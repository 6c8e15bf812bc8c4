package serve

import "testing"

// TestLimits_fit: connections, handshakes and the 64 reserved files never exceed the limit, except
// for the minimum of 8 connections.
func TestLimits_fit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit                         uint64
		connections, handshakes       int
		wantConnections, wantShakings int
	}{
		{20_000, 10_000, 4096, 10_000, 4096}, // 14,096 and 64 fit
		{14_160, 10_000, 4096, 10_000, 4096}, // exactly at the limit
		{14_159, 10_000, 4096, 10_000, 3523}, // 14,095 remain: a quarter of them for handshakes; the rest is more than 10,000
		{1024, 10_000, 4096, 720, 240},       // 960 remain
		{1024, 0, 4096, 720, 240},            // the same if the number of connections is unlimited
		{1024, 100, 4096, 100, 240},          // few connections are not changed
		{1024, 10_000, 16, 944, 16},          // few handshakes are not changed
		{128, 10_000, 4096, 48, 16},          // 64 remain
		{10, 10_000, 4096, 6, 2},             // too few for anything: as if 8 remained
		{1 << 63, 0, 4096, 1<<30 - 4096, 4096},
	} {
		l := Limits{MaxConnections: c.connections, MaxHandshakes: c.handshakes}
		if l.fit(c.limit); l.MaxConnections != c.wantConnections || l.MaxHandshakes != c.wantShakings {
			t.Errorf("%d files, asked for %d and %d: %d connections and %d handshakes, want %d and %d",
				c.limit, c.connections, c.handshakes, l.MaxConnections, l.MaxHandshakes, c.wantConnections, c.wantShakings)
		}
	}
}
