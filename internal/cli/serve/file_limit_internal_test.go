package serve

import "testing"

// TestLimits_fit: the server's own 64 files and those of connections and handshakes are never more than the limit, down to 8
// connections.
func TestLimits_fit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit                         uint64
		connections, handshakes       int
		wantConnections, wantShakings int
	}{
		{20_000, 10_000, 4096, 10_000, 4096}, // 14,096 and 64 fit
		{14_160, 10_000, 4096, 10_000, 4096}, // just
		{14_159, 10_000, 4096, 10_000, 3523}, // 14,095 are left: a quarter of them for handshakes, and the rest is more than 10,000
		{1024, 10_000, 4096, 720, 240},       // 960 are left
		{1024, 0, 4096, 720, 240},            // so they are when connections are not limited
		{1024, 100, 4096, 100, 240},          // few connections stay few
		{1024, 10_000, 16, 944, 16},          // and so do few handshakes
		{128, 10_000, 4096, 48, 16},          // 64 are left
		{10, 10_000, 4096, 6, 2},             // too few for anything: as if 8 were left
		{1 << 63, 0, 4096, 1<<30 - 4096, 4096},
	} {
		l := Limits{MaxConnections: c.connections, MaxHandshakes: c.handshakes}
		if l.fit(c.limit); l.MaxConnections != c.wantConnections || l.MaxHandshakes != c.wantShakings {
			t.Errorf("%d files, asked for %d and %d: %d connections and %d handshakes, want %d and %d",
				c.limit, c.connections, c.handshakes, l.MaxConnections, l.MaxHandshakes, c.wantConnections, c.wantShakings)
		}
	}
}
