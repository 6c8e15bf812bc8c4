package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/leaktest"
	"seg.example/internal/store"
)

// openOnly, in the environment, makes the test program open the database that
// it names and do nothing else: see TestOpen_processesTogether.
const openOnly = "SEG_TEST_OPEN"

func TestMain(m *testing.M) {
	if url := os.Getenv(openOnly); url != "" {
		s, err := store.Open(context.Background(), options(url, new(recorder)))
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if task := os.Getenv(childTask); task != "" {
		os.Exit(runChild(task, os.Getenv(childFile)))
	}
	leaktest.Main(m)
}

// start is the time that tests begin at.
var start = time.UnixMilli(1_700_000_000_000)

// recorder records commits.
type recorder struct {
	mu      sync.Mutex
	commits []store.Commit
	hook    func(store.Commit) // called too, when not nil
}

func (r *recorder) onCommit(c store.Commit) {
	r.mu.Lock()
	r.commits = append(r.commits, c)
	r.mu.Unlock()
	if r.hook != nil {
		r.hook(c)
	}
}

func (r *recorder) all() []store.Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.commits
}

// testRand is random and safe for concurrent use.
type testRand struct{}

func (testRand) IntN(n int) int { return rand.IntN(n) }

// broken is the name of a user whose event is encoded as what is not JSON.
const broken = "Broken"

// encode is a stand-in for the handlers' own encoding.
func encode(e game.Event) (typ string, data []byte) {
	switch e := e.(type) {
	case game.UserCreated:
		if e.User.Username == broken {
			return "api-create_user", []byte("{")
		}
		return "api-create_user", fmt.Appendf(nil, `{"id":%d,"name":%q}`, e.User.ID, e.User.Username)
	case game.UserUpdated:
		return "api-update_user", fmt.Appendf(nil, `{"id":%d}`, e.New.ID)
	case game.UserDeleted:
		return "api-user_deleted", fmt.Appendf(nil, `{"id":%d}`, e.UserID)
	case game.SessionDeleted:
		return "api-session_deleted", fmt.Appendf(nil, `{"session":%q}`, e.SessionID)
	default:
		return "", nil // which the store refuses
	}
}

func options(url string, r *recorder) store.Options {
	return store.Options{
		URL: url, Encode: encode, OnCommit: r.onCommit, Rand: testRand{},
		Ruleset: func([]byte) (*game.Ruleset, error) { return rules, nil },
		Now:     func() time.Time { return start },
	}
}

var rules = &game.Ruleset{
	ID:  game.RulesetID{Name: "classic", Hash: "hash of classic"},
	Map: game.MapSize{Rows: 7, Cols: 6}, Pattern: "random",
	Limits:    game.Limits{Companies: 30, Players: 5, Credits: 2, Steps: 15},
	Warehouse: []game.Level{{Figure: 50}, {Cost: 1, Figure: 75}, {Cost: 2, Figure: 100}, {Cost: 3, Figure: 150}},
	Tax:       game.TaxTerms{Small: 600, Big: 2500, BigOn: 50_000},
}

// fixture is an open store in a folder of its own, with one ruleset.
type fixture struct {
	*store.Store
	*recorder
	file string
	t    *testing.T
	set  func(*store.Options) // changes what it is opened with; nil: nothing
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureWith(t, nil)
}

func (f *fixture) open() *store.Store {
	f.t.Helper()
	o := options("sqlite://"+f.file, f.recorder)
	if f.set != nil {
		f.set(&o)
	}
	s, err := store.Open(f.t.Context(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// create makes a session.
func (f *fixture) create(name string) error {
	return f.Create(context.Background(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
		s, err := game.NewSession(game.NewSessionOptions{ID: name}, rules, env.Rand)
		return s, game.Outcome{}, err
	})
}

func (f *fixture) mustCreate(names ...string) {
	f.t.Helper()
	for _, name := range names {
		if err := f.create(name); err != nil {
			f.t.Fatal(err)
		}
	}
}

// do carries out a command that only causes events.
func (f *fixture) do(session string, apply func(*game.Session) ([]game.Event, error)) error {
	return f.Update(context.Background(), game.Command{Session: session}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
		events, err := apply(s)
		return game.Outcome{Events: events}, err
	})
}

func (f *fixture) mustDo(session string, apply func(*game.Session) ([]game.Event, error)) {
	f.t.Helper()
	if err := f.do(session, apply); err != nil {
		f.t.Fatal(err)
	}
}

func createUser(id int64, name string) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.CreateUser(id, name)
		return events, err
	}
}

func deleteUser(id int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) { return s.DeleteUser(id, nil) }
}

func renameUser(id int64, name string) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.UpdateUser(id, game.UserChange{Username: &name})
		return events, err
	}
}

func setStage(stage game.Stage) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		s.Stage = stage
		return nil, nil
	}
}

func deleteSession(s *game.Session) ([]game.Event, error) { return s.Delete(nil) }

// query reads rows of one column, past the store.
func query[T any](f *fixture, text string, args ...any) []T {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.file)
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(f.t.Context(), text, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			f.t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return all
}

// execSQL changes the database past the store.
func execSQL(f *fixture, text string) (sql.Result, error) {
	db, err := sql.Open("sqlite", "file:"+f.file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.ExecContext(f.t.Context(), text)
}

func wantRefusal(t *testing.T, err error, code game.Code) {
	t.Helper()
	if refusal, ok := errors.AsType[*game.Refusal](err); !ok || refusal.Code != code {
		t.Fatalf("got %v, want a refusal with code %s", err, code)
	}
}
