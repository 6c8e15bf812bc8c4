package handler_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
	"seg.example/internal/handler"
)

// failingStore is a store that returns errors.
type failingStore struct {
	handler.Store

	creates []error // results of the calls of Create
	update  error
	read    error
	session *game.Session // what Session returns, unless read is set
	names   []string      // ids of the sessions that Create got
}

type countingRand struct{ n int }

func (d *countingRand) IntN(n int) int { d.n++; return d.n % n }

func (f *failingStore) Create(_ context.Context, _ game.Command, build func(game.Env) (*game.Session, game.Outcome, error)) error {
	s, _, err := build(game.Env{Rand: &countingRand{n: len(f.names)}})
	if err != nil {
		return err
	}
	f.names = append(f.names, s.ID)
	err, f.creates = f.creates[0], f.creates[1:]
	return err
}

func (f *failingStore) Update(context.Context, game.Command, func(*game.Session, game.Env) (game.Outcome, error)) error {
	return f.update
}

func (f *failingStore) SessionOfUser(context.Context, int64) (string, error) { return "A", f.read }

func (f *failingStore) Users(context.Context, game.UserFilter) ([]game.User, error) {
	return nil, f.read
}

func (f *failingStore) SessionOfCompany(context.Context, int64) (string, error) { return "A", f.read }

func (f *failingStore) Companies(context.Context, game.CompanyFilter) ([]game.CompanyView, error) {
	return nil, f.read
}

func (f *failingStore) Session(context.Context, string) (*game.Session, error) {
	if f.read != nil {
		return nil, f.read
	}
	if f.session == nil {
		return nil, game.SessionNotFound()
	}
	return f.session, nil
}

func (f *failingStore) Sessions(context.Context, game.SessionFilter) ([]game.Session, error) {
	return nil, f.read
}

type oneRuleset struct{}

func (oneRuleset) Find(string) (*game.Ruleset, error) {
	return &game.Ruleset{Limits: game.Limits{Steps: 15}}, nil
}

func withStore(t *testing.T, st handler.Store) *server {
	t.Helper()
	s := &server{t: t, caller: route.Caller{ClientID: "c", Conn: 1}}
	s.d = s.dispatcher(st, nil, oneRuleset{})
	return s
}

// TestUser_sessionDeletedMeanwhile: the session is deleted after the user was found and before the
// session is locked. The error is about the user.
func TestUser_sessionDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	s := withStore(t, &failingStore{update: game.SessionNotFound()})
	s.want(`{"type":"delete-user","user_id":1,"password":"secret","request_id":"r"}`, refusal("not_found", "User not found"))
	s.want(`{"type":"update-user","user_id":1,"username":"x","password":"secret","request_id":"r"}`, refusal("not_found", "User not found"))
	s.want(`{"type":"create-user","user_id":1,"username":"x","session_id":"A","password":"secret","request_id":"r"}`, refusal("not_found", "Session not found"))
}

// TestCreateSession_idIsTaken: if a random id is taken, another one is tried, at most maxIDAttempts
// times. A given id is tried once.
func TestCreateSession_idIsTaken(t *testing.T) {
	t.Parallel()
	taken := game.SessionExists("X")
	for name, c := range map[string]struct {
		fields  string
		creates []error
		tries   int
		refused bool
	}{
		"drawn again": {``, []error{taken, nil}, 2, false},
		"given":       {`"session_id":"X",`, []error{taken}, 1, true},
		"always":      {``, []error{taken, taken, taken}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failingStore{creates: c.creates}
			s := withStore(t, f)
			got := s.send(`{"type":"create-session",` + c.fields + `"password":"secret","request_id":"r"}`)
			if len(f.names) != c.tries || c.tries > 1 && f.names[0] == f.names[1] {
				t.Errorf("got ids %v, want %d different ones", f.names, c.tries)
			}
			if c.refused != (len(got) == 1 && got[0] == refusal("conflict", "Session X already exists")) {
				t.Errorf("got %v, want refused %t", got, c.refused)
			}
		})
	}
}

// TestCompany_sessionDeletedMeanwhile is the same test for companies, with commands and queries.
func TestCompany_sessionDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	gone := &failingStore{update: game.SessionNotFound()}
	// The session exists, but the company no longer does.
	empty := &failingStore{session: &game.Session{ID: "A"}}
	for _, typ := range []string{
		"set-company-position", "delete-company", "update-company-improve", "notforgame-update-company-balance",
		"notforgame-update-company-items", "notforgame-update-company-name", "get-company-cell-info", "get-company-improvement-info",
		"company-take-credit", "company-pay-credit", "company-take-deposit", "company-withdraw-deposit", "company-pay-taxes",
		"company-complete-free-factories",
	} {
		fields := example(t, typ)
		if fields["password"] != nil {
			fields["password"] = "secret"
		}
		withStore(t, gone).want(encode(t, fields), refusal("not_found", "Company not found"))
		if strings.HasPrefix(typ, "get-") {
			withStore(t, empty).want(encode(t, fields), refusal("not_found", "Company not found"))
		}
	}
	for _, typ := range []string{"create-company", "update-company-add-user", "update-company-left-user"} {
		fields := example(t, typ)
		fields["password"] = "secret"
		withStore(t, gone).want(encode(t, fields), refusal("not_found", "User not found"))
	}
}

// TestFaults: no request returns details of an error of the store to the client.
func TestFaults(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk I/O error")
	for _, m := range route.Messages() {
		if m.Type == "ping" {
			continue // it needs no store
		}
		s := withStore(t, &failingStore{creates: []error{fault}, update: fault, read: fault})
		fields := example(t, m.Type)
		if m.Auth != route.AuthNone {
			fields["password"] = "secret"
		}
		if got := s.send(encode(t, fields)); len(got) != 1 || got[0] != refusal("internal", "Internal error") {
			t.Errorf("%s: got %v, want an internal error", m.Type, got)
		}
		if len(s.faults) != 1 || !errors.Is(s.faults[0], fault) {
			t.Errorf("%s: got internal errors %v, want %v", m.Type, s.faults, fault)
		}
	}
}

// TestNoConnection: without a connection the dispatcher returns the answer, because the store
// cannot send it.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.caller.Conn = 0
	s.want(`{"type":"create-session","session_id":"A","password":"secret","request_id":"r"}`,
		response(`{"session":`+session("A", "FreeUserConnect", "15", "0", "classic")+`}`))
	s.want(`{"type":"delete-session","session_id":"A","really":true,"password":"secret","request_id":"r"}`,
		broadcast("api-session_deleted", `{"session_id":"A"}`, "1", "A"), response("null"))
}
