package httpd_test

import (
	"testing"

	"seg.example/internal/httpd"
)

// TestOwnHostWithDefaultPort: a page of the own host is allowed, however Host and Origin are spelled.
// (Once a proxy that added the default port to Host, as nginx does with $host:$server_port, made the
// server refuse its own page.)
func TestOwnHostWithDefaultPort(t *testing.T) {
	t.Parallel()
	own := startServer(t, httpd.Options{})
	for _, row := range []struct {
		host, origin string
		allowed      bool
	}{
		{"game.example", "https://game.example", true},
		{"game.example", "http://game.example", true},
		{"game.example:443", "https://game.example", true},
		{"game.example:80", "http://game.example", true},
		{"game.example", "https://game.example:443", true},
		{"game.example", "http://game.example:80", true},
		{"Game.Example:443", "https://gAME.eXAMPLE", true},
		{"game.example.", "https://game.example", true},
		{"game.example.:443", "https://game.example", true},
		{"game.example", "https://game.example.", true},
		{"game.example:", "https://game.example", true}, // RFC 3986, 3.2.3: an empty port is the default one
		{"[::1]", "http://[::1]", true},
		{"[::1]:80", "http://[::1]", true},
		{"[2001:DB8:0:0::1]:443", "https://[2001:db8::1]", true},
		{"[::1]:8000", "http://[::1]:8000", true},
		{"127.0.0.1:80", "http://127.0.0.1", true},

		{"evil.example:443", "https://game.example", false},
		{"game.example:443", "https://evil.example", false},
		{"game.example:443", "https://evil.example:443", false},
		{"game.example:80", "https://evil.example", false},
		// The default port of the other scheme is a different port.
		{"game.example:443", "http://game.example", false},
		{"game.example:80", "https://game.example", false},
		{"game.example", "http://game.example:443", false},
		{"game.example", "https://game.example:80", false},
		{"game.example:4430", "https://game.example", false},
		{"game.example:8000", "https://game.example", false},
		{"game.example", "https://game.example:8000", false},
		{"game.example", "https://game.example..", false},
		{"game.example", "https://game.example.evil.example", false},
		{"game.example", "https://game.example:443@evil.example", false},
		{"game.example", "https://evil.example/game.example:443", false},
		{"game.example", "https://game.example/", false},
		{"game.example", "https://game.example:443:443", false},
		{"game.example", "https://game.example?", false},
		{"game.example", "ws://game.example", false},
		{"game.example", "//game.example", false},
		{"game.example", "game.example", false},
		{"game.example", "https://", false},
		{"game.example", "https://:443", false},
		{"game.example", "null", false},
		{"[::1]:443", "https://[::2]", false},
		{"[::1]:443", "https://::1", false},
		{"[::ffff:127.0.0.1]", "http://127.0.0.1", false}, // two origins for a browser
	} {
		t.Run(row.host+" "+row.origin, func(t *testing.T) {
			t.Parallel()
			got := own.requestWithHost(t, row.host, "GET", "/ws/connect?client_id=c", append(upgrade, "Origin: "+row.origin)...)
			if row.allowed && got.status != 101 {
				t.Errorf("got %d %s, want 101", got.status, got.body)
			} else if !row.allowed {
				wantRefused(t, got, 403, "unauthorized")
			}
		})
	}
}

// TestListedOriginInAnotherSpelling: origins are compared in normal form. (Once they were compared as
// text: an origin listed with a final dot or a long IPv6 address never matched.)
func TestListedOriginInAnotherSpelling(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		listed, origin string
		allowed        bool
	}{
		{"https://page.example:443", "https://page.example", true},
		{"https://page.example", "https://page.example:443", true},
		{"http://page.example:80", "http://page.example", true},
		{"https://page.example.", "https://page.example", true},
		{"https://page.example.:443", "https://page.example.", true},
		{"HTTPS://[2001:DB8::0:1]:443", "https://[2001:db8::1]", true},
		{"https://page.example", "https://page.example.", true},
		{"https://page.example:80", "https://page.example", false},
		{"https://page.example", "http://page.example", false},
		{"https://page.example", "https://evil.example", false},
		{"https://page.example:443", "https://evil.example:443", false},
	} {
		s := startServer(t, httpd.Options{Origins: []string{row.listed}})
		got := s.request(t, "GET", "/ws/connect?client_id=c", append(upgrade, "Origin: "+row.origin)...)
		if (got.status == 101) != row.allowed {
			t.Errorf("listed %s, page of %s: got status %d, want allowed %t", row.listed, row.origin, got.status, row.allowed)
		}
	}
}
