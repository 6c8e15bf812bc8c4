package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// TestWriter_panic: a job that panics ended the whole server. It fails alone, and leaves nothing of what it has written.
func TestWriter_panic(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	var first, second, fault error
	var g errgroup.Group
	f.WithWriterHeld(t, func() {
		g.Go(func() error { first = f.do("A", createUser(1, "one")); return nil })
		waitQueued(f, 1)
		g.Go(func() error { fault = f.WriteAndPanic(); return nil })
		waitQueued(f, 2)
		g.Go(func() error { second = f.do("B", createUser(2, "two")); return nil })
		waitQueued(f, 3)
	})
	must(t, g.Wait())
	if first != nil || second != nil {
		t.Errorf("who shared the transaction got %v and %v", first, second)
	}
	if fault == nil || !strings.Contains(fault.Error(), "nobody expected it") {
		t.Errorf("got %v", fault)
	}
	if rows := query[string](f, "SELECT name FROM rulesets WHERE hash = 'panic'"); len(rows) != 0 {
		t.Errorf("it left %v", rows)
	}
	f.mustDo("A", createUser(3, "three"))
}

func waitQueued(f *fixture, n int) {
	for f.Queued() < n {
		time.Sleep(time.Millisecond) // look again
	}
}

// TestStore_Update_sessionPruned: another program has deleted and pruned a session that this one has in memory. Adding a user then failed
// with an internal error, because a user id cannot be owned by a session that does not exist.
func TestStore_Update_sessionPruned(t *testing.T) {
	t.Parallel()
	f, c := withClock(t, store.Retention{Age: time.Hour, Answers: time.Hour})
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "one")) // now it is in memory
	second := &fixture{Store: f.open(), recorder: f.recorder, t: t}
	defer second.Close()
	second.mustDo("A", deleteSession)
	c.advance(2 * time.Hour)
	must(t, second.Prune(t.Context()))
	if rows := query[int64](f, "SELECT id FROM sessions"); len(rows) != 0 || !f.Cached("A") {
		t.Fatalf("sessions %v, in memory: %v", rows, f.Cached("A"))
	}
	wantRefusal(t, f.do("A", createUser(2, "two")), game.CodeNotFound)
	second.mustCreate("A")
	f.mustDo("A", createUser(2, "two"))
}

// nextUser creates a user with the next number from base on: who carries it out twice gets two.
func nextUser(base int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		id := base + int64(len(s.Users))
		return createUser(id, fmt.Sprint("u", id))(s)
	}
}

// TestWriter_commitUnknown: when a commit has failed nobody knows whether it has happened. What shared it was carried out again, and
// so twice when it had.
func TestWriter_commitUnknown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var commands []func(*game.Session) ([]game.Event, error)
	for i := range int64(3) {
		f.mustCreate(fmt.Sprint("S", i))
		commands = append(commands, nextUser(i*100+1))
	}
	told := len(f.all())
	f.Break(t, "COMMIT", 1, true) // the first is of what holds the writer
	for i, err := range queueUp(t, f, commands) {
		if err == nil || codeOf(err) != err.Error() {
			t.Errorf("S%d: got %v, which says what nobody knows", i, err)
		}
	}
	if n := len(f.all()); n != told {
		t.Errorf("told of %d", n-told)
	}
	if users := query[int64](f, "SELECT id FROM users ORDER BY id"); !slices.Equal(users, []int64{1, 101, 201}) {
		t.Errorf("users %v", users)
	}
	f.mustDo("S0", nextUser(1))
	if c := f.all()[told]; c.FirstSeq != 2 || string(c.Events[0].Data) != `{"id":2,"name":"u2"}` {
		t.Errorf("told of %+v", c)
	}
}

// TestWriter_eachStatementFails: whichever statement of a command fails, nothing of it is stored and nobody is told; what shares its
// transaction, and the next command, work. With others it is tried again alone, unless it was the commit.
func TestWriter_eachStatementFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("S0", "S1")
	f.mustDo("S0", nextUser(1))
	for _, s := range f.Record(t, func() error { return f.do("S0", nextUser(1)) }) {
		before, told := dump(f), len(f.all())
		f.Break(t, s.Query, 0, false)
		if err := f.do("S0", nextUser(1)); err == nil || codeOf(err) != err.Error() {
			t.Errorf("%s: got %v", s.Query, err)
		}
		if diff := cmp.Diff(before, dump(f)); diff != "" || len(f.all()) != told {
			t.Errorf("%s: told of %d, changed (-before +after):\n%s", s.Query, len(f.all())-told, diff)
		}
		nth := 0
		if s.Query == "COMMIT" || s.Query == "BEGIN IMMEDIATE" {
			nth = 1 // the first is of what holds the writer
		}
		f.Break(t, s.Query, nth, false)
		for i, err := range queueUp(t, f, []func(*game.Session) ([]game.Event, error){nextUser(1), nextUser(1001)}) {
			if (err != nil) != (nth == 1) {
				t.Errorf("%s: S%d: got %v", s.Query, i, err)
			}
		}
		f.mustDo("S0", nextUser(1))
		f.mustDo("S1", nextUser(1001))
	}
	if got := query[string](f, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Error(got)
	}
	bad := query[string](f, "SELECT name FROM sessions AS s WHERE seq <> (SELECT count(*) FROM users WHERE session_id = s.id)")
	if len(bad) > 0 {
		t.Errorf("events and users differ in %v", bad)
	}
}

// TestStore_full_clockSetBack: that the disk is full was not told again before the clock had caught up.
func TestStore_full_clockSetBack(t *testing.T) {
	t.Parallel()
	var told []error
	c := new(clock)
	c.ms.Store(start.UnixMilli())
	f := newFixtureWith(t, func(o *store.Options) {
		o.Now, o.Tick = c.now, time.Hour
		o.Trouble = func(err error) { told = append(told, err) }
	})
	f.mustCreate("A")
	f.Pragma(t, "max_page_count="+f.Pragma(t, "page_count"))
	id := int64(0)
	fill := func() {
		for err := error(nil); err == nil; {
			id++
			if err = f.do("A", createUser(id, fmt.Sprint("u", id))); err != nil && codeOf(err) != string(game.CodeRateLimited) {
				t.Fatal(err)
			}
		}
	}
	fill()
	c.advance(-24 * time.Hour)
	fill()
	f.Pragma(t, "max_page_count=1000000")
	if len(told) != 2 {
		t.Errorf("told %v", errors.Join(told...))
	}
}
