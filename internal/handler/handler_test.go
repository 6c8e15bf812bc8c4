package handler_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dice struct{}

func (dice) Roll(n int) int { return rand.IntN(n) }

// server is a dispatcher over a real store, with one connection, which hears
// everything.
type server struct {
	t      *testing.T
	store  *store.Store
	d      *route.Dispatcher
	caller route.Caller
	faults []error

	mu   sync.Mutex
	sent []string // what was sent because of a commit
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, caller: route.Caller{ClientID: "web_client_1", Conn: 1}}
	rulesets, err := ruleset.BuiltIn("classic")
	if err != nil {
		t.Fatal(err)
	}
	s.store, err = store.Open(t.Context(), store.Options{
		URL: "sqlite://" + filepath.Join(t.TempDir(), "seg.db"), Encode: handler.EncodeEvent, OnCommit: s.onCommit,
		Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }, Dice: dice{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range rulesets.All() {
		if err := s.store.AddRuleset(t.Context(), r.Rules.ID, r.Document); err != nil {
			t.Fatal(err)
		}
	}
	s.d = s.dispatcher(s.store, s.store, rulesets)
	return s
}

func (s *server) dispatcher(st handler.Store, requests handler.Requests, rulesets handler.Rulesets) *route.Dispatcher {
	return route.NewDispatcher(handler.New(st, rulesets), route.Options{
		Interceptors: handler.Interceptors(passwords, requests),
		Fault: func(_ context.Context, _ *route.Call, err error) string {
			s.faults = append(s.faults, err)
			return "Internal error"
		},
	})
}

// passwords takes "secret" for the password, and refuses "again" as if there had been too many before it.
func passwords(_ context.Context, attempt string) auth.Verdict {
	switch attempt {
	case "secret":
		return auth.Right
	case "again":
		return auth.TooMany
	}
	return auth.Wrong
}

// onCommit is a hub with one socket.
func (s *server) onCommit(c store.Commit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Answer != nil && c.Origin == s.caller.Conn {
		s.sent = append(s.sent, string(c.Answer))
	}
	for i, e := range c.Events {
		stamp := route.Stamp{Seq: c.FirstSeq + int64(i), SessionID: c.Session, Time: c.Time}
		s.sent = append(s.sent, string(route.BroadcastFrame(e.Type, e.Data, stamp)))
	}
}

// send sends a frame and returns all that comes back to the connection.
func (s *server) send(frame string) []string {
	s.t.Helper()
	s.sent = nil
	returned := s.d.Dispatch(s.t.Context(), &s.caller, []byte(frame))
	for _, f := range returned {
		s.sent = append(s.sent, string(f))
	}
	return s.sent
}

// want sends a frame and compares all that comes back with want, to the letter.
func (s *server) want(frame string, want ...string) {
	s.t.Helper()
	if got := s.send(frame); !slices.Equal(got, want) {
		s.t.Errorf("sent %s (-want +got):\n%s", frame, cmp.Diff(want, got))
	}
	for _, err := range s.faults {
		s.t.Errorf("fault: %v", err)
	}
	s.faults = nil
}

// setStage puts a session into a stage, which no request does yet.
func (s *server) setStage(session string, stage game.Stage) {
	s.t.Helper()
	err := s.store.Update(s.t.Context(), game.Command{Session: session}, func(g *game.Session, _ game.Env) (game.Outcome, error) {
		g.Stage = stage
		return game.Outcome{}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// response is the response to request "r" with data.
func response(data string) string { return `{"type":"response","request_id":"r","data":` + data + `}` }

// refusal is the response to request "r" that refuses it.
func refusal(code, text string) string {
	return response(`{"error":"` + text + `","code":"` + code + `"}`)
}

// broadcast is the frame of a broadcast.
func broadcast(typ, data, seq, session string) string {
	return `{"type":"` + typ + `","data":` + data + `,"seq":` + seq + `,"session_id":"` + session + `","timestamp":1700000000000}`
}

func TestPing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	pong := func(timestamp, content string) string {
		return `{"type":"pong","timestamp":` + timestamp + `,"client_id":"web_client_1","content":` + content + `,"contract":"` + wire.Hash + `"}`
	}
	s.want(`{"type":"ping"}`, pong(`""`, `"Pong!"`))
	s.want(`{"type":"ping","timestamp":"1234567890","content":"Hello"}`, pong(`"1234567890"`, `"Hello"`))
	s.want(`{"type":"ping","timestamp":12.50,"content":{"a": [1,null]}}`, pong(`12.50`, `{"a": [1,null]}`))
	s.want(`{"type":"ping","timestamp":null,"content":null,"request_id":"r"}`, pong(`""`, `null`), response("null"))
	s.want(`{"type":"ping","request_id":"r","timestamp":true}`,
		response(`{"error":"Invalid field: timestamp: must be a number or a string","code":"invalid_field","details":[{"path":"/timestamp","message":"must be a number or a string"}]}`))
}

// TestPassword holds every served message to the password that it declares.
func TestPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.send(`{"type":"create-session","session_id":"A","password":"secret"}`)
	fields := map[string]string{
		"create-session": `"session_id":"B"`,
		"delete-session": `"session_id":"A","really":true`,
		"create-user":    `"session_id":"A","user_id":1,"username":"x"`,
		"update-user":    `"user_id":1,"username":"y"`,
		"delete-user":    `"user_id":1`,
	}
	for _, m := range route.Messages() {
		own, writes := fields[m.Type]
		if writes != (m.Auth == route.AuthRequired) {
			t.Fatalf("%s: auth is %s", m.Type, m.Auth)
		}
		if !writes {
			continue
		}
		frame := `{"type":"` + m.Type + `","request_id":"r",` + own
		for _, wrong := range []string{"", "Secret", "secret ", strings.Repeat("x", 256)} {
			s.want(frame+`,"password":"`+wrong+`"}`, refusal("unauthorized", "Password is incorrect"))
		}
		s.want(frame+`,"password":"again"}`, refusal("rate_limited", "Too many wrong passwords; try again later"))
		// Shape comes first: a missing password, and a wrong field beside a wrong password.
		s.want(frame+`}`, response(`{"error":"Missing required field: password","code":"missing_field",`+
			`"details":[{"path":"/password","message":"is required"}]}`))
		if got := s.send(`{"type":"` + m.Type + `","request_id":"r","password":"wrong","session_id":7,"user_id":[]}`); !strings.Contains(got[0], `"code":"`) || strings.Contains(got[0], "unauthorized") {
			t.Errorf("%s: a wrong field with a wrong password: %s", m.Type, got)
		}
	}
	if s.caller.Trusted = false; len(s.send(`{"type":"get-users"}`)) != 0 || s.caller.Trusted {
		t.Error("a read without request_id was answered, or trusted")
	}
	s.want(`{"type":"create-user","request_id":"r","session_id":"none","user_id":1,"username":"x","password":"secret"}`,
		refusal("not_found", "Session not found"))
	if !s.caller.Trusted {
		t.Error("who has presented the password is not trusted")
	}
}

// TestCodes: what the rules refuse with is a code of the protocol, which the
// messages that can be refused so declare or every message has.
func TestCodes(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{"invalid_field": true, "rate_limited": true}
	for _, m := range route.Messages() {
		for _, code := range m.Errors {
			declared[code] = true
		}
	}
	for _, code := range game.Codes() {
		var c wire.ErrorCode
		if err := wire.DecodeErrorCode([]byte(`"`+string(code)+`"`), &c); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if !declared[string(code)] {
			t.Errorf("no message declares %s", code)
		}
	}
}

// TestEncodeEvent holds each event to the decoder of its broadcast.
func TestEncodeEvent(t *testing.T) {
	t.Parallel()
	user := game.User{ID: 1, Username: `"\` + "\u2028é", CompanyID: 2, SessionID: "A"}
	other := user
	other.Username = "x"
	served := map[string]bool{}
	for _, b := range route.Broadcasts() {
		served[b.Type] = true
	}
	for _, c := range []struct {
		event  game.Event
		decode func([]byte) error
	}{
		{game.UserCreated{User: user}, func(b []byte) error { return wire.DecodeUserCreated(b, new(wire.UserCreated)) }},
		{game.UserUpdated{Old: user, New: other}, func(b []byte) error { return wire.DecodeUserUpdated(b, new(wire.UserUpdated)) }},
		{game.UserDeleted{UserID: 1}, func(b []byte) error { return wire.DecodeUserDeleted(b, new(wire.UserDeleted)) }},
		{game.SessionDeleted{SessionID: "A"}, func(b []byte) error { return wire.DecodeSessionDeleted(b, new(wire.SessionDeleted)) }},
	} {
		typ, data := handler.EncodeEvent(c.event)
		if err := c.decode(data); err != nil {
			t.Errorf("%s %s: %v", typ, data, err)
		}
		if !served[typ] {
			t.Errorf("%s is no broadcast of the protocol", typ)
		}
		delete(served, typ)
	}
	if len(served) > 0 {
		t.Errorf("never sent: %v", served)
	}
}
