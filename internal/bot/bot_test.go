package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/bot"
	"seg.example/internal/game"
)

// fakeServer answers the requests of one bot that has no money, goods or debts. Tests access its fields
// only while no request is running.
type fakeServer struct {
	unanswered string // type of request that gets no answer
	prison     bool
	auto       [3]bool // is_auto of the factories, by id - 1
}

// imprison puts the company in prison, which switches its factories to manual.
func (w *fakeServer) imprison() { w.prison, w.auto = true, [3]bool{} }

// answer returns the answer to a request, as JSON.
func (w *fakeServer) answer(request []byte) (string, error) {
	var m struct {
		Type      string `json:"type"`
		FactoryID int    `json:"factory_id"`
		IsAuto    bool   `json:"is_auto"`
	}
	if err := json.Unmarshal(request, &m); err != nil {
		return "", err
	}
	switch m.Type {
	case w.unanswered:
		return "", nil
	case "create-user":
		return `{"session_id":"A","user":{"id":1,"username":"Ann","company_id":0,"session_id":"A"}}`, nil
	case "create-company":
		return `{"session_id":"A","company":` + w.company() + `}`, nil
	case "get-company":
		return w.company(), nil
	case "get-factories":
		list := wire.FactoryList{}
		for i, auto := range w.auto {
			if auto == m.IsAuto {
				list = append(list, wire.Factory{ID: int64(i) + 1, CompanyID: 7, IsAuto: auto, Progress: wire.FactoryProgress{0, 0}})
			}
		}
		return string((&wire.GetFactoriesAnswer{Factories: list}).Append(nil)), nil
	case "factory-set-auto":
		w.auto[m.FactoryID-1] = m.IsAuto
		return `{"success":true}`, nil
	case "get-exchanges":
		return `[]`, nil
	case "get-company-improvement-info":
		return `{}`, nil
	}
	return "", fmt.Errorf("unexpected request: %s", request)
}

func (w *fakeServer) company() string {
	none := wire.CellLevels{Station: wire.LevelLevel0, Factory: wire.LevelLevel0}
	c := wire.Company{
		ID: 7, Name: "Ann", SessionID: "A", OwnerID: 1, InPrison: w.prison, BusinessType: wire.BusinessTypeSmall, FactoriesCount: int64(len(w.auto)),
		Improvements: wire.Improvements{Warehouse: wire.LevelLevel1, Contracts: wire.LevelLevel1, Mountain: none, Forest: none, Water: none, Field: none},
	}
	return string(c.Append(nil))
}

// serve answers the requests of one connection until it ends.
func (w *fakeServer) serve(conn net.Conn) error {
	defer conn.Close()
	if _, err := ws.Upgrade(conn); err != nil {
		return err
	}
	for {
		request, err := wsutil.ReadClientText(conn)
		if err != nil {
			return nil // the client has disconnected
		}
		var id struct {
			RequestID json.RawMessage `json:"request_id"`
		}
		if err := json.Unmarshal(request, &id); err != nil {
			return err
		}
		answer, err := w.answer(request)
		if err != nil {
			return err
		}
		if answer == "" {
			continue
		}
		if err := wsutil.WriteServerText(conn, []byte(`{"type":"response","request_id":`+string(id.RequestID)+`,"data":`+answer+`}`)); err != nil {
			return err
		}
	}
}

// connect returns a client that is connected to w.
func connect(t *testing.T, w *fakeServer) *client.Client {
	t.Helper()
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- w.serve(there) }()
	t.Cleanup(func() {
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(t.Context(), "ws://pipe/ws/connect", client.Options{
		Password: "secret", NetDial: func(context.Context, string, string) (net.Conn, error) { return here, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestBot_worksAfterPrison: prison switches the factories to manual, and the bot sets them up again.
// (Once it did so only at the start, and after prison made nothing for the rest of the game.)
func TestBot_worksAfterPrison(t *testing.T) {
	t.Parallel()
	var w fakeServer
	b := bot.New(bot.Options{Client: connect(t, &w), Session: "A", User: 1, Name: "Ann", Rules: &game.Ruleset{}, Now: time.Now})
	if err := b.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	play := func(when string) {
		t.Helper()
		if err := b.Play(t.Context()); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if w.auto != [3]bool{true, true, true} {
			t.Errorf("%s: got automatic factories %v, want all", when, w.auto)
		}
	}
	play("at first")
	w.imprison()
	play("in prison")
	w.prison = false
	play("afterwards")
	w.imprison()
	play("in prison again")
}

// TestBot_slowServer: a request that is not answered within Timeout fails with a *SlowError that names
// it. The end of the caller's context is another error. (Once requests had no limit of their own.)
func TestBot_slowServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := fakeServer{unanswered: "get-company"}
		var observed error
		b := bot.New(bot.Options{
			Client: connect(t, &w), Session: "A", User: 1, Name: "Ann", Rules: &game.Ruleset{}, Now: time.Now, Timeout: 3 * time.Second,
			Observe: func(_ time.Duration, err error) { observed = err },
		})
		if err := b.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := b.Play(t.Context())
		var slow *bot.SlowError
		if !errors.As(err, &slow) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "Ann: read the company: no answer within 3s" {
			t.Errorf("got %v, want a SlowError about the company", err)
		}
		if took := time.Since(began); took != 3*time.Second || !errors.Is(observed, slow) {
			t.Errorf("got the error after %s and observed %v, want 3s and the same error", took, observed)
		}
		o := bot.MatchOptions{Operator: connect(t, &fakeServer{unanswered: "create-session"}), Session: "B", Rules: &game.Ruleset{}, Now: time.Now, Timeout: time.Second}
		if _, err := bot.NewMatch(t.Context(), o); !errors.As(err, &slow) || err.Error() != "create session B: no answer within 1s" {
			t.Errorf("NewMatch: got %v, want a SlowError about session B", err)
		}
		slow = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Play(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) {
			t.Errorf("with a deadline of the caller: got %v, want DeadlineExceeded but no SlowError", err)
		}
	})
}
