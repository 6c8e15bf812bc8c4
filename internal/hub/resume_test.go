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

// TestWelcome compares the first frames for each kind of position.
func TestWelcome(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		p    hub.Position
		keep int // events that are still kept, of 4
		want []string
	}{
		{"new", hub.Position{}, 4, []string{welcomeFrame("s", "e1", 4, newClient)}},
		{"all of it", hub.Position{Epoch: "e1"}, 4, []string{welcomeFrame("s", "e1", 4, `"resumed":true,"from":1,"to":4`), "s#1 a 1", "s#2 a 2", "s#3 a 3", "s#4 a 4"}},
		{"some", hub.Position{Epoch: "e1", After: 2}, 2, []string{welcomeFrame("s", "e1", 4, `"resumed":true,"from":3,"to":4`), "s#3 a 3", "s#4 a 4"}},
		{"nothing", hub.Position{Epoch: "e1", After: 4}, 0, []string{welcomeFrame("s", "e1", 4, `"resumed":true`)}},
		{"too old by one", hub.Position{Epoch: "e1", After: 1}, 2, []string{welcomeFrame("s", "e1", 4, `"resumed":false,"reason":"too_old"`)}},
		{"ahead", hub.Position{Epoch: "e1", After: 5}, 4, []string{welcomeFrame("s", "e1", 4, `"resumed":false,"reason":"ahead"`)}},
		{"another epoch", hub.Position{Epoch: "e0", After: 2}, 4, []string{welcomeFrame("s", "e1", 4, `"resumed":false,"reason":"epoch"`)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			log := newFakeLog()
			log.create("s")
			log.add("s", "a 1", "a 2", "a 3", "a 4")
			log.prune("s", row.keep)
			h := newHub(t, options(log))
			s := &socket{id: 1, client: "c"}
			subscribe(t, h, s, "s", row.p)
			s.wantGot(t, row.want...)
			h.Publish(log.add("s", "b 5"))
			s.wantGot(t, append(row.want, "s#5 b 5")...)
			if log.reads != 1 {
				t.Errorf("got %d reads of the log, want 1", log.reads)
			}
		})
	}
}

func TestSubscribe_noSession(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	h := newHub(t, options(log))
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, hub.ErrNoSession) {
		t.Errorf("got error %v, want ErrNoSession", err)
	}
	log.create("s")
	log.err = errors.New("disk on fire")
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, log.err) || errors.Is(err, hub.ErrNoSession) {
		t.Errorf("got error %v, want that of the log", err)
	}
	log.err = nil
	log.add("s", "a 1")
	log.remove("s")
	if _, err := h.Subscribe(t.Context(), "s", hub.Position{}); !errors.Is(err, hub.ErrNoSession) {
		t.Errorf("a deleted session: got error %v, want ErrNoSession", err)
	}
	// A client that followed a session before it was deleted gets the rest of its events.
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{Epoch: "e1"})
	s.wantGot(t, welcomeFrame("s", "e1", 1, `"resumed":true,"from":1,"to":1`), "s#1 a 1")
}

// TestCatchUp_publishedBeforeLive: an event that is published after the log was read,
// but before the subscriber is live, must arrive. The same goes for an event during a catch-up.
func TestCatchUp_publishedBeforeLive(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	between := []string{"while opening 1", "while catching up 2"}
	log.afterRead = func(string, hub.Position) {
		if len(between) > 0 {
			next := between[0]
			between = between[1:]
			h.Publish(log.add("s", next))
		}
	}
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{Epoch: "e1"})
	awaitLive(t, h)
	want := []string{welcomeFrame("s", "e1", 0, `"resumed":true`), "s#1 while opening 1", "s#2 while catching up 2"}
	if !slices.Equal(s.got, want) {
		t.Errorf("event lost that was published before the subscriber was live: got %q, want %q", s.got, want)
	}
}

// TestPublish_noDuplicates: a commit may be in the log before it is published. A subscriber that has
// read it there must not get it again.
func TestPublish_noDuplicates(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	whole, half := log.add("s", "a 1", "a 2"), log.add("s", "b 3", "b 4")
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{Epoch: "e1"})
	h.Publish(whole)
	h.Publish(half)
	h.Publish(log.add("s", "c 5"))
	want := []string{welcomeFrame("s", "e1", 4, `"resumed":true,"from":1,"to":4`), "s#1 a 1", "s#2 a 2", "s#3 b 3", "s#4 b 4", "s#5 c 5"}
	if !slices.Equal(s.got, want) {
		t.Errorf("event sent twice: got %q, want %q", s.got, want)
	}
	// A subscriber that has the first part of a commit gets only the rest. It has event 5; the
	// commit holds 5 to 7.
	c := log.add("s", "d 6", "d 7")
	c.Events = append([]hub.Event{{Type: "c", Data: []byte("5"), Seq: 5}}, c.Events...)
	h.Publish(c)
	s.wantGot(t, append(want, "s#6 d 6", "s#7 d 7")...)
}

// TestPublish_gapReadFromLog: commits of another program are not published here. The subscriber
// must get them from the log when the next commit is published.
func TestPublish_gapReadFromLog(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{})
	h.Publish(log.add("s", "here 1"))
	log.add("s", "bal a 0 1", "bal a 1 2")
	h.Publish(log.add("s", "here 4"))
	s.awaitGot(t, welcomeFrame("s", "e1", 0, newClient), "s#1 here 1", "s#2 bal a 0 1", "s#3 bal a 1 2", "s#4 here 4")
}

// TestNewEpoch: a session that was deleted and created again has a new epoch. A subscriber of the
// old one must get a resync, even before the new one has an event.
func TestNewEpoch(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{})
	h.Publish(log.add("s", "a 1"))
	h.Publish(log.add("s", "deleted 2"))
	log.remove("s")
	log.create("s")
	h.Publish(log.add("s"))
	want := []string{welcomeFrame("s", "e1", 0, newClient), "s#1 a 1", "s#2 deleted 2", resyncFrame("s", "e2", 0, "epoch")}
	s.awaitGot(t, want...)
	h.Publish(log.add("s", "b 1"))
	s.awaitGot(t, append(want, "s#1 b 1")...)
	if got := h.Stats().Resyncs; got != 1 {
		t.Errorf("got %d counted resyncs, want 1", got)
	}
}

// TestCatchUp_sessionForgotten: a session and its log are deleted while a subscriber is behind.
func TestCatchUp_sessionForgotten(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{})
	log.add("s", "elsewhere 1")
	c := log.add("s", "deleted 2")
	log.remove("s")
	log.forget("s")
	h.Publish(c)
	want := []string{welcomeFrame("s", "e1", 0, newClient), resyncFrame("s", "e1", 0, "deleted")}
	s.awaitGot(t, want...)
	log.create("s")
	h.Publish(log.add("s", "b 1"))
	s.awaitGot(t, append(want, resyncFrame("s", "e2", 1, "epoch"))...)
	h.Publish(log.add("s", "b 2"))
	s.awaitGot(t, append(want, resyncFrame("s", "e2", 1, "epoch"), "s#2 b 2")...)
}

// TestResume_manyChunks: missed events are sent in chunks that fit into the queue, and all of them
// arrive.
func TestResume_manyChunks(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	want := []string{welcomeFrame("s", "e1", 2000, `"resumed":true,"from":1,"to":2000`)}
	for i := range 2000 {
		// Every hundredth event is so large that two of them do not fit into one chunk.
		data := fmt.Sprintf("bal a %d %d", i, i+1)
		if i%100 == 0 {
			data = "big " + strings.Repeat("x", 100<<10)
		}
		log.add("s", data)
		want = append(want, fmt.Sprintf("s#%d %s", i+1, data))
	}
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{Epoch: "e1"})
	s.await(t, "the last event", func(got, _ []string) bool { return len(got) >= len(want) })
	for i, w := range want {
		if s.got[i] != w {
			t.Fatalf("frame %d: got %.50s, want %.50s", i, s.got[i], w)
		}
	}
	if got := h.Stats(); got.Conflated != 0 || got.Welcomes[""] != 1 {
		t.Errorf("got %+v, want no conflated event and one resumed client", got)
	}
}

// TestCatchUp_logFails: if the log cannot be read, the subscriber is closed so that it reconnects.
// Other connections stay open.
func TestCatchUp_logFails(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	o := options(log)
	failures := make(chan error, 1)
	o.OnError = func(err error) { failures <- err }
	h := newHub(t, o)
	s := &socket{id: 1, client: "c"}
	subscribe(t, h, s, "s", hub.Position{})
	log.mu.Lock()
	log.err = errors.New("disk on fire")
	log.mu.Unlock()
	log.add("s", "elsewhere 1")
	h.Publish(log.add("s", "here 2"))
	s.await(t, "the end", func(_, _ []string) bool { return s.closedInternal == 1 })
	if err := <-failures; !errors.Is(err, log.err) {
		t.Errorf("got error %v, want that of the log", err)
	}
	s.wantGot(t, welcomeFrame("s", "e1", 0, newClient))
}

// TestReaders_limit: if a hundred clients resume at once, at most Options.Readers read the log at
// once.
func TestReaders_limit(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	log.add("s", "a 1")
	o := options(log)
	o.Readers = 3
	h := newHub(t, o)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			s := &socket{id: uint64(i + 1), client: fmt.Sprint("c", i)}
			subscribe(t, h, s, "s", hub.Position{Epoch: "e1"})
			s.wantGot(t, welcomeFrame("s", "e1", 1, `"resumed":true,"from":1,"to":1`), "s#1 a 1")
		})
	}
	all.Wait()
	if log.maxRunning > 3 || log.reads != 100 {
		t.Errorf("got %d reads, at most %d at once, want 100 and at most 3", log.reads, log.maxRunning)
	}
	// A client that waits for its turn may leave.
	log.blocked = make(chan struct{})
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
		t.Errorf("got error %v, want context.Canceled", err)
	}
	close(log.blocked)
	all.Wait()
}
