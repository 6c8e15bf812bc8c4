package handler_test

import (
	"context"
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

// shared is a database that several servers may have open, and their clock.
type shared struct {
	path     string
	time     atomic.Int64
	advanced chan string // session of each advance to the game
}

func (s *shared) now() time.Time { return time.UnixMilli(s.time.Load()) }

// open opens the database for one server with timers.
func (s *shared) open(t *testing.T) (*store.Store, *handler.Timers) {
	t.Helper()
	timers := handler.NewTimers(s.now, slog.New(slog.DiscardHandler))
	db, err := store.Open(t.Context(), store.Options{
		URL: "sqlite://" + s.path, Encode: handler.CellColon.Event, Ruleset: ruleset.Stored, Now: s.now, Dice: dice{},
		OnCommit: func(c store.Commit) {
			timers.Planned(c.Deadline)
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

func closed(t *testing.T, db *store.Store) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestTimers_restart: deadlines are in the database. They pass while no server runs; then two start, which meet each of them once.
func TestTimers_restart(t *testing.T) {
	t.Parallel()
	const sessions = 20
	s := &shared{path: filepath.Join(t.TempDir(), "seg.db"), advanced: make(chan string, 10*sessions)}
	s.time.Store(1_700_000_000_000)
	db, _ := s.open(t)
	addSessions(t, db, sessions)
	closed(t, db)
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
			t.Fatalf("%d sessions, %v", len(found), err)
		}
		for _, g := range found {
			next := s.now().Add(3 * time.Minute)
			if g.Stage != game.StageGame || g.Step != 1 || !g.Deadline.Equal(next) || g.LastSeq != 2 || seen[g.ID] != 1 {
				t.Errorf("session %s: %s, step %d, deadline %s, seq %d, advanced %d times", g.ID, g.Stage, g.Step, g.Deadline, g.LastSeq, seen[g.ID])
			}
		}
		closed(t, db)
	}
}

// addSessions makes sessions of classic whose companies select their cells.
func addSessions(t *testing.T, db *store.Store, n int) {
	t.Helper()
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.All() {
		if err := db.AddRuleset(t.Context(), r.Rules.ID, r.Document); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := set.Find("")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		err := db.Create(t.Context(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
			s, err := game.NewSession(game.NewSessionOptions{ID: fmt.Sprint("S", i)}, rules, env.Dice)
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
