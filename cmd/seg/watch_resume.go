package main

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
	say := "watching " + w.url
	for {
		connected, printed, err := w.connect(ctx, stdout)
		began := time.Now()
		if err == nil {
			fmt.Fprintln(stderr, "seg:", say)
			err = w.follow(ctx, connected, printed)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		if !w.comesBack(err, time.Since(began)) {
			return err
		}
		fmt.Fprintf(stderr, "seg: %v; connecting again\n", err)
		say = "back again"
	}
}

// connect connects, or after a connection was lost, tries to for as long as it may. printed gets the first error of printing.
func (w *watcher) connect(ctx context.Context, stdout io.Writer) (connected *remote.Client, printed chan error, err error) {
	printed = make(chan error, 1)
	o := remote.Options{SessionID: w.session, Since: w.since, OnEvent: func(e remote.Event) {
		if err := w.print(stdout, e); err != nil {
			select {
			case printed <- err:
			default:
			}
		}
	}}
	for {
		// Spread evenly, since all who were thrown out together come back together.
		if w.again && !pause(ctx, rand.N(w.wait)) { //nolint:gosec // G404: no secret
			return nil, nil, ctx.Err()
		}
		connected, err = w.dial(ctx, "watch", o)
		if err == nil || !w.again || !retriable(err) || time.Since(w.lost) > w.reconnect {
			return connected, printed, err
		}
		w.wait = min(2*w.wait, longestWait)
	}
}

// How long to wait between two tries. A connection that lasts longer has held: what ends it is another trouble.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// pause waits; it is false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// follow waits until the connection or ctx ends, or nothing can be printed, and notes how far the session was followed.
func (w *watcher) follow(ctx context.Context, connected *remote.Client, printed <-chan error) (err error) {
	defer func() { w.since = connected.Position() }()
	select {
	case <-ctx.Done():
	case err = <-printed:
	case <-connected.Done():
		return connected.Err()
	}
	connected.Close()
	<-connected.Done()
	return err
}

// comesBack tells whether a connection that ended with err, after it had lasted so long, is to be followed by another one, and notes
// that. One that is lost at once is tried like one that is refused: more and more seldom, and not for ever.
func (w *watcher) comesBack(err error, lasted time.Duration) bool {
	if w.lost.IsZero() || lasted > longestWait {
		w.lost, w.wait = time.Now(), firstWait
	} else {
		w.wait = min(2*w.wait, longestWait)
	}
	closed, ok := errors.AsType[*remote.ClosedError](err)
	w.again = ok && w.session != "" && time.Since(w.lost) < w.reconnect && mayReturn(closed.Code)
	return w.again
}

// mayReturn tells whether a client may come back by itself after a close code.
func mayReturn(code int) bool {
	switch code {
	case 1006, 1011, 4000, 4008: // lost, failed, restarting, too slow
		return true
	}
	return false
}

// retriable tells whether what has refused a connection may let it in later.
func retriable(err error) bool {
	refused, ok := errors.AsType[*remote.HandshakeError](err)
	return !ok || refused.Status >= 500 || refused.Status == 429
}
