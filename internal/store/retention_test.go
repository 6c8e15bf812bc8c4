package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seg.example/internal/store"
)

// TestPrune_clockWasAhead: what was logged while the clock showed a time that is far ahead was not old until then, and nothing that
// came after it was removed before it.
func TestPrune_clockWasAhead(t *testing.T) {
	t.Parallel()
	f, c := withClock(t, store.Retention{Age: time.Hour, Answers: time.Hour})
	f.mustCreate("A", "B")
	const years = 10 * 365 * 24 * time.Hour
	f.mustDo("A", several(1, 1))
	c.advance(years)
	for i := range int64(450) { // more than are looked at in one go
		f.mustDo("A", several(10*i+11, 1))
	}
	f.mustDo("B", deleteSession)
	c.advance(-years)
	for i := range int64(2) {
		c.advance(30 * time.Second)
		f.mustDo("A", several(5000+10*i, 1))
	}
	count := func(from string) int64 { return query[int64](f, "SELECT count(*) FROM "+from)[0] }
	for _, step := range []struct {
		wait       time.Duration
		rows, gone int64
	}{
		{0, 454, 1},
		{time.Hour - time.Minute + time.Millisecond, 453, 1}, // the first one, not those whose age nobody knows
		{30*time.Second - time.Millisecond, 453, 1},
		{time.Millisecond, 1, 0},
		{time.Minute, 0, 0},
	} {
		c.advance(step.wait)
		must(t, f.Prune(t.Context()))
		if rows, gone := count("log"), count("sessions WHERE deleted_at IS NOT NULL"); rows != step.rows || gone != step.gone {
			t.Errorf("after %s more: %d rows and %d deleted sessions are left, want %+v", step.wait, rows, gone, step)
		}
	}
}

// TestPrune_clockIsBehind: a machine that begins with the year 1970 takes the whole log for what is to come, until its clock is set.
// That must not cost anybody what he has missed, or the answer to what he sends again.
func TestPrune_clockIsBehind(t *testing.T) {
	t.Parallel()
	f, c := withClock(t, store.Retention{Age: time.Hour, Answers: time.Hour})
	f.mustCreate("A", "B")
	for i := range int64(450) {
		f.mustDo("A", several(10*i+1, 1))
	}
	if _, err := f.once(request("k", "1", ""), "A", 7000); err != nil {
		t.Fatal(err)
	}
	f.mustDo("B", deleteSession)
	before := dump(f)
	years := time.Duration(start.UnixMilli()) * time.Millisecond
	c.advance(-years)
	must(t, f.Prune(t.Context()))
	if diff := cmp.Diff(before, dump(f)); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
	c.advance(years)
	if answer, err := f.once(request("k", "1", ""), "A", 7001); err != nil || answer != "created 7000" {
		t.Errorf("%q, %v", answer, err)
	}
	if m := f.events("A", f.epoch("A"), 440, 100); len(m.Events) != 11 || m.Events[0].Time != start.UnixMilli() {
		t.Errorf("got %+v", m)
	}
}

// TestPrune removes what is too much, in batches, and nothing else.
func TestPrune(t *testing.T) {
	t.Parallel()
	f, c := withClock(t, store.Retention{Events: 300, Age: time.Hour, Answers: 2 * time.Hour})
	f.mustCreate("A", "B", "C")
	f.mustDo("C", createUser(1, "one"))
	f.mustDo("C", deleteSession)
	if _, err := f.once(request("k", "1", ""), "B", 7); err != nil {
		t.Fatal(err)
	}
	for i := range 900 { // A has three times what is kept, with an answer here and there
		id := int64(1000 + i)
		if i%150 == 0 {
			if _, err := f.once(request("k", fmt.Sprint("A", i), ""), "A", id); err != nil {
				t.Fatal(err)
			}
			continue
		}
		f.mustDo("A", createUser(id, fmt.Sprint("u", id)))
	}
	count := func(where string) int64 { return query[int64](f, "SELECT count(*) FROM log WHERE "+where)[0] }
	of := func(name string) string {
		return "session_id = (SELECT id FROM sessions WHERE name = '" + name + "')"
	}
	must(t, f.Prune(t.Context()))
	if n := count(of("A") + " AND seq_from IS NOT NULL"); n < 300 || n > 300+256 {
		t.Errorf("%d events of A are left", n)
	}
	if n := count(of("A") + " AND key IS NOT NULL"); n != 6 {
		t.Errorf("%d answers of A are left", n)
	}
	if count(of("B")) != 1 || count(of("C")) != 2 {
		t.Error("what is not too much was removed")
	}
	if m := f.events("A", f.epoch("A"), 600, 5000); len(m.Events) != 300 {
		t.Errorf("%d events, %s", len(m.Events), m.Reason)
	}
	c.advance(time.Hour + time.Millisecond) // now the events are too old
	must(t, f.Prune(t.Context()))
	if answer, err := f.once(request("k", "1", ""), "B", 8); err != nil || answer != "created 7" {
		t.Errorf("%q, %v", answer, err)
	}
	c.advance(time.Hour)
	must(t, f.Prune(t.Context()))
	must(t, f.Prune(t.Context()))
	if n := count("true"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if names := query[string](f, "SELECT name FROM sessions ORDER BY 1"); !cmp.Equal(names, []string{"A", "B"}) {
		t.Errorf("sessions %v", names)
	}
	f.mustDo("A", createUser(9, "nine"))
	if c := f.all()[len(f.all())-1]; c.FirstSeq != 901 {
		t.Errorf("the next event has number %d", c.FirstSeq)
	}
}

// TestPrune_afterRestart: what was too much when a program ended, the next one removes by itself.
func TestPrune_afterRestart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", several(1, 50))
	f.mustDo("A", several(51, 5))
	must(t, f.Close())
	f.set = func(o *store.Options) { o.Keep.Events, o.Tick = 5, time.Millisecond }
	f.Store = f.open()
	for query[int](f, "SELECT count(*) FROM log")[0] != 1 {
		time.Sleep(time.Millisecond) // look again
	}
	if m := f.events("A", f.epoch("A"), 50, 10); len(m.Events) != 5 {
		t.Errorf("%+v", m)
	}
}

// TestPrune_failsForOne: when one session cannot be pruned, the others that are due are not forgotten.
func TestPrune_failsForOne(t *testing.T) {
	t.Parallel()
	f, _ := withClock(t, store.Retention{Events: 100})
	for i, name := range []string{"A", "B", "C", "D"} {
		f.mustCreate(name)
		// Two rows, of the events 1 to 256 and 257 to 512: the first one is too much.
		for n := range int64(2) {
			f.mustDo(name, several(int64(i)*1000+n*256+1, 256))
		}
	}
	if _, err := execSQL(f, "CREATE TRIGGER refuse BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'no'); END"); err != nil {
		t.Fatal(err)
	}
	if f.Prune(t.Context()) == nil {
		t.Fatal("nothing went wrong")
	}
	if _, err := execSQL(f, "DROP TRIGGER refuse"); err != nil {
		t.Fatal(err)
	}
	must(t, f.Prune(t.Context()))
	if left := query[int64](f, "SELECT session_id FROM log WHERE seq_to = 256"); len(left) > 0 {
		t.Errorf("the sessions %v have too many events", left)
	}
}

// TestPrune_trouble: what goes wrong in the background is told.
func TestPrune_trouble(t *testing.T) {
	t.Parallel()
	told := make(chan error, 1)
	f := newFixtureWith(t, func(o *store.Options) {
		o.Tick = time.Millisecond
		o.Trouble = func(err error) {
			select {
			case told <- err:
			default:
			}
		}
	})
	if _, err := execSQL(f, "ALTER TABLE log RENAME TO nowhere"); err != nil {
		t.Fatal(err)
	}
	<-told
	if _, err := execSQL(f, "ALTER TABLE nowhere RENAME TO log"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f.Prune(ctx) == nil {
		t.Error("went on though nobody waits")
	}
}
