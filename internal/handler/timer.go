package handler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// TimerStore are where Timers find the sessions that are to go on by themselves,
// and carry that out.
type TimerStore interface {
	Deduplicator
	// Due returns the sessions whose deadline is not after until, the earliest
	// deadline first, at most limit of them.
	Due(ctx context.Context, until time.Time, limit int) ([]game.Due, error)
	// Update carries out a command, as in Store.
	Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error
}

const (
	// timerKey is the key under which what timers do is remembered. The keys of clients are longer.
	timerKey = "timer"
	// pollInterval bounds how long a deadline that another server has set goes unnoticed.
	pollInterval = 2 * time.Second
	// timerBatchSize is how many sessions are looked up at once, and timersAtOnce how many of them are advanced at once.
	timerBatchSize, maxConcurrentTimers = 256, 32
	// advanceTimeout bounds the wait for a session that commands keep busy, so that it does not hold up the others.
	advanceTimeout = 10 * time.Second
	// What could not be done is tried again after firstRetry, then after twice that, and so on up to lastRetry.
	minRetryDelay, maxRetryDelay = time.Second, time.Minute
)

// Timers advance sessions whose time is over. Deadlines are the store's, so they
// outlive the server: one that has passed meanwhile is met at once, by one step,
// not by one for each that would have fitted in. Several servers on one database
// may run timers; each deadline is met once.
type Timers struct {
	now       func() time.Time
	log       *slog.Logger
	nextCheck atomic.Int64  // when Run looks next, in milliseconds since the epoch
	wake      chan struct{} // full: Run looks at once

	retries map[string]retry // by deadline; Run's own
}

// retry is when a deadline that could not be met is tried again.
type retry struct {
	at    time.Time
	delay time.Duration // of the next one after it
}

// NewTimers makes timers that go by the clock now.
func NewTimers(now func() time.Time, log *slog.Logger) *Timers {
	return &Timers{now: now, log: log, wake: make(chan struct{}, 1)}
}

// NotifyDeadline tells that a session has been stored with a deadline, or, the zero
// time, without one. It returns at once, and may be called before Run and after.
func (t *Timers) NotifyDeadline(deadline time.Time) {
	if deadline.IsZero() || deadline.UnixMilli() >= t.nextCheck.Load() {
		return
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run advances the sessions of s until ctx ends; what is under way then is
// finished. It is called once.
func (t *Timers) Run(ctx context.Context, s TimerStore) {
	for ctx.Err() == nil {
		// From here on Planned tells of everything that the look below may be too early to see.
		horizon := t.now().Add(pollInterval)
		t.nextCheck.Store(horizon.UnixMilli())
		next, err := t.advanceDue(ctx, s, horizon)
		if err != nil {
			if ctx.Err() == nil {
				t.log.Warn("deadlines cannot be read; tried again", "after", pollInterval.String(), "error", err)
			}
			next = horizon
		}
		t.wait(ctx, next)
	}
}

// advanceDue advances the sessions whose deadline has come, and returns when to look again, at the latest at horizon.
func (t *Timers) advanceDue(ctx context.Context, s TimerStore, horizon time.Time) (next time.Time, err error) {
	// Those to be tried again later are the first of the list, and must not hide the others.
	due, err := s.Due(ctx, horizon, timerBatchSize+len(t.retries))
	if err != nil {
		return time.Time{}, err
	}
	now, next := t.now(), horizon
	var ripe []game.Due
	retries := map[string]retry{}
	for _, d := range due {
		at := d.Deadline
		if r, failed := t.retries[deadlineID(d)]; failed {
			retries[deadlineID(d)] = r
			at = r.at
		}
		if !at.After(now) {
			ripe = append(ripe, d)
		} else if at.Before(next) {
			next = at
		}
	}
	t.retries = retries
	if len(ripe) > 0 {
		t.advanceAll(ctx, s, ripe)
		next = now
	}
	return next, nil
}

// wait waits for a time, for Planned or for the end of ctx.
func (t *Timers) wait(ctx context.Context, until time.Time) {
	t.nextCheck.Store(until.UnixMilli())
	timer := time.NewTimer(until.Sub(t.now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-t.wake:
	case <-timer.C:
	}
}

// advanceAll advances sessions, some at a time, and notes which are to be tried again.
func (t *Timers) advanceAll(ctx context.Context, s TimerStore, ripe []game.Due) {
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		atOnce  = make(chan struct{}, maxConcurrentTimers)
		attempt = func(d game.Due) {
			defer func() { <-atOnce }()
			if !t.advanceOne(ctx, s, d) {
				mu.Lock()
				defer mu.Unlock()
				t.scheduleRetry(deadlineID(d))
			}
		}
	)
	for _, d := range ripe {
		atOnce <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() { attempt(d) })
	}
	wg.Wait()
}

func (t *Timers) scheduleRetry(id string) {
	r := t.retries[id]
	delay := max(r.delay, minRetryDelay)
	t.retries[id] = retry{at: t.now().Add(delay), delay: min(2*delay, maxRetryDelay)}
}

// advanceOne advances a session, and tells whether this server has done it now.
func (t *Timers) advanceOne(ctx context.Context, s TimerStore, d game.Due) (advanced bool) {
	ctx, cancel := context.WithTimeout(ctx, advanceTimeout)
	defer cancel()
	advanced, err := advance(ctx, s, d)
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return advanced // the server ends; the next one goes on
	}
	refusal, refused := errors.AsType[*game.Refusal](err)
	fault, panicked := errors.AsType[*route.PanicError](err)
	switch {
	case err == nil:
		t.log.Debug("a session has gone on by itself", "session", d.SessionID, "deadline", d.Deadline, "here", advanced)
	case panicked:
		t.log.Error("a session could not go on by itself; tried again", "session", d.SessionID, "deadline", d.Deadline, "error", err,
			"stack", string(fault.Stack))
	case refused && refusal.Code != game.CodeRateLimited:
		t.log.Debug("a deadline was called off at the last moment", "session", d.SessionID, "deadline", d.Deadline, "because", refusal.Text)
	default:
		t.log.Warn("a session could not go on by itself; tried again", "session", d.SessionID, "deadline", d.Deadline, "error", err)
	}
	return advanced
}

// advance carries out what is to happen at a deadline, unless that has been done: then it is false without an error. A panic is an
// error, a *route.PanicError: it is one session's, and would come again at every start of the server.
func advance(ctx context.Context, s TimerStore, d game.Due) (advanced bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &route.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	r := game.Request{Key: timerKey, ID: deadlineID(d)}
	_, err = s.Once(ctx, r, func(ctx context.Context) ([]byte, error) {
		err := s.Update(ctx, game.Command{Session: d.SessionID, Request: r}, func(s *game.Session, env game.Env) (game.Outcome, error) {
			events, err := s.Expire(env)
			return game.Outcome{Events: events, Answer: []byte("null")}, err
		})
		advanced = err == nil
		return nil, err
	})
	return advanced, err
}

// deadlineID names one deadline of one session: an epoch is one session's, in one of its lives, and a session is in each stage of each step
// only once. The time of the deadline would not do: when the clock has been set back, the same time comes again.
func deadlineID(d game.Due) string {
	return fmt.Sprintf("%s %s %d", d.Epoch, d.Stage, d.Step)
}
