package hub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"seg.example/internal/hub"
)

// TestWelcome: from each position, what the first frames are.
func TestWelcome(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		p    hub.Position
		keep int // events that are still kept, of 4
		want []string
	}{
		{"new", hub.Position{}, 4, []string{welcomed("s", "e1", 4, asNew)}},
		{"all of it", hub.Position{Epoch: "e1"}, 4, []string{welcomed("s", "e1", 4, `"resumed":true,"from":1,"to":4`), "s#1 a 1", "s#2 a 2", "s#3 a 3", "s#4 a 4"}},
		{"some", hub.Position{Epoch: "e1", After: 2}, 2, []string{welcomed("s", "e1", 4, `"resumed":true,"from":3,"to":4`), "s#3 a 3", "s#4 a 4"}},
		{"nothing", hub.Position{Epoch: "e1", After: 4}, 0, []string{welcomed("s", "e1", 4, `"resumed":true`)}},
		{"too old by one", hub.Position{Epoch: "e1", After: 1}, 2, []string{welcomed("s", "e1", 4, `"resumed":false,"reason":"too_old"`)}},
		{"ahead", hub.Position{Epoch: "e1", After: 5}, 4, []string{welcomed("s", "e1", 4, `"resumed":false,"reason":"ahead"`)}},
		{"another epoch", hub.Position{Epoch: "e0", After: 2}, 4, []string{welcomed("s", "e1", 4, `"resumed":false,"reason":"epoch"`)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			j.create("s")
			j.add("s", "a 1", "a 2", "a 3", "a 4")
			j.prune("s", row.keep)
			h := newHub(t, options(j))
			s := &socket{number: 1, client: "c"}
			listen(t, h, s, "s", row.p)
			s.wantGot(t, row.want...)
			h.Publish(j.add("s", "b 5"))
			s.wantGot(t, append(row.want, "s#5 b 5")...)
			if j.reads != 1 {
				t.Errorf("the log was read %d times", j.reads)
			}
		})
	}
}

func TestOpen_noSession(t *testing.T) {
	t.Parallel()
	j := newJournal()
	h := newHub(t, options(j))
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, hub.ErrNoSession) {
		t.Errorf("got %v", err)
	}
	j.create("s")
	j.failing = errors.New("disk on fire")
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, j.failing) || errors.Is(err, hub.ErrNoSession) {
		t.Errorf("got %v", err)
	}
	j.failing = nil
	j.add("s", "a 1")
	j.remove("s")
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, hub.ErrNoSession) {
		t.Errorf("a deleted session: %v", err)
	}
	// Who has followed a session that was deleted meanwhile is told of the end.
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{Epoch: "e1"})
	s.wantGot(t, welcomed("s", "e1", 1, `"resumed":true,"from":1,"to":1`), "s#1 a 1")
}

// TestNothingIsLostBetweenReadingAndTurningLive: what is published after the log was read, but before the reader gets what is
// published, must come all the same. The same once more while it catches up.
func TestNothingIsLostBetweenReadingAndTurningLive(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	between := []string{"while opening 1", "while catching up 2"}
	j.whenRead = func(string, hub.Position) {
		if len(between) > 0 {
			next := between[0]
			between = between[1:]
			h.Publish(j.add("s", next))
		}
	}
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{Epoch: "e1"})
	awaitLive(t, h)
	want := []string{welcomed("s", "e1", 0, `"resumed":true`), "s#1 while opening 1", "s#2 while catching up 2"}
	if !slices.Equal(s.got, want) {
		t.Errorf("what was published behind its back is lost: it got %q, want %q", s.got, want)
	}
}

// TestNothingComesTwice: the log knows of a commit before it is published; who has read it there does not get it again.
func TestNothingComesTwice(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	whole, half := j.add("s", "a 1", "a 2"), j.add("s", "b 3", "b 4")
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{Epoch: "e1"})
	h.Publish(whole)
	h.Publish(half)
	h.Publish(j.add("s", "c 5"))
	want := []string{welcomed("s", "e1", 4, `"resumed":true,"from":1,"to":4`), "s#1 a 1", "s#2 a 2", "s#3 b 3", "s#4 b 4", "s#5 c 5"}
	if !slices.Equal(s.got, want) {
		t.Errorf("what was read from the log comes again: it got %q, want %q", s.got, want)
	}
	// Of a commit that it has half, it gets the other half: 5 events and 2 more, of which it is told as one commit of 3.
	c := j.add("s", "d 6", "d 7")
	c.Events = append([]hub.Event{{Type: "c", Data: []byte("5"), Seq: 5}}, c.Events...)
	h.Publish(c)
	s.wantGot(t, append(want, "s#6 d 6", "s#7 d 7")...)
}

// TestGapIsFilledFromTheLog: what another program has committed is not published here, but nobody misses it once something is.
func TestGapIsFilledFromTheLog(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{})
	h.Publish(j.add("s", "here 1"))
	j.add("s", "bal a 0 1", "bal a 1 2")
	h.Publish(j.add("s", "here 4"))
	s.awaitGot(t, welcomed("s", "e1", 0, asNew), "s#1 here 1", "s#2 bal a 0 1", "s#3 bal a 1 2", "s#4 here 4")
}

// TestNewEpoch: a session that is deleted and made again under its name is another one; who listened to the old one is told so, even
// when nothing has happened in the new one yet.
func TestNewEpoch(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{})
	h.Publish(j.add("s", "a 1"))
	h.Publish(j.add("s", "deleted 2"))
	j.remove("s")
	j.create("s")
	h.Publish(j.add("s"))
	want := []string{welcomed("s", "e1", 0, asNew), "s#1 a 1", "s#2 deleted 2", resynced("s", "e2", 0, "epoch")}
	s.awaitGot(t, want...)
	h.Publish(j.add("s", "b 1"))
	s.awaitGot(t, append(want, "s#1 b 1")...)
	if got := h.Stats().Resyncs; got != 1 {
		t.Errorf("%d resyncs are counted", got)
	}
}

// TestForgottenSession: a session is deleted and its log with it while a listener is behind.
func TestForgottenSession(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{})
	j.add("s", "elsewhere 1")
	c := j.add("s", "deleted 2")
	j.remove("s")
	j.forget("s")
	h.Publish(c)
	want := []string{welcomed("s", "e1", 0, asNew), resynced("s", "e1", 0, "deleted")}
	s.awaitGot(t, want...)
	j.create("s")
	h.Publish(j.add("s", "b 1"))
	s.awaitGot(t, append(want, resynced("s", "e2", 1, "epoch"))...)
	h.Publish(j.add("s", "b 2"))
	s.awaitGot(t, append(want, resynced("s", "e2", 1, "epoch"), "s#2 b 2")...)
}

// TestLongResume: what is missed is sent piece by piece, each no larger than the queue takes, and nothing of it is left out.
func TestLongResume(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	want := []string{welcomed("s", "e1", 2000, `"resumed":true,"from":1,"to":2000`)}
	for i := range 2000 {
		// Every hundredth event is so large that two of them do not fit into one piece.
		data := fmt.Sprintf("bal a %d %d", i, i+1)
		if i%100 == 0 {
			data = "big " + strings.Repeat("x", 100<<10)
		}
		j.add("s", data)
		want = append(want, fmt.Sprintf("s#%d %s", i+1, data))
	}
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{Epoch: "e1"})
	s.await(t, "the last event", func(got, _ []string) bool { return len(got) >= len(want) })
	for i, w := range want {
		if s.got[i] != w {
			t.Fatalf("frame %d is %.50s, want %.50s", i, s.got[i], w)
		}
	}
	if got := h.Stats(); got.Conflated != 0 || got.Welcomes[""] != 1 {
		t.Errorf("%+v", got)
	}
}

// TestLogFails: a client that cannot be told what it has missed is sent away, to come back; the others stay.
func TestLogFails(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	o := options(j)
	troubles := make(chan error, 1)
	o.OnError = func(err error) { troubles <- err }
	h := newHub(t, o)
	s := &socket{number: 1, client: "c"}
	listen(t, h, s, "s", hub.Position{})
	j.mu.Lock()
	j.failing = errors.New("disk on fire")
	j.mu.Unlock()
	j.add("s", "elsewhere 1")
	h.Publish(j.add("s", "here 2"))
	s.await(t, "the end", func(_, _ []string) bool { return s.failed == 1 })
	if err := <-troubles; !errors.Is(err, j.failing) {
		t.Errorf("got %v", err)
	}
	s.wantGot(t, welcomed("s", "e1", 0, asNew))
}

// TestReadersAreBounded: when a hundred come back at once, few of them read at once.
func TestReadersAreBounded(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	j.add("s", "a 1")
	o := options(j)
	o.Readers = 3
	h := newHub(t, o)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			s := &socket{number: uint64(i + 1), client: fmt.Sprint("c", i)}
			listen(t, h, s, "s", hub.Position{Epoch: "e1"})
			s.wantGot(t, welcomed("s", "e1", 1, `"resumed":true,"from":1,"to":1`), "s#1 a 1")
		})
	}
	all.Wait()
	if j.atOnce > 3 || j.reads != 100 {
		t.Errorf("%d reads, %d at once", j.reads, j.atOnce)
	}
	// Whoever waits for its turn may give up.
	j.blocked = make(chan struct{})
	for range 3 {
		all.Go(func() {
			if o, err := h.Subscribe(t.Context(), "s", hub.Position{}); err != nil {
				t.Error(err)
			} else {
				o.Close()
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Subscribe(ctx, "s", hub.Position{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(j.blocked)
	all.Wait()
}
