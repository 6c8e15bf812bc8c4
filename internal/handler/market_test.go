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

// market is a server with the session A in Game, after its first turn: the company 1 has 20 stone, the company 2 has 20 wood. The
// first stands on a mountain and has the factories 1 to 15, of which 1 to 5 are fitted for iron; the second stands nowhere. The
// session B has the company 3. Every frame is held to the contract.
type market struct {
	*server

	judge        *contracttest.Judge
	conversation *contracttest.Conversation
	seq          int      // of the newest broadcast of A
	guards       []string // fields that outdated has tried, each after its request's type
}

func newMarket(t *testing.T) *market {
	t.Helper()
	judge, err := newJudge()
	if err != nil {
		t.Fatal(err)
	}
	m := &market{server: newServer(t), judge: judge, conversation: judge.Connect()}
	m.do("create-session", `"session_id":"A"`)
	m.do("create-session", `"session_id":"B"`)
	for id, session := range map[string]string{"1": "A", "2": "A", "3": "B"} {
		m.do("create-user", `"user_id":`+id+`,"username":"user `+id+`","session_id":"`+session+`"`)
	}
	for _, id := range []string{"1", "2", "3"} {
		m.do("create-company", `"who_create":`+id+`,"name":"firm `+id+`"`)
	}
	m.change(func(s *game.Session) {
		s.Stage, s.Cells = game.StageCellSelect, slices.Repeat([]string{"mountain"}, 49)
	})
	m.do("set-company-position", `"company_id":1,"x":0,"y":0`)
	m.do("notforgame-update-company-items", `"company_id":1,"item_id":"stone","quantity_change":20`)
	m.do("notforgame-update-company-items", `"company_id":2,"item_id":"wood","quantity_change":20`)
	m.change(func(s *game.Session) { s.Stage, s.Step = game.StageGame, 1 })
	m.seq = int(m.session().LastSeq)
	return m
}

// do sends a request that changes something, which must work.
func (m *market) do(typ, fields string) {
	m.t.Helper()
	if got := m.judged(frame(typ, fields)); len(got) == 0 || strings.Contains(got[0], `"error"`) {
		m.t.Fatalf("%s %s: %v", typ, fields, got)
	}
}

// frame is a request with a password.
func frame(typ, fields string) string {
	return `{"type":"` + typ + `","request_id":"r","password":"secret",` + fields + `}`
}

// judged sends a frame, holds what comes back to the contract, and returns it.
func (m *market) judged(frame string) []string {
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

// told is a broadcast that is expected of session A.
type told struct{ typ, data string }

// asks sends a request, and expects an answer and broadcasts, to the letter.
func (m *market) asks(typ, fields, answer string, events ...told) {
	m.t.Helper()
	want := []string{response(answer)}
	for _, e := range events {
		m.seq++
		want = append(want, broadcast(e.typ, e.data, fmt.Sprint(m.seq), "A"))
	}
	got := m.judged(frame(typ, fields))
	if !slices.Equal(got, want) {
		m.t.Errorf("sent %s %s\n got %s\nwant %s", typ, fields, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	m.checkFaults()
}

// refuses sends a request that is refused with a code, and finds the game as it was.
func (m *market) refuses(typ, fields, code, text string) {
	m.t.Helper()
	before := m.session()
	m.asks(typ, fields, `{"error":"`+text+`","code":"`+code+`"}`)
	if after := m.session(); show(after) != show(before) {
		m.t.Errorf("%s %s was refused, and changed\n%s\nto\n%s", typ, fields, show(before), show(after))
	}
}

func (m *market) checkFaults() {
	m.t.Helper()
	for _, err := range m.faults {
		m.t.Errorf("fault: %v", err)
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

// show writes down all of a session.
func show(s *game.Session) string {
	text := fmt.Sprintf("%s %d %d %v %v", s.Stage, s.Step, s.LastSeq, s.Users, s.Offers)
	for _, c := range s.Companies {
		text += fmt.Sprintf("\n%+v", *c)
	}
	return text
}

// change changes session A as no request does.
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

// company changes a company of session A as no request does.
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
		t.Fatalf("no message is called %s", part)
	}
	return messages
}

func (f *faulty) Factories(context.Context, game.FactoryFilter) ([]game.FactoryView, error) {
	return nil, f.read
}

func (f *faulty) Offers(context.Context, game.OfferFilter) ([]game.OfferView, error) {
	return nil, f.read
}

func (f *faulty) SessionOfFactory(context.Context, int64) (string, error) { return "A", f.read }

func (f *faulty) SessionOfOffer(context.Context, int64) (string, error) { return "A", f.read }

// commandsOfIDs are requests about a factory or an offer, and what is not found when there is none.
var commandsOfIDs = []struct{ typ, fields, missing string }{
	{"factory-recomplectation", `"factory_id":1,"new_complectation":"iron"`, "Factory not found"},
	{"factory-set-produce", `"factory_id":1,"produce":true`, "Factory not found"},
	{"factory-set-auto", `"factory_id":1,"is_auto":true`, "Factory not found"},
	{"update-exchange-offer", `"offer_id":1,"price":1`, "Exchange offer not found"},
	{"cancel-exchange-offer", `"offer_id":1`, "Exchange offer not found"},
	{"buy-exchange-offer", `"offer_id":1,"buyer_company_id":2,"quantity":1`, "Exchange offer not found"},
}

// TestMarket_sessionDeletedMeanwhile: between looking a factory or an offer up and locking the session, the session goes. Who asked
// for a factory hears of the factory.
func TestMarket_sessionDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	s := withStore(t, &faulty{update: game.SessionNotFound()})
	for _, c := range commandsOfIDs {
		s.want(frame(c.typ, c.fields), refusal("not_found", c.missing))
	}
}

// TestMarket_faults: what goes wrong in the store, when looking or when changing, is told to the log and to nobody else.
func TestMarket_faults(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk I/O error")
	check := func(f *faulty, typ, fields string) {
		s := withStore(t, f)
		if got := s.send(frame(typ, fields)); len(got) != 1 || got[0] != refusal("internal", "Internal error") {
			t.Errorf("%s: got %v", typ, got)
		}
		if len(s.faults) != 1 || !errors.Is(s.faults[0], fault) {
			t.Errorf("%s: told of %v", typ, s.faults)
		}
	}
	for _, c := range commandsOfIDs {
		check(&faulty{read: fault}, c.typ, c.fields)
		check(&faulty{update: fault}, c.typ, c.fields)
	}
	check(&faulty{update: fault}, "create-exchange-offer", createMoney)
	check(&faulty{read: fault}, "get-factories", `"company_id":1`)
	check(&faulty{read: fault}, "get-factory", `"factory_id":1`)
	check(&faulty{read: fault}, "get-exchanges", `"company_id":1`)
	check(&faulty{read: fault}, "get-exchange", `"id":1`)
}
