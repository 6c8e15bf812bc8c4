package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// request is a request of the client key, named id, whose parameters are text.
func request(key, id, text string) game.Request {
	return game.Request{Key: key, ID: id, Hash: sha256.Sum256([]byte(text))}
}

// once lets r carry out a command that registers a user, the way a handler does.
func (f *fixture) once(r game.Request, session string, id int64) (answer string, err error) {
	stored, err := f.Once(context.Background(), r, func(ctx context.Context) ([]byte, error) {
		err := f.Update(ctx, game.Command{Session: session, Request: r}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
			_, events, err := s.CreateUser(id, fmt.Sprint("u", id))
			answer = fmt.Sprintf("created %d", id)
			return game.Outcome{Events: events, Answer: []byte(answer)}, err
		})
		if refusal, ok := errors.AsType[*game.Refusal](err); ok {
			answer = "refused: " + refusal.Text
			return []byte(answer), err
		}
		return nil, err
	})
	if stored != nil {
		return string(stored), err
	}
	return answer, err
}

func TestOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	r := request("key", "1", "A 7")
	for range 3 {
		if answer, err := f.once(r, "A", 7); answer != "created 7" || err != nil {
			t.Fatalf("answered %q, %v", answer, err)
		}
	}
	if n := len(f.all()); n != 2 {
		t.Errorf("told of %d commits", n)
	}
	other := r
	other.Hash[0]++
	_, err := f.once(other, "A", 8)
	wantRefusal(t, err, game.CodeConflict)
	// Neither another client nor another id is the same request.
	for i, r := range []game.Request{request("key", "2", "A 7"), request("other key", "1", "A 7")} {
		if answer, err := f.once(r, "A", int64(10+i)); answer != fmt.Sprint("created ", 10+i) || err != nil {
			t.Errorf("answered %q, %v", answer, err)
		}
	}
	if users, err := f.Users(t.Context(), game.UserFilter{}); err != nil || len(users) != 3 {
		t.Errorf("users %v, %v", users, err)
	}
	if rows := query[string](f, "SELECT hex(key) FROM log WHERE instr(key, 'key') > 0"); len(rows) > 0 {
		t.Errorf("what proves who a client is lies in the database: %v", rows)
	}
	if n := f.Requests(); n != 0 {
		t.Errorf("%d requests are locked", n)
	}
}

// TestOnce_refusal: a refused request is refused again, though it would succeed now; what was refused for lack of a frame to remember
// is tried again.
func TestOnce_refusal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := request("key", "1", "A 7")
	_, err := f.once(r, "A", 7)
	wantRefusal(t, err, game.CodeNotFound)
	f.mustCreate("A")
	if answer, err := f.once(r, "A", 7); answer != "refused: Session not found" || err != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
	rows := query[string](f, "SELECT concat_ws('|', session_id, epoch, seq_from, events, answer) FROM log")
	if len(rows) != 1 || rows[0] != "refused: Session not found" {
		t.Errorf("log: %v", rows)
	}
	busy := game.Refuse(game.CodeRateLimited, "busy")
	for _, want := range []error{busy, nil} {
		_, err := f.Once(t.Context(), request("key", "2", ""), func(context.Context) ([]byte, error) { return nil, want })
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// TestOnce_fault: what has failed runs again.
func TestOnce_fault(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	r := request("key", "1", "A 7")
	fault := errors.New("fault")
	if _, err := f.Once(t.Context(), r, func(context.Context) ([]byte, error) { return nil, fault }); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
	if answer, err := f.once(r, "A", 7); answer != "created 7" || err != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
}

// TestOnce_needsAnAnswer: a request that nothing could be replayed of is a mistake.
func TestOnce_needsAnAnswer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	err := f.Update(t.Context(), game.Command{Session: "A", Request: request("k", "1", "")}, func(*game.Session, game.Env) (game.Outcome, error) {
		return game.Outcome{}, nil
	})
	if err == nil {
		t.Error("stored")
	}
}

// TestOnce_survivesRestart: the answer is in the database, not in memory.
func TestOnce_survivesRestart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	r := request("key", "1", "A 7")
	if _, err := f.once(r, "A", 7); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.Store = f.open()
	if answer, err := f.once(r, "A", 7); answer != "created 7" || err != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
}

// TestOnce_together: a hundred copies of one request, in two programs, have one effect and one answer.
func TestOnce_together(t *testing.T) {
	t.Parallel()
	const copies = 100
	f := newFixture(t)
	f.mustCreate("A")
	second := &fixture{Store: f.open(), recorder: new(recorder)}
	defer second.Close()
	r := request("key", "1", "A 7")
	var g errgroup.Group
	for i := range copies {
		one := f
		if i%2 == 1 {
			one = second
		}
		g.Go(func() error {
			answer, err := one.once(r, "A", 7)
			if answer != "created 7" {
				return fmt.Errorf("answered %q, %w", answer, err)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := query[int](f, "SELECT count(*) FROM log"); n[0] != 1 {
		t.Errorf("%d rows in the log", n[0])
	}
}

// TestOnce_decidedByTheIndex: two programs that both find nothing and go on at once; the index lets one of them through, and the
// other answers what that one did, though it is another command by then.
func TestOnce_decidedByTheIndex(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	second := &fixture{Store: f.open(), recorder: new(recorder)}
	defer second.Close()
	r := request("key", "1", "7")
	var inner string
	answer, err := f.Once(t.Context(), r, func(ctx context.Context) ([]byte, error) {
		var err error
		if inner, err = second.once(r, "B", 7); err != nil {
			t.Error(err)
		}
		return nil, f.Update(ctx, game.Command{Session: "A", Request: r}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
			_, events, err := s.CreateUser(8, "eight")
			return game.Outcome{Events: events, Answer: []byte("created 8")}, err
		})
	})
	if err != nil || string(answer) != "created 7" || inner != "created 7" {
		t.Errorf("answered %q and %q, %v", inner, answer, err)
	}
	checkUsers(t, f, game.UserFilter{}, game.User{ID: 7, Username: "u7", SessionID: "B"})

	// So does a refusal that comes too late.
	r = request("key", "2", "9")
	answer, err = f.Once(t.Context(), r, func(context.Context) ([]byte, error) {
		if inner, err = second.once(r, "B", 9); err != nil {
			t.Error(err)
		}
		return []byte("refused"), game.UserExists(9)
	})
	if err != nil || string(answer) != "created 9" {
		t.Errorf("answered %q, %v", answer, err)
	}
}

// TestOnce_waits: a copy waits for the first one, and not longer than its caller does.
func TestOnce_waits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	r := request("key", "1", "")
	held, free := make(chan struct{}), make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		_, err := f.Once(context.Background(), r, func(context.Context) ([]byte, error) { close(held); <-free; return nil, nil })
		return err
	})
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := f.Once(ctx, r, func(context.Context) ([]byte, error) {
		t.Error("called while the same request was under way")
		return nil, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(free)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// clock can be set.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// newFixtureWith is newFixture with options of its own.
func newFixtureWith(t *testing.T, set func(*store.Options)) *fixture {
	t.Helper()
	f := &fixture{recorder: new(recorder), file: filepath.Join(t.TempDir(), "seg.db"), t: t, set: set}
	f.Store = f.open()
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.AddRuleset(t.Context(), rules.ID, []byte(`{"name":"classic"}`)); err != nil {
		t.Fatal(err)
	}
	return f
}

// withClock is a store whose time stands still, and which does nothing by itself.
func withClock(t *testing.T, keep store.Retention) (*fixture, *clock) {
	t.Helper()
	c := new(clock)
	c.ms.Store(start.UnixMilli())
	return newFixtureWith(t, func(o *store.Options) { o.Now, o.Keep, o.Tick = c.now, keep, time.Hour }), c
}

// TestOnce_forgets: after its time a request is as good as new, whether its row is still there or not.
func TestOnce_forgets(t *testing.T) {
	t.Parallel()
	for _, prune := range []bool{false, true} {
		f, c := withClock(t, store.Retention{Age: time.Hour, Answers: 2 * time.Hour})
		f.mustCreate("A")
		r := request("key", "1", "A 7")
		if _, err := f.once(r, "A", 7); err != nil {
			t.Fatal(err)
		}
		c.advance(2 * time.Hour)
		if answer, err := f.once(r, "A", 7); answer != "created 7" || err != nil {
			t.Errorf("at its last moment: %q, %v", answer, err)
		}
		c.advance(time.Millisecond)
		if prune {
			if err := f.Prune(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.once(r, "A", 8); err != nil {
			t.Fatal(err)
		}
		if answer, err := f.once(r, "A", 8); answer != "created 8" || err != nil {
			t.Errorf("the second life: %q, %v", answer, err)
		}
		if users, err := f.Users(t.Context(), game.UserFilter{}); err != nil || len(users) != 2 {
			t.Errorf("users %v, %v", users, err)
		}
	}
}

// TestOnce_twinForgottenMeanwhile: another program has carried out the request, and its answer is forgotten just then. It used to look
// as if this one had been carried out, with no answer.
func TestOnce_twinForgottenMeanwhile(t *testing.T) {
	t.Parallel()
	const keep = time.Hour
	f, c := withClock(t, store.Retention{Answers: keep})
	f.mustCreate("A")
	second := &fixture{Store: f.openAt(start.Add(-keep)), recorder: f.recorder}
	defer second.Close()
	r := request("key", "1", "A 7")
	answer, err := f.Once(t.Context(), r, func(ctx context.Context) ([]byte, error) {
		if _, err := second.once(r, "A", 7); err != nil {
			t.Error(err)
		}
		err := f.Update(ctx, game.Command{Session: "A", Request: r}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
			_, events, err := s.CreateUser(8, "eight")
			return game.Outcome{Events: events, Answer: []byte("created 8")}, err
		})
		c.advance(time.Millisecond)
		return nil, err
	})
	if err == nil || answer != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
	checkUsers(t, f, game.UserFilter{}, game.User{ID: 7, Username: "u7", SessionID: "A"})
}

// openAt opens the database once more, by a program whose clock stands at another time.
func (f *fixture) openAt(now time.Time) *store.Store {
	f.t.Helper()
	o := options("sqlite://"+f.file, f.recorder)
	f.set(&o)
	o.Now = func() time.Time { return now }
	s, err := store.Open(f.t.Context(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// TestQueue: what is more than the store takes is refused at once, and nothing of it happens.
func TestQueue(t *testing.T) {
	t.Parallel()
	const room = 4
	f := newFixtureWith(t, func(o *store.Options) { o.Queue = room })
	f.mustCreate("A", "B")
	var held sync.WaitGroup
	free := make(chan struct{})
	var g errgroup.Group
	held.Add(1)
	g.Go(func() error {
		return f.do("A", func(*game.Session) ([]game.Event, error) { held.Done(); <-free; return nil, nil })
	})
	held.Wait()
	for range room - 1 {
		g.Go(func() error { return f.do("A", func(*game.Session) ([]game.Event, error) { return nil, nil }) })
	}
	for f.Holders("A") < room {
		time.Sleep(time.Millisecond) // look again
	}
	wantRefusal(t, f.do("B", func(*game.Session) ([]game.Event, error) { t.Error("called"); return nil, nil }), game.CodeRateLimited)
	wantRefusal(t, f.create("C"), game.CodeRateLimited)
	close(free)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	f.mustDo("B", createUser(1, "one"))
}
