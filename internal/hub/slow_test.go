package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/hub"
)

// TestOverflow: who cannot take what is published reads on from the log if it listens to a session, and is sent away otherwise. Others
// notice nothing.
func TestOverflow(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	slow := &socket{number: 1, client: "slow", limit: 4, stuck: true}
	listen(t, h, slow, "s", hub.Position{})
	everything := &socket{number: 2, client: "everything", limit: 4, stuck: true}
	listenAll(t, h, everything)
	quick := &socket{number: 3, client: "quick", limit: 4}
	listen(t, h, quick, "s", hub.Position{})
	want := []string{welcomed("s", "e1", 0, asNew)}
	for i := range 100 {
		h.Publish(j.add("s", fmt.Sprint("a ", i)))
		want = append(want, fmt.Sprintf("s#%d a %d", i+1, i))
	}
	quick.wantGot(t, want...)
	if slow.slow != 0 || everything.slow == 0 {
		t.Errorf("too slow: with a session %d times, without %d times", slow.slow, everything.slow)
	}
	if got := h.Stats().Behind; got != 1 {
		t.Errorf("%d are behind", got)
	}
	slow.stick(false)
	slow.awaitGot(t, want...)
	// It has caught up, so it hears of what comes then without the log.
	awaitLive(t, h)
	reads := j.reads
	h.Publish(j.add("s", "b 1"))
	slow.wantGot(t, append(want, "s#101 b 1")...)
	if j.reads != reads {
		t.Error("the log was read for somebody who is not behind")
	}
}

// TestAnswerWhereNothingFits: who sends commands and reads slowly gets their answers, behind what waits already, and then the rest
// from the log. It used to be sent away when the answer did not fit.
func TestAnswerWhereNothingFits(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "slow", limit: 4, stuck: true}
	listen(t, h, s, "s", hub.Position{})
	want := []string{welcomed("s", "e1", 0, asNew)}
	for i := range 3 {
		h.Publish(j.add("s", fmt.Sprint("a ", i)))
		want = append(want, fmt.Sprintf("s#%d a %d", i+1, i))
	}
	c := j.add("s", "b 4")
	c.Origin, c.Answer = 1, []byte("answer")
	h.Publish(c) // the queue is full to the last frame
	if s.slow != 0 {
		t.Fatal("it was sent away as too slow")
	}
	s.stick(false)
	s.awaitGot(t, append(want, "[answer]", "s#4 b 4")...)
}

// TestPublishDoesNotWait: while the log cannot be read and nobody takes anything, what is published is published.
func TestPublishDoesNotWait(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	slow, quick := &socket{number: 1, client: "slow", limit: 1, stuck: true}, &socket{number: 2, client: "quick"}
	listen(t, h, slow, "s", hub.Position{})
	listen(t, h, quick, "s", hub.Position{})
	j.mu.Lock()
	j.blocked = make(chan struct{})
	j.mu.Unlock()
	slow.limit = 4
	for i := range 50 {
		h.Publish(j.add("s", fmt.Sprint("a ", i)))
	}
	quick.await(t, "all events", func(got, _ []string) bool { return len(got) == 51 })
	// Whoever leaves while its log is being read does so at once.
	slow.end(h)
	close(j.blocked)
}

// TestConflation: a client that is behind gets one event for several of one key; the survivor spans them, and a frame before which
// some are missing says so. All others get every event.
func TestConflation(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	slow, quick := &socket{number: 1, client: "slow", limit: 2, stuck: true}, &socket{number: 2, client: "quick"}
	listen(t, h, slow, "s", hub.Position{})
	listen(t, h, quick, "s", hub.Position{})
	events := []string{
		"bal a 0 1",           // 1: the first there is, never left out; it fits into the queue, behind the welcome
		"bal a 1 5",           // 2: merged into 5
		"rel x",               // 3
		"bal b 0 7",           // 4: merged into 8
		"bal a 5 2",           // 5: cannot be merged into 6
		"bal a 2 unmergeable", // 6
		"rel y",               // 7
		"bal b 7 9",           // 8
	}
	want := []string{welcomed("s", "e1", 0, asNew)}
	for i, e := range events {
		h.Publish(j.add("s", e))
		want = append(want, fmt.Sprintf("s#%d %s", i+1, e))
	}
	quick.wantGot(t, want...)
	slow.stick(false)
	slow.awaitGot(
		t, want[0], want[1],
		"s#3(after 1) rel x",
		"s#5(after 3) bal a 1 2",
		"s#6 bal a 2 unmergeable",
		"s#7 rel y",
		"s#8 bal b 0 9",
	)
	if got := h.Stats().Conflated; got != 2 {
		t.Errorf("%d events are counted as conflated, want 2: those numbered 2 and 4", got)
	}
	// Who comes back gets all of it.
	back := &socket{number: 3, client: "back"}
	listen(t, h, back, "s", hub.Position{Epoch: "e1"})
	back.wantGot(t, append([]string{welcomed("s", "e1", 8, `"resumed":true,"from":1,"to":8`)}, want[1:]...)...)
}

// TestConflation_first: a client that has nothing yet gets the first event of a session even if a later one could speak for it,
// because no frame can say that it comes after number 0.
func TestConflation_first(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "slow", limit: 1, stuck: true}
	listen(t, h, s, "s", hub.Position{})
	for i := range 5 {
		h.Publish(j.add("s", fmt.Sprintf("bal a %d %d", i, i+1)))
	}
	s.stick(false)
	s.awaitGot(t, welcomed("s", "e1", 0, asNew), "s#1 bal a 0 1", "s#5(after 1) bal a 1 5")
}

// TestPrunedWhileBehind: what is gone from the log before a slow client could read it is gone, and it is told.
func TestPrunedWhileBehind(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "slow", limit: 4, stuck: true}
	listen(t, h, s, "s", hub.Position{})
	for i := range 10 {
		h.Publish(j.add("s", fmt.Sprint("a ", i+1)))
	}
	j.prune("s", 2)
	s.stick(false)
	want := []string{welcomed("s", "e1", 0, asNew), "s#1 a 1", "s#2 a 2", "s#3 a 3", resynced("s", "e1", 10, "too_old")}
	s.awaitGot(t, want...)
	h.Publish(j.add("s", "b 11"))
	s.awaitGot(t, append(want, "s#11 b 11")...)
}

// TestLargeEvents: what never fits beside much else is sent when there is room again.
func TestLargeEvents(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	s := &socket{number: 1, client: "slow", limit: 8, stuck: true}
	listen(t, h, s, "s", hub.Position{})
	h.Publish(j.add("s", "a 1"))
	h.Publish(j.add("s", "a 2"))
	// 20 at once are more than the queue ever takes beside the three frames that wait there, of which two are little.
	h.Publish(j.add("s", slices.Repeat([]string{"a 3"}, 20)...))
	h.Publish(j.add("s", "b 23"))
	s.wantQueued(t, 3)
	s.readSome(1)
	s.await(t, "all that was missed", func(_, queue []string) bool { return len(queue) == 23 })
	s.stick(false)
	s.await(t, "the last event", func(got, _ []string) bool { return strings.HasSuffix(got[len(got)-1], "b 23") && len(got) == 24 })
}
