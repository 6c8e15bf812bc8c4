package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

func TestStore_Create(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	err := f.Create(t.Context(), game.Command{Origin: 7}, func(env game.Env) (*game.Session, game.Outcome, error) {
		if !env.Now.Equal(start) {
			t.Errorf("the clock shows %v", env.Now)
		}
		s, err := game.NewSession(game.NewSessionOptions{ID: "A", MaxSteps: 3}, rules, env.Rand)
		s.Seed = 77
		return s, game.Outcome{Answer: []byte("made")}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	commits := f.all()
	if len(commits) != 1 || len(commits[0].Epoch) != 16 {
		t.Fatalf("told of %+v", commits)
	}
	want := store.Commit{Session: "A", Epoch: commits[0].Epoch, Origin: 7, Answer: []byte("made"), Time: start.UnixMilli()}
	if diff := cmp.Diff(want, commits[0]); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
	sessions, err := f.Sessions(t.Context(), game.SessionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	wantSession := game.Session{
		ID: "A", Stage: game.StageFreeUserConnect, MaxSteps: 3, Rules: rules, Seed: 77, Cells: []string{},
	}
	if diff := cmp.Diff([]game.Session{wantSession}, sessions, unexported); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
	if rows := query[int](f, "SELECT id FROM log"); len(rows) != 0 {
		t.Errorf("a command without events left log rows %v", rows)
	}
}

func TestStore_Create_refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	wantRefusal(t, f.create("A"), game.CodeConflict)
	wantRefusal(t, f.create("a b"), game.CodeInvalidField)
	if n := len(f.all()); n != 1 {
		t.Errorf("told of %d commits", n)
	}
}

func TestStore_Create_needsItsRuleset(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	unknown := *rules
	unknown.ID.Hash = "other"
	err := f.Create(t.Context(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
		s, err := game.NewSession(game.NewSessionOptions{ID: "A"}, &unknown, env.Rand)
		return s, game.Outcome{}, err
	})
	if err == nil || len(query[int](f, "SELECT id FROM sessions")) != 0 || len(f.all()) != 0 {
		t.Errorf("a session without its ruleset was stored: %v", err)
	}
}

func TestStore_Update(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "one"))
	err := f.Update(t.Context(), game.Command{Session: "A", Origin: 9}, func(s *game.Session, env game.Env) (game.Outcome, error) {
		if s.LastSeq != 1 || len(s.Users) != 1 || !env.Now.Equal(start) {
			t.Errorf("given %+v at %v", s, env.Now)
		}
		s.Stage, s.Step, s.Cells = game.StageCellSelect, 2, []string{"city", "water"}
		s.Users = append(s.Users, game.User{ID: 2, Username: "two <&>", SessionID: "A"})
		_, updated, err := s.UpdateUser(1, game.UserChange{Username: new("uno")})
		created := game.UserCreated{User: s.Users[1]}
		return game.Outcome{Events: append(updated, created), Answer: []byte("ok")}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := f.all()[2]
	want := store.Commit{
		Session: "A", Epoch: f.all()[0].Epoch, Origin: 9, Answer: []byte("ok"), FirstSeq: 2, Time: start.UnixMilli(),
		Events: []store.Event{
			{Type: "api-update_user", Data: []byte(`{"id":1}`)},
			{Type: "api-create_user", Data: []byte(`{"id":2,"name":"two <&>"}`)},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
	sessions, err := f.Sessions(t.Context(), game.SessionFilter{ID: new("A")})
	if err != nil || len(sessions) != 1 {
		t.Fatal(sessions, err)
	}
	if s := sessions[0]; s.LastSeq != 3 || s.Stage != game.StageCellSelect || s.Step != 2 || !slices.Equal(s.Cells, []string{"city", "water"}) {
		t.Errorf("stored %+v", s)
	}
	wantLog := []string{
		`1 1 [{"type":"api-create_user","data":{"id":1,"name":"one"}}]`,
		`2 3 [{"type":"api-update_user","data":{"id":1}},{"type":"api-create_user","data":{"id":2,"name":"two <&>"}}]`,
	}
	log := query[string](f, `SELECT concat(seq_from, ' ', seq_to, ' ', events) FROM log WHERE epoch = ? AND at = ? ORDER BY id`,
		want.Epoch, start.UnixMilli())
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	checkUsers(t, f, game.UserFilter{}, game.User{ID: 1, Username: "uno", SessionID: "A"}, game.User{ID: 2, Username: "two <&>", SessionID: "A"})
}

func TestStore_Update_unknownSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	err := f.do("A", func(*game.Session) ([]game.Event, error) { t.Error("called"); return nil, nil })
	wantRefusal(t, err, game.CodeNotFound)
}

// TestStore_Update_leavesNothing: whatever goes wrong in a command, its changes,
// its events and its answer are gone, and the session works on.
func TestStore_Update_leavesNothing(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	for name, spoil := range map[string]func(s *game.Session) ([]game.Event, error){
		"refusal": func(*game.Session) ([]game.Event, error) { return nil, game.Refuse(game.CodeConflict, "no") },
		"fault":   func(*game.Session) ([]game.Event, error) { return nil, fault },
		"panic":   func(*game.Session) ([]game.Event, error) { panic(fault) },
		"number taken elsewhere": func(s *game.Session) ([]game.Event, error) {
			return createUser(50, "x")(s)
		},
		"event that is not JSON": func(s *game.Session) ([]game.Event, error) {
			return createUser(60, broken)(s)
		},
		"user changed past the rules": func(s *game.Session) ([]game.Event, error) {
			s.Users = append(s.Users, game.User{ID: 70, Username: "one"})
			return nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.mustCreate("A", "B")
			f.mustDo("A", createUser(1, "one"))
			f.mustDo("B", createUser(50, "fifty"))
			before, told := dump(f), len(f.all())
			err := recovered(func() error {
				return f.do("A", func(s *game.Session) ([]game.Event, error) {
					s.Stage = game.StageFreeUserConnect
					if _, _, err := s.CreateUser(2, "two"); err != nil {
						t.Error(err)
					}
					return spoil(s)
				})
			})
			if err == nil {
				t.Fatal("the command succeeded")
			}
			if diff := cmp.Diff(before, dump(f)); diff != "" {
				t.Errorf("the database changed (-before +after):\n%s", diff)
			}
			if n := len(f.all()); n != told {
				t.Errorf("told of %d commits, not %d", n, told)
			}
			f.mustDo("A", createUser(2, "two"))
			if c := f.all()[told]; c.FirstSeq != 2 {
				t.Errorf("the next event has number %d", c.FirstSeq)
			}
		})
	}
}

// recovered turns a panic of f into its error.
func recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err, _ = p.(error)
		}
	}()
	return f()
}

// unexported lets two game values be equal that only rules can tell apart.
var unexported = cmpopts.IgnoreUnexported(game.Session{}, game.Company{})

// dump returns all rows of all tables but those that only migrations write.
func dump(f *fixture) []string {
	var all []string
	for _, table := range tables(f) {
		if strings.HasPrefix(table, "bun_") {
			continue
		}
		columns := query[string](f, "SELECT 'quote(' || name || ')' FROM pragma_table_info(?)", table)
		rows := query[string](f, fmt.Sprintf("SELECT '%s ' || concat_ws('|', %s) FROM %s ORDER BY 1", table, strings.Join(columns, ", "), table))
		all = append(all, rows...)
	}
	return all
}

// TestStore_Update_cancelled: a caller that has stopped waiting does not stop a command
// that has begun, and one that has not begun does not happen.
func TestStore_Update_cancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	ctx, cancel := context.WithCancel(t.Context())
	err := f.Update(ctx, game.Command{Session: "A"}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
		cancel()
		_, events, err := s.CreateUser(1, "one")
		return game.Outcome{Events: events}, err
	})
	if err != nil || len(f.all()) != 2 {
		t.Fatalf("a command under way was cancelled: %v", err)
	}

	held, done := make(chan struct{}), make(chan error)
	go func() {
		done <- f.do("A", func(*game.Session) ([]game.Event, error) { close(held); <-done; return nil, nil })
	}()
	<-held
	err = f.Update(ctx, game.Command{Session: "A"}, func(*game.Session, game.Env) (game.Outcome, error) {
		t.Error("called")
		return game.Outcome{}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	done <- nil
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestStore_Update_neverBegins: a command whose caller has gone already does not
// happen, even if the session is free.
func TestStore_Update_neverBegins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // one try in two would begin if it were left to chance
		err := f.Update(ctx, game.Command{Session: "A"}, func(*game.Session, game.Env) (game.Outcome, error) {
			t.Error("called")
			return game.Outcome{}, nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	if n := f.Locks(); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}

// TestStore_Update_diskFull: a command for which there is no room is refused and
// leaves nothing, and commands work again once there is room.
func TestStore_Update_diskFull(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	pages := f.Pragma(t, "page_count")
	f.Pragma(t, "max_page_count="+pages)
	var err error
	id := int64(0)
	for err == nil && id < 1000 {
		id++
		err = f.do("A", createUser(id, fmt.Sprint("u", id)))
	}
	if refusal, refused := errors.AsType[*game.Refusal](err); !refused || refusal.Code != game.CodeRateLimited || !strings.Contains(refusal.Text, "full") {
		t.Fatalf("got %v", err)
	}
	if told := int64(len(f.all())); told != id {
		t.Errorf("told of %d commits, not %d", told, id)
	}
	for _, table := range []string{"users", "owners", "log"} {
		if rows := query[int64](f, "SELECT count(*) FROM "+table); rows[0] != id-1 {
			t.Errorf("%d rows in %s after %d commands", rows[0], table, id-1)
		}
	}
	f.Pragma(t, "max_page_count=1000000")
	f.mustDo("A", createUser(id, fmt.Sprint("u", id)))
	if c := f.all()[id]; c.FirstSeq != id {
		t.Errorf("the next event has number %d, want %d", c.FirstSeq, id)
	}
}

func TestStore_deleteSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "one"))
	f.mustDo("A", deleteSession)
	deleted := f.all()[2]
	if deleted.FirstSeq != 2 || len(deleted.Events) != 1 || string(deleted.Events[0].Data) != `{"session":"A"}` {
		t.Errorf("told of %+v", deleted)
	}
	wantRefusal(t, f.do("A", deleteSession), game.CodeNotFound)
	checkUsers(t, f, game.UserFilter{})
	if sessions, err := f.Sessions(t.Context(), game.SessionFilter{}); err != nil || len(sessions) != 0 {
		t.Errorf("sessions: %v, %v", sessions, err)
	}

	// The name and the user's number are free again, and the numbers of events
	// start at 1 again in another epoch; the log of the old session still exists.
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "one"))
	again := f.all()[4]
	if again.FirstSeq != 1 || again.Epoch == deleted.Epoch {
		t.Errorf("told of %+v after %+v", again, deleted)
	}
	tomb := query[int64](f, "SELECT deleted_at FROM sessions WHERE name = 'A' AND epoch = ?", deleted.Epoch)
	if !slices.Equal(tomb, []int64{start.UnixMilli()}) {
		t.Errorf("tombstone: %v", tomb)
	}
	log := query[string](f, "SELECT concat(seq_from, '-', seq_to) FROM log WHERE epoch = ? ORDER BY seq_from", deleted.Epoch)
	if !slices.Equal(log, []string{"1-1", "2-2"}) {
		t.Errorf("log: %v", log)
	}
}

// TestObserve: Observe is called once for each transaction, with its result and duration.
func TestObserve(t *testing.T) {
	t.Parallel()
	type seen struct {
		took time.Duration
		err  error
	}
	var all []seen
	clock := start
	f := &fixture{t: t, recorder: new(recorder), file: filepath.Join(t.TempDir(), "seg.db")}
	o := options("sqlite://"+f.file, f.recorder)
	o.Observe = func(took time.Duration, err error) { all = append(all, seen{took, err}) }
	o.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	var err error
	if f.Store, err = store.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.AddRuleset(t.Context(), rules.ID, []byte(`{"name":"classic"}`)); err != nil {
		t.Fatal(err)
	}
	f.mustCreate("A")
	fault := errors.New("fault")
	for _, want := range []error{nil, &game.Refusal{Code: game.CodeConflict, Text: "no"}, fault} {
		err := f.Update(t.Context(), game.Command{Session: "A"}, func(*game.Session, game.Env) (game.Outcome, error) {
			return game.Outcome{}, want
		})
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	if len(all) != 4 {
		t.Fatalf("told of %d transactions, want 4", len(all))
	}
	refusal, refused := errors.AsType[*game.Refusal](all[2].err)
	if all[0].err != nil || all[1].err != nil || !refused || refusal.Text != "no" || !errors.Is(all[3].err, fault) {
		t.Errorf("told of %v", all)
	}
	for i, s := range all {
		if s.took < time.Second {
			t.Errorf("transaction %d took %s by a clock that moves on by a second", i, s.took)
		}
	}
}
