package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/hub"
)

// TestPublish_fullQueue: a subscriber of one session whose queue is full catches up from the log. A
// subscriber of all sessions is closed. Others are not affected.
func TestPublish_fullQueue(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	slow := &socket{id: 1, client: "slow", limit: 4, stuck: true}
	subscribe(t, h, slow, "s", hub.Position{})
	unfiltered := &socket{id: 2, client: "everything", limit: 4, stuck: true}
	subscribeAll(t, h, unfiltered)
	quick := &socket{id: 3, client: "quick", limit: 4}
	subscribe(t, h, quick, "s", hub.Position{})
	want := []string{welcomeFrame("s", "e1", 0, newClient)}
	for i := range 100 {
		h.Publish(log.add("s", fmt.Sprint("a ", i)))
		want = append(want, fmt.Sprintf("s#%d a %d", i+1, i))
	}
	quick.wantGot(t, want...)
	if slow.closedSlow != 0 || unfiltered.closedSlow == 0 {
		t.Errorf("got CloseSlow %d times with a session and %d times without, want 0 and at least 1", slow.closedSlow, unfiltered.closedSlow)
	}
	if got := h.Stats().Behind; got != 1 {
		t.Errorf("got %d subscribers behind, want 1", got)
	}
	slow.setStuck(false)
	slow.awaitGot(t, want...)
	// It has caught up, so it gets new events without a read of the log.
	awaitLive(t, h)
	reads := log.reads
	h.Publish(log.add("s", "b 1"))
	slow.wantGot(t, append(want, "s#101 b 1")...)
	if log.reads != reads {
		t.Error("got another read of the log, want none: no subscriber is behind")
	}
}

// TestAnswer_fullQueue: a client with a full queue gets the answer to its command behind the queued
// frames, and then the rest from the log. Once it was closed when the answer did not fit.
func TestAnswer_fullQueue(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "slow", limit: 4, stuck: true}
	subscribe(t, h, s, "s", hub.Position{})
	want := []string{welcomeFrame("s", "e1", 0, newClient)}
	for i := range 3 {
		h.Publish(log.add("s", fmt.Sprint("a ", i)))
		want = append(want, fmt.Sprintf("s#%d a %d", i+1, i))
	}
	c := log.add("s", "b 4")
	c.Origin, c.Answer = 1, []byte("answer")
	h.Publish(c) // the queue is full
	if s.closedSlow != 0 {
		t.Fatal("got CloseSlow, want an open connection")
	}
	s.setStuck(false)
	s.awaitGot(t, append(want, "[answer]", "s#4 b 4")...)
}

// TestPublish_doesNotBlock: Publish returns while the log is blocked and no client reads.
func TestPublish_doesNotBlock(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	slow, quick := &socket{id: 1, client: "slow", limit: 1, stuck: true}, &socket{id: 2, client: "quick"}
	subscribe(t, h, slow, "s", hub.Position{})
	subscribe(t, h, quick, "s", hub.Position{})
	log.mu.Lock()
	log.blocked = make(chan struct{})
	log.mu.Unlock()
	slow.limit = 4
	for i := range 50 {
		h.Publish(log.add("s", fmt.Sprint("a ", i)))
	}
	quick.await(t, "all events", func(got, _ []string) bool { return len(got) == 51 })
	// A subscriber can be removed while its log is being read.
	slow.end(h)
	close(log.blocked)
}

// TestConflation: a subscriber that is behind gets one event instead of several with the same key.
// A frame after left out events names the last seq before them. Other subscribers get every event.
func TestConflation(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	slow, quick := &socket{id: 1, client: "slow", limit: 2, stuck: true}, &socket{id: 2, client: "quick"}
	subscribe(t, h, slow, "s", hub.Position{})
	subscribe(t, h, quick, "s", hub.Position{})
	events := []string{
		"bal a 0 1",           // 1: the first event, which is never left out; it fits into the queue behind the welcome
		"bal a 1 5",           // 2: merged into 5
		"rel x",               // 3
		"bal b 0 7",           // 4: merged into 8
		"bal a 5 2",           // 5: cannot be merged into 6
		"bal a 2 unmergeable", // 6
		"rel y",               // 7
		"bal b 7 9",           // 8
	}
	want := []string{welcomeFrame("s", "e1", 0, newClient)}
	for i, e := range events {
		h.Publish(log.add("s", e))
		want = append(want, fmt.Sprintf("s#%d %s", i+1, e))
	}
	quick.wantGot(t, want...)
	slow.setStuck(false)
	slow.awaitGot(
		t, want[0], want[1],
		"s#3(after 1) rel x",
		"s#5(after 3) bal a 1 2",
		"s#6 bal a 2 unmergeable",
		"s#7 rel y",
		"s#8 bal b 0 9",
	)
	if got := h.Stats().Conflated; got != 2 {
		t.Errorf("got %d conflated events, want 2: numbers 2 and 4", got)
	}
	// A client that resumes gets all of them.
	back := &socket{id: 3, client: "back"}
	subscribe(t, h, back, "s", hub.Position{Epoch: "e1"})
	back.wantGot(t, append([]string{welcomeFrame("s", "e1", 8, `"resumed":true,"from":1,"to":8`)}, want[1:]...)...)
}

// TestConflation_first: the first event of a session is never merged into a later one, because
// prev_seq 0 means that no event is missing.
func TestConflation_first(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "slow", limit: 1, stuck: true}
	subscribe(t, h, s, "s", hub.Position{})
	for i := range 5 {
		h.Publish(log.add("s", fmt.Sprintf("bal a %d %d", i, i+1)))
	}
	s.setStuck(false)
	s.awaitGot(t, welcomeFrame("s", "e1", 0, newClient), "s#1 bal a 0 1", "s#5(after 1) bal a 1 5")
}

// TestCatchUp_pruned: events are pruned from the log before a slow client has read them. It gets a
// resync.
func TestCatchUp_pruned(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "slow", limit: 4, stuck: true}
	subscribe(t, h, s, "s", hub.Position{})
	for i := range 10 {
		h.Publish(log.add("s", fmt.Sprint("a ", i+1)))
	}
	log.prune("s", 2)
	s.setStuck(false)
	want := []string{welcomeFrame("s", "e1", 0, newClient), "s#1 a 1", "s#2 a 2", "s#3 a 3", resyncFrame("s", "e1", 10, "too_old")}
	s.awaitGot(t, want...)
	h.Publish(log.add("s", "b 11"))
	s.awaitGot(t, append(want, "s#11 b 11")...)
}

// TestCatchUp_moreThanFits: frames that together exceed the queue's limit are sent when the queue
// is short.
func TestCatchUp_moreThanFits(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	s := &socket{id: 1, client: "slow", limit: 8, stuck: true}
	subscribe(t, h, s, "s", hub.Position{})
	h.Publish(log.add("s", "a 1"))
	h.Publish(log.add("s", "a 2"))
	// The queue holds three frames, so 20 more do not fit.
	h.Publish(log.add("s", slices.Repeat([]string{"a 3"}, 20)...))
	h.Publish(log.add("s", "b 23"))
	s.wantQueued(t, 3)
	s.readSome(1)
	s.await(t, "all that was missed", func(_, queue []string) bool { return len(queue) == 23 })
	s.setStuck(false)
	s.await(t, "the last event", func(got, _ []string) bool { return strings.HasSuffix(got[len(got)-1], "b 23") && len(got) == 24 })
}
