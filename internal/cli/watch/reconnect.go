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

// checkSince refuses what makes no sense.
func (w *watcher) checkSince() error {
	switch {
	case w.since != (remote.Position{}) && w.session == "":
		return errors.New("--epoch and --after need --session")
	case w.since.Seq != 0 && w.since.Epoch == "":
		return errors.New("--after needs --epoch, which tells whose numbers they are")
	case w.since.Seq < 0, w.reconnect < 0:
		return errors.New("--after and --reconnect must not be less than 0")
	}
	return nil
}

// watch prints until ctx ends. The error says why the connection was lost, or that nothing can be printed.
func (w *watcher) watch(ctx context.Context, stdout, stderr io.Writer) error {
	say := "watching " + w.URL
	for {
		one, err := w.connect(ctx, stdout)
		began := time.Now()
		if err == nil {
			err = w.follow(ctx, one, func() { fmt.Fprintln(stderr, "seg:", say) })
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		if !w.shouldReconnect(err, time.Since(began)) {
			return err
		}
		fmt.Fprintf(stderr, "seg: %v; connecting again\n", err)
		say = "back again"
	}
}

// connection is a connection over which broadcasts come.
type connection struct {
	*remote.Client

	welcome chan struct{} // gets something when the server has said that it lets the client watch
	printed chan error    // gets the first error of printing
}

// connect connects, or after a connection was lost, tries to for as long as it may.
func (w *watcher) connect(ctx context.Context, stdout io.Writer) (one connection, err error) {
	one = connection{welcome: make(chan struct{}, 1), printed: make(chan error, 1)}
	if w.session == "" {
		one.welcome <- struct{}{} // a welcome is to a session only
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
		// Spread evenly, since all who were thrown out together come back together.
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

// trySend sends what to a channel, unless it is full.
func trySend[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}

// How long to wait between two tries. A connection that lasts longer has held: what ends it is another trouble.
const (
	minRetryDelay = 100 * time.Millisecond
	maxRetryDelay = 5 * time.Second
)

// sleep waits; it is false when ctx ends first.
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

// follow waits until the connection or ctx ends, or nothing can be printed, and notes how far the session was followed. It calls begun once
// there is something to watch: a connection may come about only to be refused.
func (w *watcher) follow(ctx context.Context, one connection, begun func()) (err error) {
	defer func() { w.since = one.Position() }()
	for {
		select {
		case <-one.welcome:
			begun()
			continue
		case <-ctx.Done():
			select {
			case <-one.welcome: // of several that are ready, select takes any
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

// shouldReconnect tells whether a connection that ended with err, after it had lasted so long, is to be followed by another one, and notes
// that. One that is lost at once is tried like one that is refused: more and more seldom, and not for ever.
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

// retriable tells whether what has refused a connection may let it in later.
func retriable(err error) bool {
	refused, ok := errors.AsType[*remote.HandshakeError](err)
	return !ok || refused.Status >= 500 || refused.Status == 429
}
