package httpd_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"seg.example/internal/auth"
	"seg.example/internal/httpd"
)

// frozenClock is a clock that stands still, so that a delay does not end.
func frozenClock() time.Time { return time.Unix(1_700_000_000, 0) }

// TestGuessing: wrong tokens count on every endpoint. After too many, the right one is refused too.
func TestGuessing(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	began := time.Now()
	s := startServer(t, httpd.Options{Passwords: auth.NewGuard(auth.New(password), 3, func() time.Time {
		return began.Add(time.Duration(passed.Load()))
	})})
	const connect, status = "/ws/connect?client_id=c", "/ws/status"
	right, wrong := append(upgrade, "Authorization: Bearer "+password), append(upgrade, "Authorization: Bearer wrong")
	wantRefused(t, s.request(t, "GET", connect, wrong...), 401, "unauthorized")
	if got := s.request(t, "GET", status, wrong...); got.status != http.StatusOK {
		t.Errorf("/ws/status with a wrong token: got status %d, want 200", got.status)
	}
	wantRefused(t, s.request(t, "GET", connect, wrong...), 401, "unauthorized")
	for _, target := range []string{connect, status} {
		got := s.request(t, "GET", target, right...)
		wantRefused(t, got, 429, "rate_limited")
		if got.header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After: got %q, want 2", got.header.Get("Retry-After"))
		}
	}
	// Requests without a token are not delayed.
	if got := s.request(t, "GET", connect, upgrade...); got.status != 101 {
		t.Errorf("without a token: got status %d, want 101", got.status)
	}
	if got := s.request(t, "GET", status); got.status != 200 {
		t.Errorf("/ws/status without a token: got status %d, want 200", got.status)
	}
	passed.Store(int64(auth.FirstDelay))
	if got := s.request(t, "GET", connect, right...); got.status != 101 {
		t.Errorf("after the delay: got %d %s, want 101", got.status, got.body)
	}
}
