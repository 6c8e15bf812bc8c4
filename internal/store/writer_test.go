package store_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// queueUp starts commands on sessions of their own and waits until all of them wait for the writer. wait returns what became of
// each.
func queueUp(t *testing.T, f *fixture, commands []func(*game.Session) ([]game.Event, error)) (results []error) {
	t.Helper()
	results = make([]error, len(commands))
	var g errgroup.Group
	f.WithWriterHeld(t, func() {
		for i, c := range commands {
			g.Go(func() error { results[i] = f.do(fmt.Sprint("S", i), c); return nil })
		}
		for f.Queued() < len(commands) {
			time.Sleep(time.Millisecond) // look again
		}
	})
	_ = g.Wait()
	return results
}

// TestWriter_group: what waits at once is committed at once.
func TestWriter_group(t *testing.T) {
	t.Parallel()
	const sessions = 40
	f := newFixture(t)
	var commands []func(*game.Session) ([]game.Event, error)
	for i := range sessions {
		f.mustCreate(fmt.Sprint("S", i))
		commands = append(commands, createUser(int64(i+1), "x"))
	}
	before := f.Groups()
	for i, err := range queueUp(t, f, commands) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := f.Groups() - before; n != 2 { // one was held
		t.Errorf("%d transactions", n)
	}
	if users, err := f.Users(t.Context(), game.UserFilter{}); err != nil || len(users) != sessions {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// TestWriter_oneOfManyFails: a command that fails when half of it is written does so alone: it takes a number that is free, and then
// one that another of the same transaction has taken.
func TestWriter_oneOfManyFails(t *testing.T) {
	t.Parallel()
	const sessions = 10
	f := newFixture(t)
	var commands []func(*game.Session) ([]game.Event, error)
	for i := range sessions {
		f.mustCreate(fmt.Sprint("S", i))
		commands = append(commands, func(s *game.Session) ([]game.Event, error) {
			if i == 0 || i >= 7 {
				_, _, err := s.CreateUser(1000, "contested")
				must(t, err)
			}
			return createUser(int64(i+1), "x")(s)
		})
	}
	told := len(f.all())
	results := queueUp(t, f, commands)
	won, refused := 0, 0
	for i, err := range results {
		switch {
		case err == nil:
			won++
		case codeOf(err) == string(game.CodeConflict) && (i == 0 || i >= 7):
			refused++
		default:
			t.Errorf("%d: %v", i, err)
		}
	}
	if won != 7 || refused != 3 {
		t.Errorf("%d won, %d were refused", won, refused)
	}
	users, err := f.Users(t.Context(), game.UserFilter{})
	if err != nil || len(users) != won+1 || len(f.all()) != told+won {
		t.Errorf("users %v, %v, told of %d", users, err, len(f.all())-told)
	}
	for i, err := range results { // who was refused goes on from what is stored
		if again := f.do(fmt.Sprint("S", i), createUser(int64(100+i), "y")); again != nil {
			t.Error(again)
		}
		want := int64(2)
		if err != nil {
			want = 1
		}
		if c := f.all()[len(f.all())-1]; c.FirstSeq != want {
			t.Errorf("S%d: the next event has number %d, want %d", i, c.FirstSeq, want)
		}
	}
}

// TestWriter_takenNumber: a job that is refused because an id is taken does not affect the other jobs of the transaction, and leaves the
// session in memory.
func TestWriter_takenNumber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "x"))
	commands := make([]func(*game.Session) ([]game.Event, error), 10)
	for i := range commands {
		f.mustCreate(fmt.Sprint("S", i))
		commands[i] = createUser(int64(i/5*(i+1)+1), "x")
	}
	before := f.Groups()
	for i, err := range queueUp(t, f, commands) {
		if name := fmt.Sprint("S", i); i < 5 != (codeOf(err) == string(game.CodeConflict)) || !f.Cached(name) {
			t.Errorf("%s: %v, in memory: %v", name, err, f.Cached(name))
		}
	}
	if n := f.Groups() - before; n != 2 { // one was held
		t.Errorf("%d transactions", n)
	}
	if users := query[int64](f, "SELECT id FROM users ORDER BY id"); !slices.Equal(users, []int64{1, 7, 8, 9, 10, 11}) {
		t.Errorf("users %v", users)
	}
}

// TestWriter_takenNumber_sessionGone: that a number is taken is found first, but another program has deleted the session.
func TestWriter_takenNumber_sessionGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	f.mustDo("A", createUser(1, "x"))
	f.mustDo("B", createUser(2, "x")) // now it is in memory
	second := &fixture{Store: f.open(), recorder: f.recorder, t: t}
	defer second.Close()
	second.mustDo("B", deleteSession)
	wantRefusal(t, f.do("B", createUser(1, "y")), game.CodeNotFound)
}

// TestStore_secondProgram: what one program has changed the other one sees, though it has the session in memory: in what it
// writes, and in what it refuses.
func TestStore_secondProgram(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	second := &fixture{Store: f.open(), recorder: f.recorder, t: t}
	defer second.Close()
	second.mustDo("A", createUser(1, "one")) // now both have it
	f.mustDo("A", createUser(2, "two"))
	if !second.Cached("A") || !f.Cached("A") {
		t.Fatal("the session is not in memory")
	}
	wantRefusal(t, second.do("A", createUser(3, "two")), game.CodeConflict)
	second.mustDo("A", renameUser(2, "zwei"))
	wantRefusal(t, second.do("A", createUser(3, "zwei")), game.CodeConflict)
	f.mustDo("A", createUser(3, "two")) // free again: f's own memory would refuse it
	second.mustDo("A", deleteSession)
	wantRefusal(t, f.do("A", createUser(4, "four")), game.CodeNotFound)
	must(t, second.create("A"))
	f.mustDo("A", createUser(1, "one"))
	var last int64
	epoch := ""
	for _, c := range f.all() {
		if c.Epoch != epoch {
			epoch, last = c.Epoch, 0
		}
		if c.FirstSeq != 0 && c.FirstSeq != last+1 {
			t.Errorf("after %d comes %d", last, c.FirstSeq)
		}
		last = max(last, c.FirstSeq)
	}
	if users := query[int64](f, "SELECT id FROM users"); !slices.Equal(users, []int64{1}) {
		t.Errorf("users %v", users)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestStore_cacheIsBounded: sessions that were not used for long are read again, and are as they were.
func TestStore_cacheIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixtureWith(t, func(o *store.Options) { o.Cache = 2 })
	f.mustCreate("A", "B", "C")
	for i, name := range []string{"A", "B", "C", "A", "A", "B"} {
		f.mustDo(name, createUser(int64(i+1), fmt.Sprint("u", i)))
	}
	if !f.Cached("A") || !f.Cached("B") || f.Cached("C") {
		t.Error("not those used last are in memory")
	}
	for name, want := range map[string]int64{"A": 3, "B": 2, "C": 1} {
		f.mustDo(name, func(s *game.Session) ([]game.Event, error) {
			if s.LastSeq != want || int64(len(s.Users)) != want {
				t.Errorf("%s: %+v", name, s)
			}
			return nil, nil
		})
	}
}

// TestStore_closed: what comes after Close fails, and does not hang.
func TestStore_closed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	s := &fixture{Store: f.open(), t: t}
	must(t, s.Close())
	if err := s.do("A", createUser(1, "one")); err == nil {
		t.Error("a closed store works")
	}
	if err := s.create("B"); err == nil {
		t.Error("a closed store works")
	}
	must(t, s.Close())
}

// TestWriterForgets: the writer kept its last jobs in memory, up to 256 commands with their sessions and their events, for as long
// as nothing else was written.
func TestWriterForgets(t *testing.T) {
	t.Parallel()
	f := newFixtureWith(t, func(o *store.Options) { o.Tick = time.Hour })
	written := f.WriteLarge(t)
	for deadline := time.Now().Add(time.Minute); written.Value() != nil; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("the writer still has its last jobs in memory")
		}
	}
}
