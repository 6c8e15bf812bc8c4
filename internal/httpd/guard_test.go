package httpd_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"seg.example/internal/auth"
	"seg.example/internal/httpd"
)

// stopped is a clock that has stopped: who must wait has to wait for ever.
func stopped() time.Time { return time.Unix(1_700_000_000, 0) }

// TestGuessing: wrong tokens count, wherever they are presented, and then even the right one has to wait.
func TestGuessing(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	began := time.Now()
	s := start(t, httpd.Options{Passwords: auth.NewGuard(auth.New(password), 3, func() time.Time {
		return began.Add(time.Duration(passed.Load()))
	})})
	const connect, status = "/ws/connect?client_id=c", "/ws/status"
	right, wrong := append(upgrade, "Authorization: Bearer "+password), append(upgrade, "Authorization: Bearer wrong")
	wantRefused(t, s.ask(t, "GET", connect, wrong...), 401, "unauthorized")
	if got := s.ask(t, "GET", status, wrong...); got.status != http.StatusOK {
		t.Errorf("status with a wrong token: %d", got.status)
	}
	wantRefused(t, s.ask(t, "GET", connect, wrong...), 401, "unauthorized")
	for _, target := range []string{connect, status} {
		got := s.ask(t, "GET", target, right...)
		wantRefused(t, got, 429, "rate_limited")
		if got.header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After: %q", got.header.Get("Retry-After"))
		}
	}
	// Who presents nothing has nothing to wait for.
	if got := s.ask(t, "GET", connect, upgrade...); got.status != 101 {
		t.Errorf("without a token: %d", got.status)
	}
	if got := s.ask(t, "GET", status); got.status != 200 {
		t.Errorf("status without a token: %d", got.status)
	}
	passed.Store(int64(auth.FirstDelay))
	if got := s.ask(t, "GET", connect, right...); got.status != 101 {
		t.Errorf("after the delay: %d %s", got.status, got.body)
	}
}
