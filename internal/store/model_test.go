package store_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// model is what a store should hold: sessions, the events of each life of them, and what requests have been answered.
type model struct {
	world
	events  map[string][]store.Logged // by epoch
	epochs  map[string]string         // by session that exists
	answers map[string]string         // by id of the request
	ids     []string                  // of the requests, in order
	asked   map[string]ask
}

// ask is a request that was sent: to register a user.
type ask struct {
	session string
	id      int64
}

// machine runs a model beside a store that two programs have open.
type machine struct {
	*fixture
	second *fixture
	m      model
	names  []string
	base   int64
	steps  *int
}

// one draws which of the two programs does something.
func (s *machine) one(t *rapid.T) *fixture {
	if rapid.Bool().Draw(t, "second") {
		return s.second
	}
	return s.fixture
}

func (s *machine) name(t *rapid.T) string { return rapid.SampledFrom(s.names).Draw(t, "session") }

// told takes over what the store has told of a command on a session.
func (s *machine) told(t *rapid.T, before int, name string) {
	commits := s.all()[before:]
	if len(commits) > 1 {
		t.Fatalf("told of %d commits", len(commits))
	}
	for _, c := range commits {
		if c.Session != name {
			t.Fatalf("told of %s", c.Session)
		}
		s.m.epochs[name] = c.Epoch
		for i, e := range c.Events {
			s.m.events[c.Epoch] = append(s.m.events[c.Epoch], store.Logged{Event: e, Seq: c.FirstSeq + int64(i), Time: c.Time})
		}
	}
}

// command carries out something on a session and on the model, and compares how it ends.
func (s *machine) command(t *rapid.T, name string, stored, expected func() error) {
	before := len(s.all())
	got, want := stored(), expected()
	if codeOf(got) != codeOf(want) {
		t.Fatalf("stored: %v, expected: %v", got, want)
	}
	if told := len(s.all()) - before; (want == nil) != (told == 1) {
		t.Fatalf("told of %d commits, outcome %v", told, want)
	}
	s.told(t, before, name)
}

func (s *machine) random(t *rapid.T) {
	name, f := s.name(t), s.one(t)
	id := s.base + rapid.Int64Range(1, 6).Draw(t, "id")
	s.command(t, name, func() error { return f.do(name, renameUser(id, "x")) }, func() error { return s.m.do(name, renameUser(id, "x")) })
}

func (s *machine) makeSession(t *rapid.T) {
	name, f := s.name(t), s.one(t)
	s.command(t, name, func() error { return f.create(name) }, func() error { return s.m.create(name) })
}

func (s *machine) deleteUser(t *rapid.T) {
	name, f := s.name(t), s.one(t)
	id := s.base + rapid.Int64Range(1, 6).Draw(t, "id")
	s.command(t, name, func() error { return f.do(name, deleteUser(id)) }, func() error { return s.m.do(name, deleteUser(id)) })
}

func (s *machine) deleteSession(t *rapid.T) {
	name, f := s.name(t), s.one(t)
	s.command(t, name, func() error { return f.do(name, deleteSession) }, func() error {
		err := s.m.do(name, deleteSession)
		delete(s.m.world, name)
		return err
	})
	delete(s.m.epochs, name)
}

// join sends a new request to register a user.
func (s *machine) join(t *rapid.T) {
	a := ask{s.name(t), s.base + rapid.Int64Range(1, 6).Draw(t, "id")}
	r := fmt.Sprintf("%d-%d", s.base, len(s.m.ids))
	before := len(s.all())
	answer, err := s.one(t).once(request("client", r, fmt.Sprint(a)), a.session, a.id)
	expected := s.m.do(a.session, func(g *game.Session) ([]game.Event, error) {
		events, err := createUser(a.id, fmt.Sprint("u", a.id))(g)
		if err == nil && s.m.holds(a.id, a.session) {
			g.Users = slices.DeleteFunc(g.Users, func(u game.User) bool { return u.ID == a.id })
			return nil, game.UserExists(a.id)
		}
		return events, err
	})
	if codeOf(err) != codeOf(expected) {
		t.Fatalf("stored: %v, expected: %v", err, expected)
	}
	s.told(t, before, a.session)
	s.m.ids, s.m.answers[r], s.m.asked[r] = append(s.m.ids, r), answer, a
}

// resend sends an earlier request again, perhaps with other parameters: it has no effect.
func (s *machine) resend(t *rapid.T) {
	if len(s.m.ids) == 0 {
		t.Skip("nothing was sent")
	}
	r := rapid.SampledFrom(s.m.ids).Draw(t, "request")
	a, before := s.m.asked[r], len(s.all())
	text, want := fmt.Sprint(a), s.m.answers[r]
	if rapid.IntRange(0, 3).Draw(t, "other") == 0 {
		text, want = "other", ""
	}
	answer, err := s.one(t).once(request("client", r, text), a.session, a.id)
	if answer != want || (err != nil) != (want == "") || err != nil && codeOf(err) != string(game.CodeConflict) {
		t.Fatalf("answered %q, want %q, %v", answer, want, err)
	}
	if len(s.all()) != before {
		t.Fatal("it had an effect again")
	}
}

// follow asks what a client has missed since some moment.
func (s *machine) follow(t *rapid.T) {
	if len(s.m.epochs) == 0 {
		t.Skip("no session")
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(s.m.epochs))).Draw(t, "session")
	all := s.m.events[s.m.epochs[name]]
	after := rapid.IntRange(0, len(all)).Draw(t, "after")
	limit := rapid.IntRange(1, 20).Draw(t, "limit")
	m, err := s.one(t).Events(s.t.Context(), name, store.Position{Epoch: s.m.epochs[name], After: int64(after)}, limit)
	if err != nil || m.Reason != "" || m.LastSeq != int64(len(all)) {
		t.Fatalf("%+v, %v, want %d events", m, err, len(all))
	}
	want := all[after:min(len(all), after+limit)]
	if !slices.EqualFunc(m.Events, want, func(a, b store.Logged) bool {
		return a.Seq == b.Seq && a.Time == b.Time && a.Type == b.Type && string(a.Data) == string(b.Data)
	}) {
		t.Fatalf("after %d: %v, want %v", after, m.Events, want)
	}
}

func (s *machine) restart(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "now") != 0 {
		t.Skip("not now")
	}
	f := s.one(t)
	must(s.t, f.Close())
	f.Store = f.open()
	if f.EpochResetReason() != "" {
		t.Fatal(f.EpochResetReason())
	}
}

func (s *machine) prune(t *rapid.T) {
	if err := s.one(t).Prune(s.t.Context()); err != nil {
		t.Fatal(err)
	}
}

// check compares what can be read.
func (s *machine) check(t *rapid.T) {
	*s.steps++
	for _, name := range s.names {
		users, err := s.Users(s.t.Context(), game.UserFilter{SessionID: &name})
		if err != nil {
			t.Fatal(err)
		}
		var want []game.User
		if w := s.m.world[name]; w != nil {
			want = w.Users
		}
		if !slices.Equal(users, want) {
			t.Fatalf("%s: stored %v, want %v", name, users, want)
		}
	}
}

// TestStore_stateMachine runs random commands, resent requests, restarts and two programs against a model.
func TestStore_stateMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	testStateMachine(t, 0, func(run func(*rapid.T)) { // rapid draws a seed, and prints it when the test fails
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; runs <= 30 {
				run(rt)
			}
		})
	})
}

// testStateMachine calls repeat with a function that runs random commands on the same database,
// which repeat is to call as often as it wants. It returns the number of commands. The seed is only
// reported.
func testStateMachine(t *testing.T, seed uint64, repeat func(run func(*rapid.T))) (commands int) {
	t.Helper()
	f := newFixture(t)
	second := &fixture{t: t, file: f.file, recorder: f.recorder}
	second.Store = second.open()
	t.Cleanup(func() { must(t, second.Close()) })
	round := 0
	repeat(func(rt *rapid.T) {
		round++
		s := &machine{fixture: f, second: second, base: int64(round * 100), steps: &commands, m: model{
			world: world{}, events: map[string][]store.Logged{}, epochs: map[string]string{}, answers: map[string]string{}, asked: map[string]ask{},
		}}
		for _, letter := range []string{"A", "B", "C"} {
			s.names = append(s.names, fmt.Sprintf("m%d-%s", round, letter))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": s.check, "new": s.makeSession, "join": s.join, "join 2": s.join, "rename": s.random, "delete user": s.deleteUser,
			"delete session": s.deleteSession, "resend": s.resend, "follow": s.follow, "restart": s.restart, "prune": s.prune,
		})
	})
	tally{seed: seed, acked: len(f.all())}.report(t, fmt.Sprintf("state machine, %d steps", commands))
	return commands
}

// joining is an operation on one user number: the session that wants to own it, or "" to ask for the owner.
type joining struct {
	id      int64
	session string
	leave   bool
}

// holderModel says what one number does that sessions can hold, one after the other.
func holderModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byID := map[int64][]porcupine.Operation{}
			for _, o := range history {
				id := o.Input.(joining).id
				byID[id] = append(byID[id], o)
			}
			return slices.Collect(maps.Values(byID))
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			in, out, holder := input.(joining), output.(string), state.(string)
			switch {
			case in.session == "":
				return out == holder, holder
			case in.leave && holder == in.session:
				return out == "ok", ""
			case in.leave:
				return out == string(game.CodeNotFound), holder
			case holder == "":
				return out == "ok", in.session
			default:
				return out == string(game.CodeConflict), holder
			}
		},
	}
}

// TestStore_linearizable: whatever many clients of two programs do at once with a few user numbers in several sessions, it is as
// if they had done it one after the other.
func TestStore_linearizable(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	testLinearizable(t, 100)
}

// testLinearizable lets each client carry out the given number of operations.
func testLinearizable(t *testing.T, operations int) {
	t.Helper()
	const clients, sessions = 8, 4
	seed := rand.Uint64()
	f := newFixture(t)
	second := &fixture{t: t, file: f.file, recorder: f.recorder}
	second.Store = second.open()
	defer second.Close()
	for s := range sessions {
		f.mustCreate(fmt.Sprint("S", s))
	}
	var clock atomic.Int64
	var mu sync.Mutex
	var history []porcupine.Operation
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(c)))
			one := []*fixture{f, second}[c%2]
			for range operations {
				in := joining{id: 1 + random.Int64N(40), session: fmt.Sprint("S", random.IntN(sessions))}
				kind := random.IntN(5)
				call := clock.Add(1)
				out := operate(one, &in, kind)
				back := clock.Add(1)
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: c, Input: in, Call: call, Output: out, Return: back})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	result := porcupine.CheckOperationsTimeout(holderModel(), history, 5*time.Minute)
	outcomes := map[string]int{}
	for _, o := range history {
		outcomes[o.Output.(string)]++
	}
	t.Logf("%d operations, %s, outcomes %v", len(history), result, outcomes)
	tally{seed: seed, acked: outcomes["ok"]}.report(t, "linearizable")
	if result != porcupine.Ok {
		t.Error("no order explains what was answered")
	}
	if outcomes["ok"] == 0 || outcomes[string(game.CodeConflict)] == 0 {
		t.Error("the clients were never in each other's way")
	}
}

func operate(f *fixture, in *joining, kind int) string {
	switch kind {
	case 0:
		in.session = ""
		session, err := f.SessionOfUser(f.t.Context(), in.id)
		if err != nil && codeOf(err) != string(game.CodeNotFound) {
			return err.Error()
		}
		return session
	case 1, 2:
		in.leave = true
		return outcome(f.do(in.session, deleteUser(in.id)))
	default:
		return outcome(f.do(in.session, createUser(in.id, fmt.Sprint("u", in.id))))
	}
}

func outcome(err error) string {
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return string(refusal.Code)
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}
