package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	remote "seg.example/gen/client"
)

// checkSince returns an error if flags do not fit together.
func (w *watcher) checkSince() error {
	switch {
	case w.since != (remote.Position{}) && w.session == "":
		return errors.New("--epoch and --after need --session")
	case w.since.Seq != 0 && w.since.Epoch == "":
		return errors.New("--after needs --epoch: a seq has a meaning only within its epoch")
	case w.since.Seq < 0, w.reconnect < 0:
		return errors.New("--after and --reconnect must not be negative")
	}
	return nil
}

// watch prints broadcasts until ctx ends. The error says why the connection was lost, or why
// printing failed.
func (w *watcher) watch(ctx context.Context, stdout, stderr io.Writer) error {
	message := "watching " + w.URL
	for {
		one, err := w.connect(ctx, stdout)
		began := time.Now()
		if err == nil {
			err = w.follow(ctx, one, func() { fmt.Fprintln(stderr, "seg:", message) })
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		if !w.shouldReconnect(err, time.Since(began)) {
			return err
		}
		fmt.Fprintf(stderr, "seg: %v; reconnecting\n", err)
		message = "reconnected"
	}
}

// connection is one connection that receives broadcasts.
type connection struct {
	*remote.Client

	welcome chan struct{} // gets a value when the server has accepted the subscription
	printed chan error    // gets the first error of printing
}

// connect opens a connection. After a lost connection it retries for the time of --reconnect.
func (w *watcher) connect(ctx context.Context, stdout io.Writer) (one connection, err error) {
	one = connection{welcome: make(chan struct{}, 1), printed: make(chan error, 1)}
	if w.session == "" {
		one.welcome <- struct{}{} // the server sends a welcome only for one session
	}
	o := remote.Options{SessionID: w.session, Since: w.since, OnEvent: func(e remote.Event) {
		if _, ok := e.(*remote.Welcome); ok {
			trySend(one.welcome, struct{}{})
		}
		if err := w.printEvent(stdout, e); err != nil {
			trySend(one.printed, err)
		}
	}}
	for {
		// The delay is random, because all clients that were disconnected together reconnect
		// together.
		if w.reconnecting && !sleep(ctx, rand.N(w.retryDelay)) { //nolint:gosec // G404: no secret
			return one, ctx.Err()
		}
		one.Client, err = w.Dial(ctx, "watch", o)
		if err == nil || !w.reconnecting || !retriable(err) || time.Since(w.lostAt) > w.reconnect {
			return one, err
		}
		w.retryDelay = min(2*w.retryDelay, maxRetryDelay)
	}
}

// trySend sends value unless the channel is full.
func trySend[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}

// Delays between two attempts. A connection that lasts longer than maxRetryDelay was successful, so
// the next failure starts again with minRetryDelay.
const (
	minRetryDelay = 100 * time.Millisecond
	maxRetryDelay = 5 * time.Second
)

// sleep waits for d. It returns false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// follow waits until the connection ends, ctx ends, or printing fails. It remembers the position
// that the session has reached. It calls begun once the server has accepted the subscription, which
// may be after the connection was opened.
func (w *watcher) follow(ctx context.Context, one connection, begun func()) (err error) {
	defer func() { w.since = one.Position() }()
	for {
		select {
		case <-one.welcome:
			begun()
			continue
		case <-ctx.Done():
			select {
			case <-one.welcome: // if several channels are ready, select chooses at random
				begun()
			default:
			}
		case err = <-one.printed:
		case <-one.Done():
			return one.Err()
		}
		one.Close()
		<-one.Done()
		return err
	}
}

// shouldReconnect reports whether to reconnect after a connection that ended with err and lasted
// this long, and prepares the delay. A connection that is lost at once counts like a refused one:
// the delays grow, and there is an end.
func (w *watcher) shouldReconnect(err error, lasted time.Duration) bool {
	if w.lostAt.IsZero() || lasted > maxRetryDelay {
		w.lostAt, w.retryDelay = time.Now(), minRetryDelay
	} else {
		w.retryDelay = min(2*w.retryDelay, maxRetryDelay)
	}
	closed, ok := errors.AsType[*remote.ClosedError](err)
	w.reconnecting = ok && w.session != "" && time.Since(w.lostAt) < w.reconnect && !closed.Final()
	return w.reconnecting
}

// retriable reports whether a later attempt may succeed after this error.
func retriable(err error) bool {
	refused, ok := errors.AsType[*remote.HandshakeError](err)
	return !ok || refused.Status >= 500 || refused.Status == 429
}
