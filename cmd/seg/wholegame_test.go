package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/contracttest"
	"seg.example/schema"
)

// match is a whole game over real sockets. Every frame in both directions is checked against the
// schema, and every broadcast against those that its request declares.
type match struct {
	*client

	judge        *contracttest.Judge
	conversation *contracttest.Conversation
	asked        map[string]bool // types of the successful requests
	told         map[string]int  // broadcasts, by type
	events       []reply         // of the newest request
	requests     int

	mountain, kit, big string // the raw material of mountains, the equipment of their factories, and a good of level 2
}

// resourceNames has the names that a ruleset uses for what this game needs.
var resourceNames = map[string][3]string{"classic": {"stone", "iron", "tools"}, "industrial": {"metal", "nails", "machine"}}

// TestWholeGame plays a game of two companies on each ruleset, from the creation of the session to
// its deletion: 15 turns, with every request of the protocol and every broadcast. The bank's
// amounts are calculated by hand.
func TestWholeGame(t *testing.T) {
	t.Parallel()
	for rules, names := range resourceNames {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			judge, err := contracttest.NewJudge(schema.FS)
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, append([]string{"--ruleset", rules}, noRateLimits...)...)
			m := &match{
				client: s.connect(t, "operator", ""), judge: judge, conversation: judge.Connect(), asked: map[string]bool{}, told: map[string]int{},
				mountain: names[0], kit: names[1], big: names[2],
			}
			m.status(s)
			m.found()
			w := m.watch(s)
			m.createCompanies()
			m.placeCompanies()
			m.firstTurn()
			m.trade()
			m.laterTurns()
			m.finish(w)
			for _, r := range route.Messages() {
				if !m.asked[r.Type] {
					t.Errorf("%s was never asked", r.Type)
				}
			}
			for _, b := range route.Broadcasts() {
				if m.told[b.Type] == 0 {
					t.Errorf("%s was never told", b.Type)
				}
			}
		})
	}
}

// observer is a client that follows the session and adds up what it receives.
type observer struct {
	all      sync.WaitGroup
	balances map[int64]int64
	last     reply
	events   int
}

// watch connects one. Its frames are checked against the schema, too.
func (m *match) watch(s *server) *observer {
	w := &observer{balances: map[int64]int64{}}
	c, conversation := s.connect(m.t, "watcher", "&session_id=G"), m.judge.Connect()
	first := c.receive()
	if err := conversation.Received([]byte(first.Raw)); err != nil || first.Type != "welcome" {
		m.t.Errorf("%v: %s", err, first.Raw)
	}
	w.all.Go(func() {
		c.listen(func(frame string) {
			if err := conversation.Received([]byte(frame)); err != nil {
				m.t.Error(err)
			}
			w.last = c.parse([]byte(frame))
			w.events++
			var change struct {
				CompanyID int64  `json:"company_id"`
				Balance   *int64 `json:"new_balance"`
			}
			if json.Unmarshal(w.last.Data, &change) == nil && change.Balance != nil {
				w.balances[change.CompanyID] = *change.Balance
			}
			if w.last.Type == "api-session_deleted" {
				c.conn.Close()
			}
		})
	})
	return w
}

// ask sends a request, which must succeed, and decodes its answer into a value; nil: ignore the
// answer.
func (m *match) ask(typ, fields string, answer any) {
	m.t.Helper()
	got := m.try(typ, fields)
	if got.Code != "" {
		m.t.Fatalf("%s %s: %s", typ, fields, got.Raw)
	}
	m.asked[typ] = true
	if answer == nil {
		return
	}
	if err := json.Unmarshal(got.Data, answer); err != nil {
		m.t.Fatalf("%s: %v", got.Raw, err)
	}
}

// try sends a request and returns its response, which comes before its broadcasts. A following ping
// is answered after them.
func (m *match) try(typ, fields string) (answer reply) {
	m.t.Helper()
	m.requests++
	if fields != "" {
		fields = "," + fields
	}
	for _, frame := range []string{
		fmt.Sprintf(`{"type":%q,"request_id":%d,"password":%q%s}`, typ, m.requests, password, fields),
		fmt.Sprintf(`{"type":"ping","request_id":"behind %d"}`, m.requests),
	} {
		m.conversation.Sent([]byte(frame))
		m.send(frame)
	}
	m.events = nil
	answered := false
	for {
		got := m.receive()
		if err := m.conversation.Received([]byte(got.Raw)); err != nil {
			m.t.Error(err)
		}
		switch {
		case string(got.RequestID) == fmt.Sprint(m.requests):
			answer, answered = got, true
		case string(got.RequestID) == fmt.Sprintf(`"behind %d"`, m.requests):
			return answer
		case strings.HasPrefix(got.Type, "api-"):
			if !answered {
				m.t.Errorf("%s came before the answer to %s", got.Raw, typ)
			}
			m.told[got.Type]++
			m.events = append(m.events, got)
			if err := m.judge.MayCause(typ, got.Type); err != nil {
				m.t.Error(err)
			}
		case got.Type != "pong":
			m.t.Errorf("got %s", got.Raw)
		}
	}
}

// want fails unless the newest request has caused a broadcast of this type whose data contains all
// parts.
func (m *match) want(typ string, parts ...string) {
	m.t.Helper()
	for _, e := range m.events {
		if e.Type == typ && !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(string(e.Data), part) }) {
			return
		}
	}
	m.t.Errorf("no %s with %q among %d events", typ, parts, len(m.events))
}

// status checks that the server lists all requests and broadcasts of the protocol.
func (m *match) status(s *server) {
	m.t.Helper()
	var page struct {
		Requests   []struct{ Type string }              `json:"supported_message_types"`
		Broadcasts []struct{ Type, Description string } `json:"broadcast_types"`
	}
	_, body := get(m.t, "http://"+s.addr+"/ws/status")
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		m.t.Fatalf("/ws/status is not as expected: %v", err)
	}
	if have, want := len(page.Requests), len(route.Messages()); have != want {
		m.t.Errorf("/ws/status lists %d requests, and %d are served", have, want)
	}
	if have, want := len(page.Broadcasts), len(route.Broadcasts()); have != want {
		m.t.Errorf("/ws/status lists %d broadcasts, and %d are sent", have, want)
	}
}

// found creates the session.
func (m *match) found() {
	m.ask("ping", `"content":"Hello"`, nil)
	m.ask("create-session", `"session_id":"G"`, nil)
	m.ask("get-sessions", `"stage":"FreeUserConnect"`, nil)
	m.ask("get-session", `"session_id":"G"`, nil)
}

// createCompanies creates users and companies: Alpha of 1 and 3 is company 1, Beta of 2 is company 2.
func (m *match) createCompanies() {
	for i, name := range []string{"Ann", "Bob", "Cid", "Dan", "Eve"} {
		m.ask("create-user", fmt.Sprintf(`"user_id":%d,"username":%q,"session_id":"G"`, i+1, name), nil)
	}
	m.ask("get-users", `"session_id":"G"`, nil)
	var made struct {
		Company struct {
			SecretCode int64 `json:"secret_code"`
		}
	}
	m.ask("create-company", `"name":"Gamma","who_create":4`, nil)
	m.ask("create-company", `"name":"Beta","who_create":2`, nil)
	m.ask("create-company", `"name":"Alpha","who_create":1`, &made)
	m.ask("update-company-add-user", fmt.Sprintf(`"user_id":3,"secret_code":%d`, made.Company.SecretCode), nil)
	m.ask("update-company-left-user", `"user_id":3,"company_id":3`, nil)
	m.ask("update-user", `"user_id":3,"username":"Sid","company_id":3`, nil)
	m.want("api-user_added_to_company", `"company_id":3`)
	m.ask("delete-company", `"company_id":1`, nil)
	m.want("api-user_left_company", `"user_id":4`)
	m.ask("delete-user", `"user_id":5,"expected_company_id":0`, nil)
	m.ask("get-user", `"username":"Sid"`, nil)
	m.ask("notforgame-update-company-name", `"company_id":2,"new_name":"Beta Ltd"`, nil)
	m.ask("get-companies", `"session_id":"G"`, nil)
	m.ask("get-company", `"name":"Beta Ltd"`, nil)
}

// placeCompanies sets the map, and puts Alpha on a mountain and Beta into a forest.
func (m *match) placeCompanies() {
	m.ask("update-session-stage", `"session_id":"G","stage":"CellSelect"`, nil)
	var left struct {
		Seconds int64  `json:"time_to_next_stage"`
		Stage   string `json:"stage_now"`
	}
	m.ask("get-session-time-to-next-stage", `"session_id":"G"`, &left)
	if left.Stage != "CellSelect" || left.Seconds < 100 || left.Seconds > 120 {
		m.t.Errorf("%+v", left)
	}
	// Beta picks first, so that it does not take Alpha's cell.
	m.pick(2, "forest")
	m.pick(3, "mountain")
	m.ask("notforgame-update-company-balance", `"company_id":3,"balance_change":200000`, nil)
	m.ask("notforgame-update-company-balance", `"company_id":2,"balance_change":10000`, nil)
	m.ask("update-company-improve", `"company_id":3,"improvement_type":"warehouse","expected_level":1`, nil)
	m.ask("update-company-improve", `"company_id":3,"improvement_type":"mountain.factory"`, nil)
	if n := len(m.events); n < 2 || m.told["api-factory-create"] < 15+15+15 {
		m.t.Errorf("%d events, %d factories in all", n, m.told["api-factory-create"])
	}
	m.ask("get-company-improvement-info", `"company_id":3`, nil)
}

// pick puts a company on cells until it is on one of the type.
func (m *match) pick(company int, cellType string) {
	var free struct {
		Cells []string `json:"free_cells"`
	}
	m.ask("get-sessions-free-cells", `"session_id":"G"`, &free)
	found, factories := false, 0
	for _, cell := range free.Cells {
		x, y, _ := strings.Cut(cell, ":")
		m.ask("set-company-position", fmt.Sprintf(`"company_id":%d,"x":%s,"y":%s`, company, x, y), nil)
		created, deleted := 0, 0
		for _, e := range m.events {
			switch e.Type {
			case "api-factory-create":
				created++
			case "api-factory-delete":
				deleted++
			}
		}
		if deleted != factories {
			m.t.Errorf("%d factories were deleted, of %d", deleted, factories)
		}
		factories = created
		var info struct{ Type string }
		m.ask("get-company-cell-info", fmt.Sprintf(`"company_id":%d`, company), &info)
		if found && info.Type == cellType {
			return
		}
		found = found || info.Type == cellType // the second such cell, so that every company picks again
	}
	m.t.Fatalf("no two cells of type %s", cellType)
}

// firstTurn starts the game. Both owe tax, 6 % of what they were given: Alpha 12000, Beta 600.
func (m *match) firstTurn() {
	m.turn(1)
	m.ask("company-pay-taxes", `"company_id":3,"amount":2000`, nil)
	m.want("api-company_tax_paid", `"amount":2000`, `"remaining":10000`)
	m.ask("company-pay-taxes", `"company_id":3,"amount":99999`, nil)
	m.want("api-company_tax_paid", `"amount":10000`, `"remaining":0`)
	m.want("api-company_reputation_changed", `"old_reputation":20`, `"new_reputation":21`) // tax paid: + 1
	var credit struct {
		Total int64 `json:"total_to_pay"`
	}
	m.ask("company-take-credit", `"company_id":3,"amount":5000,"period":4,"expected_total_to_pay":8000`, &credit)
	if credit.Total != 8000 { // 5000 + 5000 · 20 % · (4 - 1)
		m.t.Errorf("total %d", credit.Total)
	}
	m.ask("company-pay-credit", `"company_id":3,"credit_index":0,"amount":500`, nil)
	m.want("api-company_credit_paid", `"amount":500`, `"remaining":7500`)
	var deposit struct {
		Income int64 `json:"income_per_turn"`
		From   int64 `json:"can_withdraw_from"`
	}
	m.ask("company-take-deposit", `"company_id":3,"amount":2000,"period":14`, &deposit)
	if deposit.Income != 100 || deposit.From != 4 { // 2000 · 5 %; step 1 + 3
		m.t.Errorf("%+v", deposit)
	}
	// Beta owes 1000 + 1000 · 20 % · (2 - 1) = 1200, and has deposited 1000.
	m.ask("company-take-credit", `"company_id":2,"amount":1000,"period":2,"expected_balance":20000`, nil)
	m.ask("company-take-deposit", `"company_id":2,"amount":1000,"period":10`, nil)
	m.factories()
}

// factories sets up Alpha's factories. It got 15 with its cell, 5 of them fitted, and 15 with the
// level.
func (m *match) factories() {
	var list struct {
		Factories []struct {
			ID   int64
			Auto bool `json:"is_auto"`
		}
	}
	m.ask("get-factories", `"company_id":3,"complectation":"`+m.kit+`"`, &list)
	if len(list.Factories) != 5 {
		m.t.Fatalf("%d factories are fitted for %s", len(list.Factories), m.kit)
	}
	m.ask("factory-set-auto", fmt.Sprintf(`"factory_id":%d,"is_auto":true`, list.Factories[0].ID), nil)
	m.ask("factory-set-produce", fmt.Sprintf(`"factory_id":%d,"produce":true`, list.Factories[1].ID), nil)
	m.ask("get-factory", fmt.Sprintf(`"factory_id":%d`, list.Factories[0].ID), nil)
	m.ask("factory-recomplectation", fmt.Sprintf(`"factory_id":%d,"new_complectation":%q,"expected_is_working":false`, list.Factories[2].ID, m.big), nil)
	m.ask("company-complete-free-factories", `"company_id":3,"new_resource":"`+m.kit+`","count":2`, nil)
	if n := len(m.events); n != 2 {
		m.t.Errorf("%d factories are being refitted, of 2", n)
	}
	m.ask("notforgame-update-company-items", `"company_id":3,"item_id":"`+m.mountain+`","quantity_change":6`, nil)
}

// trade sells 6 units of Alpha's for money, and barters one. Beta's last offer stays on the
// exchange.
func (m *match) trade() {
	var made struct{ Offer struct{ ID int64 } }
	m.ask("create-exchange-offer", `"company_id":3,"session_id":"G","sell_resource":"`+m.mountain+`","sell_amount_per_trade":2,"count_offers":3,"offer_type":"money","price":100`, &made)
	offer := fmt.Sprintf(`"offer_id":%d`, made.Offer.ID)
	m.ask("update-exchange-offer", offer+`,"price":110`, nil)
	m.ask("get-exchange", strings.Replace(offer, "offer_id", "id", 1), nil)
	m.ask("get-exchanges", `"session_id":"G","offer_type":"money"`, nil)
	m.ask("buy-exchange-offer", offer+`,"buyer_company_id":2,"quantity":1,"expected_price":110`, nil)
	m.want("api-exchange_trade_completed", `"price":110`, `"remaining_stock":4`)
	m.ask("buy-exchange-offer", offer+`,"buyer_company_id":2,"quantity":2`, nil)
	m.want("api-exchange_offer_deleted", fmt.Sprint(made.Offer.ID))
	m.want("api-company_resource_added", `"company_id":2`, `"amount":4`)

	const wood = `"company_id":2,"session_id":"G","sell_resource":"wood",`
	m.ask("create-exchange-offer", wood+`"sell_amount_per_trade":1,"count_offers":3,"offer_type":"barter","barter_resource":"`+m.mountain+`","barter_amount":1`, &made)
	offer = fmt.Sprintf(`"offer_id":%d`, made.Offer.ID)
	m.ask("buy-exchange-offer", offer+`,"buyer_company_id":3,"quantity":1,"expected_count_offers":3,"expected_barter_amount":1`, nil)
	m.ask("cancel-exchange-offer", offer, nil)
	m.want("api-company_resource_added", `"company_id":2`, `"resource":"wood"`, `"amount":2`)
	m.ask("create-exchange-offer", wood+`"sell_amount_per_trade":2,"count_offers":1,"offer_type":"money","price":5`, nil)
}

// turn plays a turn and checks its step.
func (m *match) turn(step int) {
	m.t.Helper()
	next := fmt.Sprintf(`"session_id":"G","stage":"Game","add_shedule":false,"expected_step":%d`, step-1)
	m.ask("update-session-stage", next, nil)
	m.want("api-update_session_stage", `"new_stage":"Game"`, fmt.Sprintf(`"step":%d`, step))
	if last := m.events[len(m.events)-1]; last.Type != "api-update_session_stage" {
		m.t.Errorf("%s is told last", last.Raw)
	}
	told := m.events
	if got := m.try("update-session-stage", next); got.Code != "conflict" || len(m.events) > 0 {
		m.t.Errorf("a second click on the next turn: %s, told %v", got.Raw, m.events)
	}
	m.events = told
}

// laterTurns plays the turns 2 to 15.
func (m *match) laterTurns() {
	// Alpha's credit payments after the turns 2 to 5: (8000 - 0 - 500) / 4 = 1875, + (8000 - 1875 -
	// 500) / 3 = 1875, and so on.
	due := map[int]int64{2: 1875, 3: 3750, 4: 5625, 5: 7500}
	for step := 2; step <= 15; step++ {
		m.turn(step)
		switch step {
		case 2: // an unfitted factory was refitted in one turn
			m.want("api-factory-end-complectation", `"company_id":3`)
			m.want("api-factory-end-production", `"company_id":3`)
		case 5:
			// Beta had a reputation of 20: - 5 for late tax in the turns 2 and 3, - 6 in 4 and 5,
			// where the credit was late too, but not below 0. It goes to prison until 4 + 8, and
			// its debts are paid from its balance.
			m.want("api-company_to_prison", `"company_id":2`, `"end_step":12`)
			m.want("api-company_tax_paid", `"company_id":2`, `"amount":600`, `"remaining":0`)
			m.want("api-company_credit_paid", `"company_id":2`, `"amount":1200`, `"remaining":0`)
			m.want("api-exchange_offer_cancelled", `"company_id":2`)
		case 12:
			m.want("api-company_left_prison", `"company_id":2`)
		}
		companies := m.companies()
		if want, asked := due[step]; asked && companies[3].Credits[0].NeedPay != want {
			m.t.Errorf("step %d: %d is due of the credit, want %d", step, companies[3].Credits[0].NeedPay, want)
		}
		if in := companies[2].InPrison; in != (step >= 5 && step < 12) {
			m.t.Errorf("step %d: Beta in prison: %t", step, in)
		}
		m.actAfterTurn(step)
	}
}

// actAfterTurn is what Alpha does after a turn.
func (m *match) actAfterTurn(step int) {
	switch step {
	case 2: // 330 · 6 % = 19.8 of tax, rounded down
		m.ask("company-pay-taxes", `"company_id":3,"amount":20`, nil)
		m.want("api-company_tax_paid", `"amount":19`, `"remaining":0`)
	case 4:
		m.ask("company-withdraw-deposit", `"company_id":3,"deposit_index":0`, nil)
		m.want("api-company_deposit_withdrawn", `"amount":2300`) // 2000 + 3 · 100
	case 5:
		m.ask("company-pay-credit", `"company_id":3,"credit_index":0,"amount":7500`, nil)
		m.want("api-company_credit_removed", `"credit_index":0`)
		m.want("api-company_reputation_changed", `"change":20`)
	}
}

// account has the fields of a company that these tests need.
type account struct {
	ID, Balance, Reputation int64
	InPrison                bool `json:"in_prison"`
	Credits                 []struct {
		NeedPay int64 `json:"need_pay"`
	}
}

func (m *match) companies() map[int64]account {
	var list []account
	m.ask("get-companies", `"session_id":"G"`, &list)
	byID := map[int64]account{}
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID
}

// finish ends the game, after which nothing more happens in it, and deletes it.
func (m *match) finish(w *observer) {
	m.ask("update-session-stage", `"session_id":"G","stage":"Game"`, nil)
	m.want("api-update_session_stage", `"new_stage":"End"`, `"step":15`)
	m.want("api-game_ended", `"name":"Alpha"`)
	if got := m.try("update-company-improve", `"company_id":3,"improvement_type":"warehouse"`); got.Code != "wrong_stage" {
		m.t.Errorf("at the end: %s", got.Raw)
	}
	companies := m.companies()
	var session struct {
		Seq int64 `json:"last_seq"`
	}
	m.ask("get-session", `"session_id":"G"`, &session)
	m.ask("delete-session", `"session_id":"G","really":true`, nil)
	w.all.Wait()
	if int64(w.events) != session.Seq+1 || w.last.Seq != session.Seq+1 {
		m.t.Errorf("the watcher has heard %d events, the last %s; there are %d", w.events, w.last.Raw, session.Seq+1)
	}
	for id, c := range companies {
		if w.balances[id] != c.Balance {
			m.t.Errorf("company %d: the watcher got the balance %d, want %d", id, w.balances[id], c.Balance)
		}
	}
	m.t.Logf("%d requests, %d events of %d types", m.requests, w.events, len(m.told))
}
