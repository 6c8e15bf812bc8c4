package handler_test

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/leaktest"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type testRand struct{}

func (testRand) IntN(n int) int { return rand.IntN(n) }

// server is a dispatcher with a real store and one connection that receives everything.
type server struct {
	t           *testing.T
	file        string // path of the database
	store       *store.Store
	d           *route.Dispatcher
	caller      route.Caller
	faults      []error
	clockOffset atomic.Int64 // the clock's time since the start, in nanoseconds

	mu   sync.Mutex
	sent []string // frames that the connection received
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, file: filepath.Join(t.TempDir(), "seg.db"), caller: route.Caller{ClientID: "web_client_1", Conn: 1}}
	rulesets, err := ruleset.BuiltIn("classic")
	if err != nil {
		t.Fatal(err)
	}
	s.store, err = store.Open(t.Context(), store.Options{
		URL: "sqlite://" + s.file, Encode: handler.CellColon.Event, OnCommit: s.onCommit,
		Ruleset: ruleset.ParseStored, Now: s.now, Rand: testRand{},
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

// now is the server's clock.
func (s *server) now() time.Time {
	return time.UnixMilli(1_700_000_000_000).Add(time.Duration(s.clockOffset.Load()))
}

func (s *server) dispatcher(st handler.Store, requests handler.Deduplicator, rulesets handler.Rulesets) *route.Dispatcher {
	return route.NewDispatcher(handler.New(st, rulesets, handler.Options{Cells: handler.CellColon, Now: s.now}), route.Options{
		Interceptors: handler.Interceptors(passwords, requests, handler.Options{}),
		Fault: func(_ context.Context, _ *route.Call, err error) string {
			s.faults = append(s.faults, err)
			return "Internal error"
		},
	})
}

// password replaces "secret" in sent frames. It has 130 random bits; all output is searched for it.
var password = "canary-" + cryptorand.Text()

// passwords accepts the password and "secret". For "again" it returns TooMany.
func passwords(_ context.Context, attempt string) auth.Verdict {
	switch attempt {
	case password, "secret":
		return auth.Right
	case "again":
		return auth.TooMany
	}
	return auth.Wrong
}

// checkNoSecrets fails the test if an answer or an internal error contains the password.
func (s *server) checkNoSecrets(received []string) {
	s.t.Helper()
	for _, text := range received {
		if containsPassword(text) {
			s.t.Errorf("got the password in an answer, want it hidden: %s", text)
		}
	}
	for _, err := range s.faults {
		if containsPassword(fmt.Sprintf("%v %+v %#v", err, err, err)) {
			s.t.Errorf("got the password in an error for the log, want it hidden: %+v", err)
		}
	}
}

// containsPassword reports whether a text contains the password.
func containsPassword(text string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(password))
}

// TestContainsPassword: the search for the password finds it, and a ping with the password does not
// return it.
func TestContainsPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	answer := s.send(`{"type":"ping","content":"","password":"secret","request_id":"secret"}`)
	if containsPassword(strings.Join(answer, "")) {
		t.Errorf("got answer %q, want it without the password", answer)
	}
	for _, leak := range []string{password, `{"x":"` + strings.ToLower(password) + `"}`, fmt.Sprintf("%+v", struct{ Password string }{password})} {
		if !containsPassword(leak) {
			t.Errorf("%s: got no password in it, want it found", leak)
		}
	}
}

// onCommit collects what a hub would send to the connection.
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

// send sends a frame and returns all frames that the connection receives.
func (s *server) send(frame string) []string {
	s.t.Helper()
	s.sent = nil
	frame = strings.ReplaceAll(frame, `"password":"secret"`, `"password":"`+password+`"`)
	returned := s.d.Dispatch(s.t.Context(), &s.caller, []byte(frame))
	for _, f := range returned {
		s.sent = append(s.sent, string(f))
	}
	s.judge(frame, s.sent)
	return s.sent
}

// judge fails the test if the frames that answer a frame violate the contract.
func (s *server) judge(frame string, received []string) {
	s.t.Helper()
	s.checkNoSecrets(received)
	if err := s.contractError(frame, received); err != nil {
		s.t.Errorf("sent %s: %v", frame, err)
	}
}

// contractError checks the answers to a frame: their shape, their error codes, and whether the
// request may cause these broadcasts.
func (s *server) contractError(frame string, received []string) error {
	judge, err := newJudge()
	if err != nil {
		return err
	}
	conversation := judge.Connect()
	conversation.Sent([]byte(frame))
	var wrong []error
	for _, f := range received {
		wrong = append(wrong, conversation.Received([]byte(f)))
		if typ := frameType(f); strings.HasPrefix(typ, "api-") {
			wrong = append(wrong, judge.MayCause(frameType(frame), typ))
		}
	}
	return errors.Join(wrong...)
}

// frameType returns the type of a frame, "" if it has none.
func frameType(frame string) string {
	var f struct{ Type string }
	if err := json.Unmarshal([]byte(frame), &f); err != nil {
		return ""
	}
	return f.Type
}

// want sends a frame and compares all received frames with want, byte by byte.
func (s *server) want(frame string, want ...string) {
	s.t.Helper()
	if got := s.send(frame); !slices.Equal(got, want) {
		s.t.Errorf("sent %s (-want +got):\n%s", frame, cmp.Diff(want, got))
	}
	for _, err := range s.faults {
		s.t.Errorf("got internal error %v, want none", err)
	}
	s.faults = nil
}

// setStage sets the stage of a session directly in the store.
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

// response returns the response to request "r".
func response(data string) string { return `{"type":"response","request_id":"r","data":` + data + `}` }

// refusal returns the response to request "r" with an error.
func refusal(code, text string) string {
	return response(`{"error":"` + text + `","code":"` + code + `"}`)
}

// broadcast returns the frame of a broadcast.
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

// TestCodes: each error code of the rules exists in the protocol, and a message declares it or
// every message has it.
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
			t.Errorf("%s: got %v, want a code of the protocol", code, err)
		}
		if !declared[string(code)] {
			t.Errorf("got no message that declares %s, want one", code)
		}
	}
}
