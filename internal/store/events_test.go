package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// several causes n events at once.
func several(from, n int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		var events []game.Event
		for id := from; id < from+n; id++ {
			_, more, err := s.CreateUser(id, fmt.Sprintf(`{"[%d]\`, id))
			if err != nil {
				return nil, err
			}
			events = append(events, more...)
		}
		return events, nil
	}
}

// epoch is that of the newest commit on a session.
func (f *fixture) epoch(session string) string {
	epoch := ""
	for _, c := range f.all() {
		if c.Session == session {
			epoch = c.Epoch
		}
	}
	return epoch
}

func (f *fixture) events(session, epoch string, after int64, limit int) store.Missed {
	f.t.Helper()
	m, err := f.Events(f.t.Context(), session, store.Position{Epoch: epoch, After: after}, limit)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// numbered returns the published events of a session in an epoch.
func (f *fixture) numbered(session, epoch string) []store.Logged {
	var all []store.Logged
	for _, c := range f.all() {
		for i, e := range c.Events {
			if c.Session == session && c.Epoch == epoch {
				all = append(all, store.Logged{Event: e, Seq: c.FirstSeq + int64(i), Time: c.Time})
			}
		}
	}
	return all
}

// TestEvents: from each place and with each limit, what follows is what was told when it happened.
func TestEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	f.mustDo("A", several(1, 3))
	f.mustDo("B", createUser(100, "other"))
	f.mustDo("A", setStage(game.StageFreeUserConnect)) // no event
	f.mustDo("A", several(4, 1))
	f.mustDo("A", several(5, 4))
	epoch := f.epoch("A")
	all := f.numbered("A", epoch)
	if len(all) != 8 {
		t.Fatalf("told of %d events", len(all))
	}
	for after := range int64(9) {
		for limit := 1; limit < 10; limit++ {
			want := store.Missed{Epoch: epoch, LastSeq: 8}
			if after < 8 {
				want.Events = all[after:min(8, after+int64(limit))]
			}
			if diff := cmp.Diff(want, f.events("A", epoch, after, limit)); diff != "" {
				t.Fatalf("after %d, at most %d (-want +got):\n%s", after, limit, diff)
			}
		}
	}
}

func TestEvents_reasons(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "C")
	f.mustDo("A", several(1, 3))
	first := f.epoch("A")
	for _, c := range []struct {
		epoch  string
		after  int64
		reason store.Reason
	}{
		{"", 0, store.ReasonNew},
		{"", 3, store.ReasonNew},
		{"other", 3, store.ReasonEpoch},
		{first, 4, store.ReasonAhead},
		{first, 3, ""},
	} {
		want := store.Missed{Epoch: first, LastSeq: 3, Reason: c.reason}
		if diff := cmp.Diff(want, f.events("A", c.epoch, c.after, 10)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c, diff)
		}
	}
	if m := f.events("C", f.epoch("C"), 0, 10); m.Reason != "" || m.LastSeq != 0 || len(m.Events) != 0 {
		t.Errorf("a session without events: %+v", m)
	}
	_, err := f.Events(t.Context(), "B", store.Position{}, 10)
	wantRefusal(t, err, game.CodeNotFound)

	// A deleted session: who followed it hears of its end, others do not hear of it.
	f.mustDo("A", deleteSession)
	if m := f.events("A", first, 2, 10); len(m.Events) != 2 || m.Events[1].Type != "api-session_deleted" || m.LastSeq != 4 {
		t.Errorf("got %+v", m)
	}
	_, err = f.Events(t.Context(), "A", store.Position{}, 10)
	wantRefusal(t, err, game.CodeNotFound)

	// One made again under its name is another one.
	f.mustCreate("A")
	if m := f.events("A", first, 2, 10); m.Reason != store.ReasonEpoch || m.Epoch == first || m.LastSeq != 0 {
		t.Errorf("got %+v", m)
	}
}

// TestEvents_retention: at the edge of what is kept, before it has been removed and after.
func TestEvents_retention(t *testing.T) {
	t.Parallel()
	f, c := withClock(t, store.Retention{Events: 5, Age: time.Hour, Answers: time.Hour})
	f.mustCreate("A")
	f.mustDo("A", several(1, 4))
	c.advance(time.Minute)
	f.mustDo("A", several(5, 4))
	epoch := f.epoch("A")
	check := func(after int64, want store.Reason, events int) {
		t.Helper()
		if m := f.events("A", epoch, after, 100); m.Reason != want || len(m.Events) != events || m.LastSeq != 8 {
			t.Errorf("after %d: %+v", after, m)
		}
	}
	for range 2 {
		check(2, store.ReasonTooOld, 0)
		check(3, "", 5)
		must(t, f.Prune(t.Context()))
	}
	for range 2 { // the first four are one millisecond too old, those after it are not
		c.ms.Store(start.Add(time.Hour).UnixMilli() + 1)
		check(3, store.ReasonTooOld, 0)
		check(4, "", 4)
		must(t, f.Prune(t.Context()))
	}
	c.advance(time.Hour)
	for range 2 {
		check(7, store.ReasonTooOld, 0)
		check(8, "", 0)
		must(t, f.Prune(t.Context()))
	}
	f.mustDo("A", several(9, 1))
	if m := f.events("A", epoch, 8, 10); len(m.Events) != 1 || m.Events[0].Seq != 9 {
		t.Errorf("got %+v", m)
	}
}

// TestEvents_oneMoment: while events are added, a read is of one moment: it has all up to its last number.
func TestEvents_oneMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	const commands = 200
	f := newFixture(t)
	f.mustCreate("A")
	epoch := f.epoch("A")
	var done sync.WaitGroup
	done.Go(func() {
		for i := range int64(commands) {
			f.mustDo("A", several(i*3+1, i%3+1))
		}
	})
	after, seen := int64(0), int64(0)
	ended := make(chan struct{})
	go func() { done.Wait(); close(ended) }()
	for last := false; !last; {
		select {
		case <-ended:
			last = true
		default:
		}
		m := f.events("A", epoch, after, 1_000_000)
		if m.Reason != "" || int64(len(m.Events)) != m.LastSeq-after {
			t.Fatalf("after %d: %d events up to %d, %s", after, len(m.Events), m.LastSeq, m.Reason)
		}
		for _, e := range m.Events {
			if seen++; e.Seq != seen {
				t.Fatalf("after %d comes %d", seen-1, e.Seq)
			}
		}
		after = seen
	}
	if seen < commands {
		t.Errorf("saw %d events", seen)
	}
}

// TestLog_roundTrip: what is logged comes back to the letter, whatever is in it.
func TestLog_roundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.Event {
			return store.Event{
				Type: rapid.StringMatching(`[a-z_-]{1,20}`).Draw(t, "type"),
				Data: []byte(rapid.Custom(jsonText(3)).Draw(t, "data")),
			}
		}), 1, 5).Draw(t, "events")
		text, got, err := store.LogRoundTrip(events)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(events, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", text, diff)
		}
	})
}

// TestLog_anything: what is no JSON is refused, or comes back to the letter: it cannot be taken for something else.
func TestLog_anything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) store.Event {
			piece := rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `,`, `"`, `\`, `:`, `1`, `a`, ` `, `{"type":"a","data":1}`})
			return store.Event{Type: "api-a", Data: []byte(strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, name), ""))}
		}
		events := []store.Event{draw("first"), draw("second")}
		text, got, err := store.LogRoundTrip(events)
		if text == "" && err != nil {
			return // refused
		}
		if diff := cmp.Diff(events, got); err != nil || diff != "" {
			t.Fatalf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	})
}

// jsonText draws a JSON value.
func jsonText(depth int) func(*rapid.T) string {
	return func(t *rapid.T) string {
		kinds := []string{`null`, `-1.5e+3`, `"x"`, `""`, `"\\"`, `"\""`, `"]}"`, `"{\\\"["`, `"é😀\u2028"`, `{}`, `[]`}
		if depth == 0 {
			return rapid.SampledFrom(kinds).Draw(t, "value")
		}
		inner := rapid.Custom(jsonText(depth - 1))
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return fmt.Sprintf(`{"a":%s,"b":%s}`, inner.Draw(t, "a"), inner.Draw(t, "b"))
		case 1:
			return fmt.Sprintf(`[%s,%s]`, inner.Draw(t, "0"), inner.Draw(t, "1"))
		default:
			return inner.Draw(t, "value")
		}
	}
}

// TestLog_damaged: what was not written by the store is an error, not a crash.
func TestLog_damaged(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "[", "[]", "{}", `[{"type":"a"}]`, `[{"type":"a","data":1`, `[{"type":"a","data":1}`, `[{"type":"a","data":{}]`,
		`[{"type":"a`, `[{"type":"a","data":`, `[{"type":"a","data":"`, `[{"type":"a","data":"\`, `[{"type":"a","data":1},]`,
	} {
		if events, err := store.DecodeLog([]byte(text)); err == nil {
			t.Errorf("%s: %v", text, events)
		}
	}
}
