package ws_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/ws"
)

// Handlers for the rate limit: one request that reads, one that changes state, and a wrong
// password.
type (
	system    struct{ route.SystemHandler }
	users     struct{ route.UserHandler }
	sessions  struct{ route.SessionHandler }
	companies struct{ route.CompanyHandler }
	factories struct{ route.FactoryHandler }
	exchange  struct{ route.ExchangeHandler }
)

func (system) Ping(context.Context, route.Caller, *wire.Ping) (*wire.Pong, error) {
	return nil, nil //nolint:nilnil // never called
}

func (users) GetUser(context.Context, route.Caller, *wire.GetUser) (*wire.User, error) {
	return nil, nil //nolint:nilnil // the answer is null
}

func (users) DeleteUser(_ context.Context, _ route.Caller, m *wire.DeleteUser) error {
	if m.Password != "right" {
		return fmt.Errorf("wrapped: %w", &route.Error{Code: wire.ErrorCodeUnauthorized, Text: "Password is incorrect"})
	}
	return nil
}

func limited() ws.Dispatcher {
	return route.NewDispatcher(route.Handlers{
		System: system{}, User: users{}, Session: sessions{}, Company: companies{}, Factory: factories{}, Exchange: exchange{},
	}, route.Options{Interceptors: []route.Interceptor{ws.RateLimit, trust}})
}

// trust sets Trusted if the password is right, and refuses no request.
func trust(ctx context.Context, call *route.Call, next route.Next) error {
	if call.HasSecret && call.Secret == "right" {
		call.Caller.Trusted = true
	}
	return next(ctx, call)
}

const (
	read  = `{"type":"get-user","id":1,"request_id":1}`
	write = `{"type":"delete-user","user_id":1,"password":"right","request_id":1}`
	guess = `{"type":"delete-user","user_id":1,"password":"wrong","request_id":1}`
)

// verdict returns a short form of an answer.
func verdict(got string) string {
	switch {
	case got == `text:{"type":"response","request_id":1,"data":null}`:
		return "ok"
	case strings.HasPrefix(got, `text:{"type":"response","request_id":1,"data":{"error":`) && strings.Contains(got, `"code":"rate_limited"`):
		return "refused"
	case strings.Contains(got, `"code":"unauthorized"`):
		return "wrong"
	}
	return got
}

// TestCosts sends as many messages at once as the burst allows, for each kind of message.
func TestCosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, message, answer string
		times                 int
	}{
		{"reads", read, "ok", 20},
		{"writes", write, "ok", 10},
		{"wrong passwords", guess, "wrong", 2},
		{"reads with the password", strings.Replace(read, "{", `{"password":"right",`, 1), "ok", 20},
		{"reads with a wrong password, which answer like others", strings.Replace(read, "{", `{"password":"wrong",`, 1), "ok", 2},
		{"no requests", `{`, `text:{"type":"error","message":"Message is not valid JSON"`, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pipe(ws.New(limited(), ws.Config{Rate: 1, Burst: 20}), route.Caller{})
				defer p.Close()
				for i := range tt.times {
					p.send(t, text(tt.message))
					if got := verdict(p.read()); !strings.HasPrefix(got, tt.answer) {
						t.Fatalf("message %d: got %s, want it served", i, got)
					}
				}
				p.send(t, text(read))
				if got := verdict(p.read()); got != "refused" {
					t.Errorf("one message more: got %s, want it refused", got)
				}
				time.Sleep(time.Second)
				p.send(t, text(read))
				if got := verdict(p.read()); got != "ok" {
					t.Errorf("a second later: got %s, want it served", got)
				}
			})
		})
	}
}

// TestRate_slightlyExceeded: a client that slightly exceeds the rate gets the full rate, without an
// end.
func TestRate_slightlyExceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(limited(), ws.Config{Rate: 100, Burst: 50, PingInterval: time.Hour}), route.Caller{})
		defer p.Close()
		// 105 per second: 5 more than are served, and less than the 10 refusals that are allowed.
		const seconds = 300
		counts := map[string]int{}
		for range 105 * seconds {
			time.Sleep(time.Second / 105)
			p.send(t, text(read))
			counts[verdict(p.read())]++
		}
		if served := 100*seconds + 50; counts["ok"] < served-1 || counts["ok"] > served+1 || counts["ok"]+counts["refused"] != 105*seconds {
			t.Errorf("got %v, want %d served", counts, served)
		}
	})
}

// TestFlood: a client that sends ten times the rate gets the full rate, and is closed.
func TestFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(limited(), ws.Config{Rate: 100, Burst: 500, PingInterval: time.Hour}), route.Caller{})
		var writer sync.WaitGroup
		defer writer.Wait()
		defer p.Close()
		writer.Go(func() {
			for range 100_000 {
				time.Sleep(time.Second / 1000)
				if _, err := p.Write(text(read)); err != nil {
					return // closed, as wanted
				}
			}
		})
		began, counts := time.Now(), map[string]int{}
		got := verdict(p.read())
		for ; got == "ok" || got == "refused"; got = verdict(p.read()) {
			counts[got]++
		}
		took := time.Since(began).Seconds()
		if want := "close:1008 too many messages"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		within := func(got int, want float64) bool { return float64(got) >= want-2 && float64(got) <= want+2 }
		refusing := took - 500/900.0 // the first refusal follows the burst
		if !within(counts["ok"], 500+100*took) || !within(counts["refused"], 500+10*refusing) {
			t.Errorf("got %v in %.2f s, want as many refusals as the budget allows", counts, took)
		}
	})
}

func TestPingFloodIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{Rate: 1, Burst: 5}), route.Caller{})
		var writer sync.WaitGroup
		defer writer.Wait()
		defer p.Close()
		writer.Go(func() {
			for range 11 {
				p.Write(ping("x"))
			}
		})
		// Five are answered and five are not. The next one exceeds the budget.
		p.want(t, "pong:x", "pong:x", "pong:x", "pong:x", "pong:x", "close:1008 too many messages", "end: EOF")
	})
}

func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pipe(ws.New(limited(), ws.Config{Rate: -1, Burst: 1}), route.Caller{})
		defer p.Close()
		for range 5000 {
			p.send(t, text(read))
			if got := verdict(p.read()); got != "ok" {
				t.Fatal(got)
			}
		}
	})
}

// TestRateLimitWithoutASocket: a request without a Socket passes.
func TestRateLimitWithoutASocket(t *testing.T) {
	t.Parallel()
	d := limited()
	for range 3 {
		if got := d.DispatchInto(t.Context(), &route.Caller{}, []byte(read), nil); len(got) != 1 || verdict("text:"+string(got[0])) != "ok" {
			t.Errorf("%s", got)
		}
	}
}
