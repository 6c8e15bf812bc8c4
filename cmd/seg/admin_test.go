package main

import (
	"strings"
	"testing"
)

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := start(t, "--admin-addr", "127.0.0.1:0")
	for _, row := range []struct {
		name, url string
		header    []string
		status    int
		body      string
	}{
		{"figures", s.admin + "/metrics", nil, 200, "seg_build_info"},
		{"list of profiles", s.admin + "/debug/pprof/", nil, 200, "goroutine"},
		{"goroutines", s.admin + "/debug/pprof/goroutine?debug=1", nil, 200, "goroutine profile"},
		{"a processor profile", s.admin + "/debug/pprof/profile?seconds=1", nil, 200, ""},
		{"command line", s.admin + "/debug/pprof/cmdline", nil, 404, ""},
		{"for another host", s.admin + "/debug/pprof/", []string{"Host", "evil.example:6060"}, 403, ""},
		{"for localhost", s.admin + "/metrics", []string{"Host", "localhost:6060"}, 200, "seg_build_info"},
		{"for localhost in another spelling", s.admin + "/metrics", []string{"Host", "LOCALHOST.:6060"}, 200, "seg_build_info"},
		{"for an IPv6 address without a port", s.admin + "/metrics", []string{"Host", "[::1]"}, 200, "seg_build_info"},
		{"for an IPv6 address of another machine", s.admin + "/metrics", []string{"Host", "[2001:db8::1]"}, 403, ""},
		{"figures for everybody", s.addr + "/metrics", nil, 200, "seg_build_info"},
		{"no profiles for everybody", s.addr + "/debug/pprof/", nil, 404, "not_found"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			status, body := get(t, "http://"+row.url, row.header...)
			if status != row.status || !strings.Contains(body, row.body) {
				t.Errorf("%d %.300s, want %d with %q", status, body, row.status, row.body)
			}
		})
	}
}
