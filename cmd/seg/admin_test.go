package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// get asks over HTTP, with header fields name, value, name, value…, and returns the status and the body.
func get(tb testing.TB, url string, header ...string) (int, string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(tb.Context()), http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if request.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	// A connection of its own, so that none is left open behind the test.
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	keepsSecrets(tb, url, fmt.Sprint(response.Header, string(body)))
	return response.StatusCode, string(body)
}

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

func TestAdmin_addresses(t *testing.T) {
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
	var out strings.Builder
	if code := run(t.Context(), []string{"serve", "--admin-addr", ":6060"}, &out, &out); code != exitUsage || !strings.Contains(out.String(), "--admin-addr") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}
