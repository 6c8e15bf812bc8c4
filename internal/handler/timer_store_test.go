package handler_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
)

// sharedDB is a database for several servers, and their clock.
type sharedDB struct {
	path     string
	time     atomic.Int64
	advanced chan string // session id of each advance
}

func (s *sharedDB) now() time.Time { return time.UnixMilli(s.time.Load()) }

// open opens the database for one server with timers.
func (s *sharedDB) open(t *testing.T) (*store.Store, *handler.Timers) {
	t.Helper()
	timers := handler.NewTimers(s.now, slog.New(slog.DiscardHandler))
	db, err := store.Open(t.Context(), store.Options{
		URL: "sqlite://" + s.path, Encode: handler.CellColon.Event, Ruleset: ruleset.ParseStored, Now: s.now, Rand: testRand{},
		OnCommit: func(c store.Commit) {
			timers.NotifyDeadline(c.Deadline)
			if len(c.Events) > 0 {
				s.advanced <- c.Session
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, timers
}

func closeStore(t *testing.T, db *store.Store) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestTimers_restart: deadlines pass while no server runs. Then two servers start, and each
// deadline is handled once.
func TestTimers_restart(t *testing.T) {
	t.Parallel()
	const sessions = 20
	s := &sharedDB{path: filepath.Join(t.TempDir(), "seg.db"), advanced: make(chan string, 10*sessions)}
	s.time.Store(1_700_000_000_000)
	db, _ := s.open(t)
	addSessions(t, db, sessions)
	closeStore(t, db)
	for range sessions {
		<-s.advanced // to CellSelect
	}

	s.time.Add(time.Hour.Milliseconds())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var servers sync.WaitGroup
	var dbs []*store.Store
	for range 2 {
		db, timers := s.open(t)
		dbs = append(dbs, db)
		servers.Go(func() { timers.Run(ctx, db) })
	}
	seen := map[string]int{}
	for range sessions {
		seen[<-s.advanced]++
	}
	stop()
	servers.Wait()
	for len(s.advanced) > 0 {
		seen[<-s.advanced]++
	}
	for _, db := range dbs {
		found, err := db.Sessions(t.Context(), game.SessionFilter{})
		if err != nil || len(found) != sessions {
			t.Fatalf("got %d sessions, error %v, want %d", len(found), err, sessions)
		}
		for _, g := range found {
			next := s.now().Add(3 * time.Minute)
			if g.Stage != game.StageGame || g.Step != 1 || !g.Deadline.Equal(next) || g.LastSeq != 2 || seen[g.ID] != 1 {
				t.Errorf("session %s: got %s, step %d, deadline %s, seq %d, advanced %d times, want Game, 1, %s, 2, 1", g.ID, g.Stage, g.Step, g.Deadline, g.LastSeq, seen[g.ID], next)
			}
		}
		closeStore(t, db)
	}
}

// addSessions creates sessions with the ruleset classic, in stage CellSelect.
func addSessions(t *testing.T, db *store.Store, n int) {
	t.Helper()
	addSessionsOf(t, db, "classic", n)
}

// addSessionsOf is addSessions with another ruleset.
func addSessionsOf(t *testing.T, db *store.Store, name string, n int) {
	t.Helper()
	set, err := ruleset.BuiltIn(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.All() {
		if err := db.AddRuleset(t.Context(), r.Rules.ID, r.Document); err != nil {
			t.Fatal(err)
		}
	}
	makeSessions(t, db, name, n)
}

// makeSessions creates sessions with a ruleset that is in the database.
func makeSessions(t *testing.T, db *store.Store, name string, n int) {
	t.Helper()
	set, err := ruleset.BuiltIn(name)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := set.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		err := db.Create(t.Context(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
			s, err := game.NewSession(game.NewSessionOptions{ID: fmt.Sprint("S", i)}, rules, env.Rand)
			if err != nil {
				return nil, game.Outcome{}, err
			}
			events, err := s.SetStage(game.StageOrder{Stage: game.StageCellSelect, Schedule: true}, env)
			return s, game.Outcome{Events: events}, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTimers_clockSetBack: the clock is set back by one turn, and the operator plays a turn, so
// that the same deadline time occurs twice. Both are handled. (Once the second one was ignored for
// a day.)
func TestTimers_clockSetBack(t *testing.T) {
	t.Parallel()
	s := &sharedDB{path: filepath.Join(t.TempDir(), "seg.db"), advanced: make(chan string, 10)}
	start := time.UnixMilli(1_700_000_000_000)
	s.time.Store(start.UnixMilli())
	db, timers := s.open(t)
	defer closeStore(t, db)
	addSessions(t, db, 1)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { timers.Run(ctx, db) })
	expires := func(at time.Time, step int64) {
		t.Helper()
		for len(s.advanced) > 0 {
			<-s.advanced
		}
		s.time.Store(at.UnixMilli())
		timers.NotifyDeadline(time.UnixMilli(1)) // query now
		select {
		case <-s.advanced:
		case <-time.After(time.Minute):
			t.Fatalf("got no advance to step %d within a minute, want one", step)
		}
		if p := s.progress(t, db); p.stage != game.StageGame || p.step != step {
			t.Fatalf("got step %d in %s, want step %d in Game", p.step, p.stage, step)
		}
	}
	<-s.advanced // to CellSelect
	const turn = 3 * time.Minute
	expires(start.Add(2*time.Minute), 1)
	expires(start.Add(2*time.Minute+turn), 2)
	s.time.Store(start.Add(2 * time.Minute).UnixMilli())
	if err := s.setStage(t.Context(), db, game.StageOrder{Stage: game.StageGame, Schedule: true}); err != nil {
		t.Fatal(err)
	}
	expires(start.Add(2*time.Minute+turn), 4)
}

// progress is the stage, the step and the deadline of session S0.
type progress struct {
	stage    game.Stage
	step     int64
	deadline time.Time
}

func (s *sharedDB) progress(t *testing.T, db *store.Store) progress {
	t.Helper()
	g, err := db.Session(t.Context(), "S0")
	if err != nil {
		t.Fatal(err)
	}
	return progress{g.Stage, g.Step, g.Deadline}
}

// setStage sets the stage of session S0.
func (s *sharedDB) setStage(ctx context.Context, db *store.Store, o game.StageOrder) error {
	return db.Update(ctx, game.Command{Session: "S0"}, func(g *game.Session, env game.Env) (game.Outcome, error) {
		events, err := g.SetStage(o, env)
		return game.Outcome{Events: events}, err
	})
}

// TestTimers_concurrentOperators: at each deadline the timers of two servers and six operators with
// expected_ fields advance the session concurrently. It advances once: no turn is skipped or played
// twice.
func TestTimers_concurrentOperators(t *testing.T) {
	t.Parallel()
	s := &sharedDB{path: filepath.Join(t.TempDir(), "seg.db"), advanced: make(chan string, 100)}
	s.time.Store(1_700_000_000_000)
	first, firstTimers := s.open(t)
	defer closeStore(t, first)
	second, secondTimers := s.open(t)
	defer closeStore(t, second)
	addSessionsOf(t, first, "industrial", 1) // has the stage ChangeTurn
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { firstTimers.Run(ctx, first) })
	running.Go(func() { secondTimers.Run(ctx, second) })

	const advances = 15 // if operators made all of them, they would end at turn 15, the last
	byHand := 0
	for range advances {
		seen := s.progress(t, first)
		s.time.Store(seen.deadline.UnixMilli())
		var operators sync.WaitGroup
		var done atomic.Int64
		for i := range 6 {
			db := []*store.Store{first, second}[i%2]
			operators.Go(func() {
				o := game.StageOrder{Stage: game.StageGame, Schedule: true, ExpectedStep: &seen.step, ExpectedStage: &seen.stage}
				err := s.setStage(ctx, db, o)
				refusal, refused := errors.AsType[*game.Refusal](err)
				switch {
				case err == nil:
					done.Add(1)
				case !refused || refusal.Code != game.CodeConflict:
					t.Errorf("got %v, want a conflict", err)
				}
			})
		}
		firstTimers.NotifyDeadline(time.UnixMilli(1)) // query now
		secondTimers.NotifyDeadline(time.UnixMilli(1))
		operators.Wait()
		got := s.progress(t, first)
		hand, timer := progress{stage: game.StageGame, step: seen.step + 1}, progress{stage: game.StageGame, step: seen.step + 1}
		switch seen.stage {
		case game.StageGame:
			timer.stage = game.StageChangeTurn
		case game.StageChangeTurn:
			hand.step, timer.step = seen.step, seen.step
		default:
		}
		if hand.deadline, timer.deadline = got.deadline, got.deadline; done.Load() > 0 {
			timer = hand
			byHand++
		}
		if done.Load() > 1 || got != timer || !got.deadline.After(s.now()) {
			t.Fatalf("from step %d in %s: got %d successful operators and %+v, want at most 1 and %+v", seen.step, seen.stage, done.Load(), got, timer)
		}
	}
	t.Logf("of %d advances, the operators made %d", advances, byHand)
}

// interruptingStore calls a function after a deadline was found and before the timer handles it.
type interruptingStore struct {
	*store.Store

	between func() // called after the first query that finds a deadline
	updated chan error
}

func (s *interruptingStore) Due(ctx context.Context, until time.Time, limit int) ([]game.Due, error) {
	due, err := s.Store.Due(ctx, until, limit)
	if len(due) > 0 && s.between != nil {
		s.between()
		s.between = nil
	}
	return due, err
}

func (s *interruptingStore) Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	err := s.Store.Update(ctx, c, apply)
	s.updated <- err
	return err
}

// TestTimers_operatorIsFaster: a timer does nothing if the operator has changed the session
// meanwhile, also if the session was deleted, or created again with the same id.
func TestTimers_operatorIsFaster(t *testing.T) {
	t.Parallel()
	ask := func(stage game.Stage, schedule bool) func(*testing.T, *sharedDB, *store.Store) {
		return func(t *testing.T, s *sharedDB, db *store.Store) {
			t.Helper()
			if err := s.setStage(t.Context(), db, game.StageOrder{Stage: stage, Schedule: schedule}); err != nil {
				t.Error(err)
			}
		}
	}
	remove := func(t *testing.T, _ *sharedDB, db *store.Store) {
		t.Helper()
		err := db.Update(t.Context(), game.Command{Session: "S0"}, func(g *game.Session, _ game.Env) (game.Outcome, error) {
			events, err := g.Delete(nil)
			return game.Outcome{Events: events}, err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		happens func(*testing.T, *sharedDB, *store.Store)
		want    progress // without its deadline
		refused game.Code
	}{
		"the operator goes on":                 {ask(game.StageGame, true), progress{stage: game.StageGame, step: 1}, game.CodeConflict},
		"the operator goes on without a timer": {ask(game.StageGame, false), progress{stage: game.StageGame, step: 1}, game.CodeConflict},
		"the operator ends the game":           {ask(game.StageEnd, true), progress{stage: game.StageEnd}, game.CodeConflict},
		"the session is deleted":               {remove, progress{}, game.CodeNotFound},
		"the session is deleted, and made again": {func(t *testing.T, s *sharedDB, db *store.Store) {
			t.Helper()
			remove(t, s, db)
			makeSessions(t, db, "classic", 1)
		}, progress{stage: game.StageCellSelect}, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sharedDB{path: filepath.Join(t.TempDir(), "seg.db"), advanced: make(chan string, 10)}
			s.time.Store(1_700_000_000_000)
			db, timers := s.open(t)
			defer closeStore(t, db)
			addSessions(t, db, 1)
			s.time.Store(s.progress(t, db).deadline.UnixMilli())
			between := &interruptingStore{Store: db, between: func() { c.happens(t, s, db) }, updated: make(chan error, 10)}
			ctx, stop := context.WithCancel(t.Context())
			var running sync.WaitGroup
			defer running.Wait()
			defer stop()
			running.Go(func() { timers.Run(ctx, between) })
			err := <-between.updated
			if refusal, refused := errors.AsType[*game.Refusal](err); !refused || refusal.Code != c.refused {
				t.Errorf("the timer got %v, want a refusal with %s", err, c.refused)
			}
			if c.want.stage == "" {
				return
			}
			got := s.progress(t, db)
			if got.deadline = (time.Time{}); got != c.want {
				t.Errorf("got step %d in %s, want step %d in %s", got.step, got.stage, c.want.step, c.want.stage)
			}
		})
	}
}
