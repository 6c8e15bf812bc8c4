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

// TimerStore is the part of the store that Timers need.
type TimerStore interface {
	Deduplicator
	// Due returns at most limit sessions whose deadline is not after until, earliest deadline first.
	Due(ctx context.Context, until time.Time, limit int) ([]game.Due, error)
	// Update runs a command, as in Store.
	Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error
}

const (
	// timerKey is the client key of the timers' deduplicated requests. Keys of clients are longer.
	timerKey = "timer"
	// pollInterval is the longest time until a deadline that another server has set is noticed.
	pollInterval = 2 * time.Second
	// timerBatchSize is the number of sessions in one query, and maxConcurrentTimers the number of
	// sessions that are advanced concurrently.
	timerBatchSize, maxConcurrentTimers = 256, 32
	// advanceTimeout limits the wait for the lock of a busy session, so that it does not delay others.
	advanceTimeout = 10 * time.Second
	// A failed deadline is retried after minRetryDelay. The delay doubles up to maxRetryDelay.
	minRetryDelay, maxRetryDelay = time.Second, time.Minute
)

// Timers advance sessions at their deadlines. The deadlines are in the database, so they survive a
// restart. A session whose deadline passed meanwhile advances once, however long ago that was. Several
// servers with one database may run timers; each deadline is handled once.
type Timers struct {
	now       func() time.Time
	log       *slog.Logger
	nextCheck atomic.Int64  // time of the next query, in Unix milliseconds
	wake      chan struct{} // a value makes Run query at once

	retries map[string]retry // by deadlineID; used only by Run
}

// retry is the next attempt for a failed deadline.
type retry struct {
	at    time.Time
	delay time.Duration // until the attempt after this one
}

// NewTimers returns timers that use the clock now.
func NewTimers(now func() time.Time, log *slog.Logger) *Timers {
	return &Timers{now: now, log: log, wake: make(chan struct{}, 1)}
}

// NotifyDeadline must be called after each commit with the session's deadline, the zero time if it has
// none. It does not block, and may be called before Run starts and after it returns.
func (t *Timers) NotifyDeadline(deadline time.Time) {
	if deadline.IsZero() || deadline.UnixMilli() >= t.nextCheck.Load() {
		return
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run advances the sessions of s until ctx ends, and then finishes those that it is advancing. It must
// be called only once.
func (t *Timers) Run(ctx context.Context, s TimerStore) {
	for ctx.Err() == nil {
		// From here on NotifyDeadline wakes Run for deadlines that the query below may miss.
		horizon := t.now().Add(pollInterval)
		t.nextCheck.Store(horizon.UnixMilli())
		next, err := t.advanceDue(ctx, s, horizon)
		if err != nil {
			if ctx.Err() == nil {
				t.log.Warn("reading the deadlines of sessions failed; retrying", "after", pollInterval.String(), "error", err)
			}
			next = horizon
		}
		t.wait(ctx, next)
	}
}

// advanceDue advances the sessions whose deadline has passed. It returns the time of the next query, at
// the latest horizon.
func (t *Timers) advanceDue(ctx context.Context, s TimerStore, horizon time.Time) (next time.Time, err error) {
	// Failed deadlines are the first in the list, so the limit must leave room for the others.
	due, err := s.Due(ctx, horizon, timerBatchSize+len(t.retries))
	if err != nil {
		return time.Time{}, err
	}
	now, next := t.now(), horizon
	var ready []game.Due
	retries := map[string]retry{}
	for _, d := range due {
		at := d.Deadline
		if r, failed := t.retries[deadlineID(d)]; failed {
			retries[deadlineID(d)] = r
			at = r.at
		}
		if !at.After(now) {
			ready = append(ready, d)
		} else if at.Before(next) {
			next = at
		}
	}
	t.retries = retries
	if len(ready) > 0 {
		t.advanceAll(ctx, s, ready)
		next = now
	}
	return next, nil
}

// wait waits until a time, for NotifyDeadline or for the end of ctx.
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

// advanceAll advances sessions, maxConcurrentTimers at a time, and schedules retries for those that
// failed.
func (t *Timers) advanceAll(ctx context.Context, s TimerStore, sessions []game.Due) {
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		slots   = make(chan struct{}, maxConcurrentTimers)
		attempt = func(d game.Due) {
			defer func() { <-slots }()
			if !t.advanceOne(ctx, s, d) {
				mu.Lock()
				defer mu.Unlock()
				t.scheduleRetry(deadlineID(d))
			}
		}
	)
	for _, d := range sessions {
		slots <- struct{}{}
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

// advanceOne advances a session and reports whether it did: not if another server did, or if it failed.
func (t *Timers) advanceOne(ctx context.Context, s TimerStore, d game.Due) (advanced bool) {
	ctx, cancel := context.WithTimeout(ctx, advanceTimeout)
	defer cancel()
	advanced, err := advance(ctx, s, d)
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return advanced // the server is shutting down; the next one handles the deadline
	}
	refusal, refused := errors.AsType[*game.Refusal](err)
	fault, panicked := errors.AsType[*route.PanicError](err)
	switch {
	case err == nil:
		t.log.Debug("timer advanced a session", "session", d.SessionID, "deadline", d.Deadline, "here", advanced)
	case panicked:
		t.log.Error("timer failed to advance a session; retrying", "session", d.SessionID, "deadline", d.Deadline, "error", err,
			"stack", string(fault.Stack))
	case refused && refusal.Code != game.CodeRateLimited:
		t.log.Debug("deadline no longer applies", "session", d.SessionID, "deadline", d.Deadline, "because", refusal.Text)
	default:
		t.log.Warn("timer failed to advance a session; retrying", "session", d.SessionID, "deadline", d.Deadline, "error", err)
	}
	return advanced
}

// advance handles a deadline. It returns false without an error if that was done before. A panic becomes
// a *route.PanicError: it concerns one session, but would end the server at every start.
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

// deadlineID identifies a deadline: an epoch belongs to one session, and a session is in each stage of
// each step only once. The time is not part of it, because it can occur twice if the clock is set back.
func deadlineID(d game.Due) string {
	return fmt.Sprintf("%s %s %d", d.Epoch, d.Stage, d.Step)
}
