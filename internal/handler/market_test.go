package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/contracttest"
	"seg.example/internal/game"
	"seg.example/schema"
)

var newJudge = sync.OnceValues(func() (*contracttest.Judge, error) { return contracttest.NewJudge(schema.FS) })

// market is a server with two sessions. Session A is in Game after its first turn. Company 1 has 20
// stone, stands on a mountain and has the factories 1 to 15; 1 to 5 are fitted for iron. Company 2
// has 20 wood and no cell. Company 3 is in session B. Every frame is checked against the contract.
type market struct {
	*server

	judge        *contracttest.Judge
	conversation *contracttest.Conversation
	seq          int      // seq of the newest broadcast of A
	guards       []string // "type field" of each expected_ field that wantOutdated has tried
}

func newMarket(t *testing.T) *market {
	t.Helper()
	judge, err := newJudge()
	if err != nil {
		t.Fatal(err)
	}
	m := &market{server: newServer(t), judge: judge, conversation: judge.Connect()}
	m.mustDo("create-session", `"session_id":"A"`)
	m.mustDo("create-session", `"session_id":"B"`)
	for id, session := range map[string]string{"1": "A", "2": "A", "3": "B"} {
		m.mustDo("create-user", `"user_id":`+id+`,"username":"user `+id+`","session_id":"`+session+`"`)
	}
	for _, id := range []string{"1", "2", "3"} {
		m.mustDo("create-company", `"who_create":`+id+`,"name":"firm `+id+`"`)
	}
	m.change(func(s *game.Session) {
		s.Stage, s.Cells = game.StageCellSelect, slices.Repeat([]string{"mountain"}, 49)
	})
	m.mustDo("set-company-position", `"company_id":1,"x":0,"y":0`)
	m.mustDo("notforgame-update-company-items", `"company_id":1,"item_id":"stone","quantity_change":20`)
	m.mustDo("notforgame-update-company-items", `"company_id":2,"item_id":"wood","quantity_change":20`)
	m.change(func(s *game.Session) { s.Stage, s.Step = game.StageGame, 1 })
	m.seq = int(m.session().LastSeq)
	return m
}

// mustDo sends a command that must succeed.
func (m *market) mustDo(typ, fields string) {
	m.t.Helper()
	if got := m.sendChecked(frame(typ, fields)); len(got) == 0 || strings.Contains(got[0], `"error"`) {
		m.t.Fatalf("%s %s: got %v, want success", typ, fields, got)
	}
}

// frame returns a request with the password.
func frame(typ, fields string) string {
	return `{"type":"` + typ + `","request_id":"r","password":"secret",` + fields + `}`
}

// sendChecked sends a frame, checks the received frames against the contract, and returns them.
func (m *market) sendChecked(frame string) []string {
	m.t.Helper()
	var request struct{ Type string }
	if err := json.Unmarshal([]byte(frame), &request); err != nil {
		m.t.Fatal(err)
	}
	m.conversation.Sent([]byte(frame))
	got := m.send(frame)
	for _, f := range got {
		if err := m.conversation.Received([]byte(f)); err != nil {
			m.t.Error(err)
		}
		var sent struct{ Type string }
		if err := json.Unmarshal([]byte(f), &sent); err != nil {
			m.t.Fatal(err)
		}
		if sent.Type != "response" {
			if err := m.judge.MayCause(request.Type, sent.Type); err != nil {
				m.t.Error(err)
			}
		}
	}
	return got
}

// event is an expected broadcast of session A.
type event struct{ typ, data string }

// wantAnswer sends a request and compares the answer and the broadcasts byte by byte.
func (m *market) wantAnswer(typ, fields, answer string, events ...event) {
	m.t.Helper()
	want := []string{response(answer)}
	for _, e := range events {
		m.seq++
		want = append(want, broadcast(e.typ, e.data, fmt.Sprint(m.seq), "A"))
	}
	got := m.sendChecked(frame(typ, fields))
	if !slices.Equal(got, want) {
		m.t.Errorf("sent %s %s\n got %s\nwant %s", typ, fields, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	m.checkFaults()
}

// wantRefusal sends a request that must be refused and must not change the session.
func (m *market) wantRefusal(typ, fields, code, text string) {
	m.t.Helper()
	before := m.session()
	m.wantAnswer(typ, fields, `{"error":"`+text+`","code":"`+code+`"}`)
	if after := m.session(); dumpSession(after) != dumpSession(before) {
		m.t.Errorf("refused %s %s: got\n%s\nwant no change of\n%s", typ, fields, dumpSession(after), dumpSession(before))
	}
}

func (m *market) checkFaults() {
	m.t.Helper()
	for _, err := range m.faults {
		m.t.Errorf("got internal error %v, want none", err)
	}
	m.faults = nil
}

// session reads session A.
func (m *market) session() *game.Session {
	m.t.Helper()
	s, err := m.store.Session(m.t.Context(), "A")
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// dumpSession returns the complete state of a session as text.
func dumpSession(s *game.Session) string {
	text := fmt.Sprintf("%s %d %d %v %v", s.Stage, s.Step, s.LastSeq, s.Users, s.Offers)
	for _, c := range s.Companies {
		text += fmt.Sprintf("\n%+v", *c)
	}
	return text
}

// change changes session A directly in the store.
func (m *market) change(apply func(*game.Session)) {
	m.t.Helper()
	err := m.store.Update(m.t.Context(), game.Command{Session: "A"}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
		apply(s)
		return game.Outcome{}, nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// company changes a company of session A directly in the store.
func (m *market) company(id int64, apply func(*game.Company)) {
	m.t.Helper()
	m.change(func(s *game.Session) {
		for i, c := range s.Companies {
			if c.ID == id {
				changed := *c
				changed.Factories = slices.Clone(c.Factories)
				apply(&changed)
				s.Companies[i] = &changed
			}
		}
	})
}

// served returns the messages whose types contain part.
func served(t *testing.T, part string) (messages []*route.Message) {
	t.Helper()
	for _, m := range route.Messages() {
		if strings.Contains(m.Type, part) {
			messages = append(messages, m)
		}
	}
	if len(messages) == 0 {
		t.Fatalf("got no message with %s in its type, want some", part)
	}
	return messages
}

func (f *failingStore) Factories(context.Context, game.FactoryFilter) ([]game.FactoryView, error) {
	return nil, f.read
}

func (f *failingStore) Offers(context.Context, game.OfferFilter) ([]game.OfferView, error) {
	return nil, f.read
}

func (f *failingStore) SessionOfFactory(context.Context, int64) (string, error) { return "A", f.read }

func (f *failingStore) SessionOfOffer(context.Context, int64) (string, error) { return "A", f.read }

// idCommands are requests with the id of a factory or an offer, and the error if it does not exist.
var idCommands = []struct{ typ, fields, missing string }{
	{"factory-recomplectation", `"factory_id":1,"new_complectation":"iron"`, "Factory not found"},
	{"factory-set-produce", `"factory_id":1,"produce":true`, "Factory not found"},
	{"factory-set-auto", `"factory_id":1,"is_auto":true`, "Factory not found"},
	{"update-exchange-offer", `"offer_id":1,"price":1`, "Exchange offer not found"},
	{"cancel-exchange-offer", `"offer_id":1`, "Exchange offer not found"},
	{"buy-exchange-offer", `"offer_id":1,"buyer_company_id":2,"quantity":1`, "Exchange offer not found"},
}

// TestMarket_sessionDeletedMeanwhile: the session is deleted after the factory or offer was found
// and before the session is locked. The error is about the factory or offer.
func TestMarket_sessionDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	s := withStore(t, &failingStore{update: game.SessionNotFound()})
	for _, c := range idCommands {
		s.want(frame(c.typ, c.fields), refusal("not_found", c.missing))
	}
}

// TestMarket_faults: the client gets no details of an error of the store.
func TestMarket_faults(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk I/O error")
	check := func(f *failingStore, typ, fields string) {
		s := withStore(t, f)
		if got := s.send(frame(typ, fields)); len(got) != 1 || got[0] != refusal("internal", "Internal error") {
			t.Errorf("%s: got %v, want an internal error", typ, got)
		}
		if len(s.faults) != 1 || !errors.Is(s.faults[0], fault) {
			t.Errorf("%s: got internal errors %v, want %v", typ, s.faults, fault)
		}
	}
	for _, c := range idCommands {
		check(&failingStore{read: fault}, c.typ, c.fields)
		check(&failingStore{update: fault}, c.typ, c.fields)
	}
	check(&failingStore{update: fault}, "create-exchange-offer", createMoney)
	check(&failingStore{read: fault}, "get-factories", `"company_id":1`)
	check(&failingStore{read: fault}, "get-factory", `"factory_id":1`)
	check(&failingStore{read: fault}, "get-exchanges", `"company_id":1`)
	check(&failingStore{read: fault}, "get-exchange", `"id":1`)
}
