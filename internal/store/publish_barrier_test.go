package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"seg.example/internal/store"
)

// TestEvents_notBeforeTheyAreTold: nobody can read committed events from the log before they are published. Otherwise a client
// that is behind would get the events of its own command before its answer.
func TestEvents_notBeforeTheyAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	epoch := f.all()[0].Epoch
	followed := store.Position{Epoch: epoch}
	type reading struct {
		missed store.Missed
		err    error
	}
	read := make(chan reading, 1)
	f.hook = func(c store.Commit) {
		if c.FirstSeq != 1 {
			return
		}
		if stored := query[int64](f, "SELECT seq FROM sessions"); stored[0] != 1 {
			t.Errorf("told of event 1, and %d are stored", stored[0])
		}
		go func() {
			m, err := f.Events(context.WithoutCancel(t.Context()), "A", followed, 10)
			read <- reading{m, err}
		}()
		for f.Waiting("A") == 0 {
			select {
			case early := <-read:
				read <- early
				t.Error("event 1 was read before it was published")
				return
			case <-time.After(time.Millisecond): // look again
			}
		}
		// A reader that has the event already, or cannot get it, need not wait.
		for _, p := range []store.Position{{Epoch: epoch, After: 1}, {Epoch: epoch, After: 9}, {Epoch: "other"}} {
			if m, err := f.Events(t.Context(), "A", p, 10); err != nil || len(m.Events) > 0 || m.LastSeq != 1 {
				t.Errorf("from %v: %v, %v", p, m, err)
			}
		}
		// Nobody waits for longer than they like.
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			for f.Waiting("A") < 2 && ctx.Err() == nil {
				time.Sleep(time.Millisecond) // look again
			}
		}()
		if _, err := f.Events(ctx, "A", followed, 10); !errors.Is(err, context.Canceled) {
			t.Errorf("the wait ended with %v", err)
		}
		cancel()
	}
	f.mustDo("A", createUser(1, "one"))
	if r := <-read; r.err != nil || len(r.missed.Events) != 1 {
		t.Errorf("after publishing, got %v, %v from the log", r.missed, r.err)
	}
	// And one that fails is waited for no longer than it takes.
	if err := f.do("A", createUser(1, "one")); err == nil {
		t.Error("one user twice")
	}
	if m, err := f.Events(t.Context(), "A", followed, 10); err != nil || len(m.Events) != 1 || f.Waiting("A") != 0 {
		t.Errorf("%v, %v", m, err)
	}
}
