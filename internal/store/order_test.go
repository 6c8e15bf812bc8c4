package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// TestStore_manyInOneSession: fifty at once in one session, each with several
// commands; the numbers have no gap, and OnCommit hears of them in their order.
func TestStore_manyInOneSession(t *testing.T) {
	t.Parallel()
	const goroutines, each = 50, 4
	f := newFixture(t)
	f.mustCreate("A")
	var g errgroup.Group
	for i := range goroutines {
		g.Go(func() error {
			for j := range each {
				id := int64(i*each + j + 1)
				if err := f.do("A", createUser(id, fmt.Sprint("u", id))); err != nil {
					return err
				}
				if _, err := f.Users(t.Context(), game.UserFilter{ID: &id}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	commits := f.all()[1:]
	if len(commits) != goroutines*each {
		t.Fatalf("told of %d commits", len(commits))
	}
	for i, c := range commits {
		if c.FirstSeq != int64(i+1) {
			t.Fatalf("commit %d has number %d", i+1, c.FirstSeq)
		}
	}
	if n := f.Locks(); n != 0 {
		t.Errorf("%d locks are left", n)
	}
	logged := query[string](f, "SELECT json_extract(events, '$[0].data') FROM log ORDER BY seq_from")
	for i, c := range commits {
		if logged[i] != string(c.Events[0].Data) {
			t.Fatalf("event %d: told of %s, logged %s", i+1, c.Events[0].Data, logged[i])
		}
	}
}

// TestStore_twoPrograms: two that have one database open wait for each other, and
// number the events of a session as one.
func TestStore_twoPrograms(t *testing.T) {
	t.Parallel()
	const commands = 40
	f := newFixture(t)
	f.mustCreate("A")
	second := f.open()
	defer func() {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	var g errgroup.Group
	for i := range commands {
		one := &fixture{Store: f.Store}
		if i%2 == 1 {
			one.Store = second
		}
		g.Go(func() error { return one.do("A", createUser(int64(i+1), fmt.Sprint("u", i))) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(f.all()); n != commands+1 {
		t.Errorf("told of %d commits", n)
	}
	numbers := query[int](f, "SELECT seq_from FROM log ORDER BY id")
	for i, seq := range numbers {
		if seq != i+1 {
			t.Fatalf("the log has the numbers %v", numbers)
		}
	}
	if len(numbers) != commands {
		t.Errorf("%d rows in the log", len(numbers))
	}
}

// TestStore_onCommitHoldsTheSession: while one command is being told of, the next
// one of the session waits; otherwise it could be published first.
func TestStore_onCommitHoldsTheSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	applied, done := make(chan struct{}), make(chan error, 1)
	f.hook = func(c store.Commit) {
		if c.FirstSeq != 1 {
			return
		}
		go func() {
			done <- f.do("A", func(s *game.Session) ([]game.Event, error) {
				close(applied)
				return createUser(2, "two")(s)
			})
		}()
		for f.Holders("A") < 2 {
			select {
			case <-applied:
				t.Error("the next command began")
				return
			case <-time.After(time.Millisecond): // look again
			}
		}
	}
	f.mustDo("A", createUser(1, "one"))
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestStore_nextAfterTheCommit: while a command waits to be stored, the next one of its session does not begin: it would be judged
// by what may never be.
func TestStore_nextAfterTheCommit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	var g errgroup.Group
	f.WithWriterHeld(t, func() {
		g.Go(func() error { return f.do("A", createUser(1, "one")) })
		for f.Queued() < 1 {
			time.Sleep(time.Millisecond) // look again
		}
		began := make(chan struct{})
		begin := sync.OnceFunc(func() { close(began) })
		g.Go(func() error {
			return f.do("A", func(s *game.Session) ([]game.Event, error) { begin(); return createUser(2, "two")(s) })
		})
		for f.Holders("A") < 2 {
			select {
			case <-began:
				t.Error("the next command began before the commit")
				return
			case <-time.After(time.Millisecond): // look again
			}
		}
	})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// TestStore_toldOfWhatIsStored: a published event can be read.
func TestStore_toldOfWhatIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.hook = func(c store.Commit) {
		if stored := query[int64](f, "SELECT coalesce(max(seq), 0) FROM sessions"); stored[0] < c.FirstSeq {
			t.Errorf("told of event %d, and %d are stored", c.FirstSeq, stored[0])
		}
	}
	f.mustDo("A", createUser(1, "one"))
	f.mustDo("A", createUser(2, "two"))
}

// TestStore_nothingOverwritten: a program that has a session in memory does not write it over what another one has stored, even
// where no index would notice.
func TestStore_nothingOverwritten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	second := &fixture{Store: f.open(), recorder: f.recorder, t: t}
	defer second.Close()
	nothing := func(*game.Session) ([]game.Event, error) { return nil, nil }
	second.mustDo("A", nothing)
	f.mustDo("A", setStage(game.StageGame))
	if !second.Cached("A") {
		t.Fatal("the session is not in memory")
	}
	second.mustDo("A", nothing)
	if stage := query[string](f, "SELECT stage FROM sessions"); stage[0] != string(game.StageGame) {
		t.Errorf("the stage is %s: what the other program has changed is lost", stage[0])
	}
}

// TestStore_oneNumberInManySessions: of a hundred that register one number in as
// many sessions, exactly one wins.
func TestStore_oneNumberInManySessions(t *testing.T) {
	t.Parallel()
	const sessions = 100
	f := newFixture(t)
	var won atomic.Int64
	var g errgroup.Group
	for i := range sessions {
		name := fmt.Sprint("S", i)
		f.mustCreate(name)
		g.Go(func() error {
			err := f.do(name, createUser(12345, "JohnDoe"))
			if refusal, ok := errors.AsType[*game.Refusal](err); ok && refusal.Code == game.CodeConflict {
				return nil
			}
			won.Add(1)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	users, err := f.Users(t.Context(), game.UserFilter{})
	if err != nil || won.Load() != 1 || len(users) != 1 || len(f.all()) != sessions+1 {
		t.Errorf("%d won, users %v, %v, told of %d commits", won.Load(), users, err, len(f.all()))
	}
}

// TestStore_oneNameAtOnce: of many that make one session, exactly one wins.
func TestStore_oneNameAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var won atomic.Int64
	var g errgroup.Group
	for range 20 {
		g.Go(func() error {
			err := f.create("A")
			if refusal, ok := errors.AsType[*game.Refusal](err); ok && refusal.Code == game.CodeConflict {
				return nil
			}
			won.Add(1)
			return err
		})
	}
	if err := g.Wait(); err != nil || won.Load() != 1 {
		t.Errorf("%d won, %v", won.Load(), err)
	}
}

// world is what a store should hold after the same commands: sessions by name,
// each with its users and the number of its newest event.
type world map[string]*game.Session

// TestStore_asPlainValues runs random commands on a store and on plain values;
// both agree on each outcome and on all that can be read, also after the store
// has been opened again.
func TestStore_asPlainValues(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		// One store for all rounds, since opening one is slow: each has sessions
		// and numbers of its own.
		round++
		w := world{}
		for range rapid.IntRange(1, 25).Draw(rt, "commands") {
			name := fmt.Sprintf("r%d-%s", round, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "session"))
			stored, expected := randomStep(rt, f, w, name, int64(round*100))
			if codeOf(stored) != codeOf(expected) {
				rt.Fatalf("stored: %v, expected: %v", stored, expected)
			}
		}
		if rapid.IntRange(0, 20).Draw(rt, "reopen") == 0 {
			if err := f.Close(); err != nil {
				rt.Fatal(err)
			}
			f.Store = f.open()
		}
		checkWorld(rt, f, w, round)
	})
}

// codeOf is "" for no error, the code of a refusal, and the text of a fault.
func codeOf(err error) string {
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return string(refusal.Code)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func randomStep(t *rapid.T, f *fixture, w world, name string, base int64) (stored, expected error) {
	id := base + rapid.Int64Range(1, 5).Draw(t, "id")
	username := rapid.SampledFrom([]string{"one", "two", "three?", " two ", "", `'; -- \ ?0 %`}).Draw(t, "username")
	kind := rapid.SampledFrom([]string{"new", "create", "create", "rename", "delete", "drop"}).Draw(t, "kind")
	switch kind {
	case "new":
		return f.create(name), w.create(name)
	case "create":
		return f.do(name, createUser(id, username)), w.do(name, func(s *game.Session) ([]game.Event, error) {
			events, err := createUser(id, username)(s)
			if err == nil && w.holds(id, name) {
				s.Users = slices.DeleteFunc(s.Users, func(u game.User) bool { return u.ID == id })
				return nil, game.UserExists(id)
			}
			return events, err
		})
	case "rename":
		return f.do(name, renameUser(id, username)), w.do(name, renameUser(id, username))
	case "delete":
		return f.do(name, deleteUser(id)), w.do(name, deleteUser(id))
	default:
		err := w.do(name, deleteSession)
		delete(w, name)
		return f.do(name, deleteSession), err
	}
}

func (w world) create(name string) error {
	if w[name] != nil {
		return game.SessionExists(name)
	}
	s, err := game.NewSession(game.NewSessionOptions{ID: name}, rules, testRand{})
	w[name] = s
	return err
}

func (w world) do(name string, apply func(*game.Session) ([]game.Event, error)) error {
	if w[name] == nil {
		return game.SessionNotFound()
	}
	events, err := apply(w[name])
	w[name].LastSeq += int64(len(events))
	return err
}

// holds reports whether another session has a user id.
func (w world) holds(id int64, but string) bool {
	for name, s := range w {
		if name != but && slices.ContainsFunc(s.Users, func(u game.User) bool { return u.ID == id }) {
			return true
		}
	}
	return false
}

func checkWorld(t *rapid.T, f *fixture, w world, round int) {
	for _, letter := range []string{"A", "B", "C"} {
		name := fmt.Sprintf("r%d-%s", round, letter)
		sessions, err := f.Sessions(f.t.Context(), game.SessionFilter{ID: &name})
		if err != nil {
			t.Fatal(err)
		}
		users, err := f.Users(f.t.Context(), game.UserFilter{SessionID: &name})
		if err != nil {
			t.Fatal(err)
		}
		want := w[name]
		if want == nil {
			if len(sessions)+len(users) > 0 {
				t.Fatalf("%s is not deleted: %v %v", name, sessions, users)
			}
			continue
		}
		if len(sessions) != 1 || sessions[0].LastSeq != want.LastSeq || !slices.Equal(users, want.Users) {
			t.Fatalf("%s: stored %v %v, want %+v", name, sessions, users, want)
		}
		checkLog(t, f, name, want.LastSeq)
	}
}

// checkLog follows the log of the session that has name now: from 1 to last,
// without a gap, as many events in each row as its numbers say.
func checkLog(t *rapid.T, f *fixture, name string, last int64) {
	rows := query[string](f, `SELECT json_array(seq_from, seq_to, json_array_length(events)) FROM log
		WHERE session_id = (SELECT id FROM sessions WHERE name = ? AND deleted_at IS NULL) ORDER BY id`, name)
	next := int64(1)
	for _, row := range rows {
		var r [3]int64
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatal(err)
		}
		if r[0] != next || r[2] != r[1]-r[0]+1 {
			t.Fatalf("%s: log row %v where %d was next", name, r, next)
		}
		next = r[1] + 1
	}
	if next != last+1 {
		t.Fatalf("%s: the log ends before %d, the session's newest event is %d", name, next, last)
	}
}
