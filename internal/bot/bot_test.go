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

// world is a server with one company, as far as a bot without money, goods or debts asks about it. It is asked by one client, and
// looked at and changed while that one does not ask.
type world struct {
	silent string // type of request that is not answered
	prison bool
	auto   [3]bool // factories, by id - 1
}

// imprison is what prison does to a company, as far as the world goes.
func (w *world) imprison() { w.prison, w.auto = true, [3]bool{} }

// answer is what a request is answered with, as JSON.
func (w *world) answer(request []byte) (string, error) {
	var m struct {
		Type      string `json:"type"`
		FactoryID int    `json:"factory_id"`
		IsAuto    bool   `json:"is_auto"`
	}
	if err := json.Unmarshal(request, &m); err != nil {
		return "", err
	}
	switch m.Type {
	case w.silent:
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
	return "", fmt.Errorf("a request that this world does not know: %s", request)
}

func (w *world) company() string {
	none := wire.CellLevels{Station: wire.LevelLevel0, Factory: wire.LevelLevel0}
	c := wire.Company{
		ID: 7, Name: "Ann", SessionID: "A", OwnerID: 1, InPrison: w.prison, BusinessType: wire.BusinessTypeSmall, FactoriesCount: int64(len(w.auto)),
		Improvements: wire.Improvements{Warehouse: wire.LevelLevel1, Contracts: wire.LevelLevel1, Mountain: none, Forest: none, Water: none, Field: none},
	}
	return string(c.Append(nil))
}

// serve answers the requests of one connection until it ends.
func (w *world) serve(conn net.Conn) error {
	defer conn.Close()
	if _, err := ws.Upgrade(conn); err != nil {
		return err
	}
	for {
		request, err := wsutil.ReadClientText(conn)
		if err != nil {
			return nil // the client has left
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

// connect returns a client of w.
func connect(t *testing.T, w *world) *client.Client {
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

// TestBot_worksAfterPrison: prison takes the factories off automatic. A bot set them up once and never again, so that one that had
// been in prison made nothing for the rest of the game.
func TestBot_worksAfterPrison(t *testing.T) {
	t.Parallel()
	var w world
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
			t.Errorf("%s: automatic are %v", when, w.auto)
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

// TestBot_slowServer: no request had a limit of its own, so that a bot waited for a server that had come to a stop as long as it was let
// play at all. It ends with an error that says what it waited for, and is told from its own end.
func TestBot_slowServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := world{silent: "get-company"}
		var told error
		b := bot.New(bot.Options{
			Client: connect(t, &w), Session: "A", User: 1, Name: "Ann", Rules: &game.Ruleset{}, Now: time.Now, Timeout: 3 * time.Second,
			Observe: func(_ time.Duration, err error) { told = err },
		})
		if err := b.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := b.Play(t.Context())
		var slow *bot.SlowError
		if !errors.As(err, &slow) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "Ann: read the company: no answer within 3s" {
			t.Errorf("it ends with %v", err)
		}
		if took := time.Since(began); took != 3*time.Second || !errors.Is(told, slow) {
			t.Errorf("it ends after %s, having told of %v", took, told)
		}
		o := bot.MatchOptions{Operator: connect(t, &world{silent: "create-session"}), Session: "B", Rules: &game.Ruleset{}, Now: time.Now, Timeout: time.Second}
		if _, err := bot.NewMatch(t.Context(), o); !errors.As(err, &slow) || err.Error() != "make session B: no answer within 1s" {
			t.Errorf("who makes a session ends with %v", err)
		}
		slow = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Play(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) {
			t.Errorf("whoever lets it play has a limit of one second: %v", err)
		}
	})
}
