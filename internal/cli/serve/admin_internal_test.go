package serve

import "testing"

func TestCheckAdminAddr(t *testing.T) {
	t.Parallel()
	for addr, good := range map[string]bool{
		"": true, "127.0.0.1:6060": true, "127.9.9.9:0": true, "[::1]:6060": true, "localhost:6060": true,
		"Localhost:6060": true, "localhost.:6060": true,
		":6060": false, "0.0.0.0:6060": false, "[::]:6060": false, "192.168.1.1:6060": false, "example.com:6060": false,
		"localhost.example.com:1": false, "127.0.0.1": false, "6060": false,
	} {
		if err := checkAdminAddr(addr); (err == nil) != good {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

// TestCheckDistinctAddrs: two equal addresses used to be detected only when the second listener
// failed, and the advice was to stop another program. Different addresses and port 0 are allowed.
func TestCheckDistinctAddrs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		addr, admin string
		refused     bool
	}{
		{":8000", "127.0.0.1:8000", true},
		{"0.0.0.0:8000", "127.0.0.1:8000", true},
		{"[::]:8000", "[::1]:8000", true},
		{"localhost:8000", "127.0.0.1:8000", true},
		{"127.0.0.1:8000", "localhost:8000", true},
		{"127.0.0.1:80", "127.0.0.1:http", true},
		{"localhost:8000", "LOCALHOST:8000", true},
		{"127.0.0.1:8000", "localhost.:8000", true},
		{"[::1]:8000", "[0:0:0:0:0:0:0:1]:8000", true},
		{"127.0.0.1:8000", "[::ffff:127.0.0.1]:8000", true},
		{"127.0.0.1:8000", "127.0.0.2:8000", false},
		{"192.0.2.1:8000", "127.0.0.1:8000", false},
		{"127.0.0.1:8000", "127.0.0.1:8001", false},
		{"127.0.0.1:0", "127.0.0.1:0", false},
		{":8000", "", false},
	} {
		if err := checkDistinctAddrs(row.addr, row.admin); (err != nil) != row.refused {
			t.Errorf("%s and %s: %v", row.addr, row.admin, err)
		}
	}
}
