package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// wantOutdated sends a request whose expected_ field does not match. It must be refused and must
// not change the session.
func (m *market) wantOutdated(typ, fields, field, text string) {
	m.t.Helper()
	m.guards = append(m.guards, typ+" "+field)
	before := m.session()
	m.wantAnswer(typ, fields, `{"error":"`+text+`","code":"conflict","details":[{"path":"/`+field+`","message":"`+text+`"}]}`)
	if after := m.session(); dumpSession(after) != dumpSession(before) {
		m.t.Errorf("refused %s %s: got\n%s\nwant no change of\n%s", typ, fields, dumpSession(after), dumpSession(before))
	}
}

// TestOutdatedView: a request whose expected_ field does not match the state is a conflict, and the
// detail names the present value. (Once such requests were executed.)
func TestOutdatedView(t *testing.T) {
	t.Parallel()
	m := withOffers(t)
	m.change(func(s *game.Session) { s.Step = 3 })
	m.company(2, func(c *game.Company) {
		c.Credits = []game.Credit{{ID: 7, TotalToPay: 100, StepsTotal: 5}, {ID: 9, TotalToPay: 200, StepsTotal: 5}}
		c.Deposits = []game.Deposit{{ID: 4, CurrentBalance: 10, StepsTotal: 5}, {ID: 6, CurrentBalance: 20, StepsTotal: 5}}
	})
	buy := func(offer int, expected string) string {
		return fmt.Sprintf(`"offer_id":%d,"buyer_company_id":2,"quantity":1,%s`, offer, expected)
	}
	m.wantOutdated("update-session-stage", `"session_id":"A","stage":"Game","expected_step":2`, "expected_step",
		"The session is at step 3 in stage Game, not at step 2")
	m.wantOutdated("company-pay-credit", `"company_id":2,"credit_index":0,"credit_id":9,"amount":1`, "credit_id",
		"The credit 9 has the index 1 now, not 0")
	m.wantOutdated("company-withdraw-deposit", `"company_id":2,"deposit_index":0,"deposit_id":"6"`, "deposit_id",
		"The deposit 6 has the index 1 now, not 0")
	m.wantOutdated("update-company-improve", `"company_id":2,"improvement_type":"warehouse","expected_level":2`, "expected_level",
		"The warehouse of firm 2 has level 1, not 2")
	m.wantOutdated("buy-exchange-offer", buy(1, `"expected_price":99`), "expected_price", "One trade costs 100 in money")
	m.wantOutdated("buy-exchange-offer", buy(2, `"expected_barter_amount":4`), "expected_barter_amount", "One trade costs 5 of wood")
	m.wantOutdated("buy-exchange-offer", buy(1, `"expected_sell_amount_per_trade":3`), "expected_sell_amount_per_trade", "One trade sells 2 of stone")

	m.wantOutdated("update-session-stage", `"session_id":"A","stage":"Game","expected_step":3,"expected_stage":"ChangeTurn"`, "expected_stage",
		"The session is at step 3 in stage Game, not in stage ChangeTurn")
	m.wantOutdated("delete-session", `"session_id":"A","really":true,"expected_stage":"End"`, "expected_stage",
		"The session is at step 3 in stage Game, not in stage End")
	m.wantOutdated("update-user", `"user_id":2,"company_id":0,"expected_company_id":0`, "expected_company_id", "User 2 is in company 2, not in no company")
	m.wantOutdated("delete-user", `"user_id":2,"expected_company_id":"1"`, "expected_company_id", "User 2 is in company 2, not in company 1")
	const loan = `"company_id":1,"amount":1000,"period":5,`
	const noBalance = `"expected_balance":1`
	const balance = "The balance of firm 2 is 10000, not 1"
	m.wantOutdated("company-take-credit", `"company_id":2,"amount":1000,"period":5,`+noBalance, "expected_balance", balance)
	m.wantOutdated("company-take-credit", loan+`"expected_total_to_pay":1600`, "expected_total_to_pay", "1800 would have to be paid back, not 1600")
	m.wantOutdated("company-pay-credit", `"company_id":2,"credit_index":0,"amount":1,`+noBalance, "expected_balance", balance)
	m.wantOutdated("company-take-deposit", `"company_id":2,"amount":1000,"period":5,`+noBalance, "expected_balance", balance)
	m.wantOutdated("company-take-deposit", loan+`"expected_income_per_turn":80`, "expected_income_per_turn",
		"The deposit would earn 50 in each turn, not 80")
	m.wantOutdated("company-pay-taxes", `"company_id":2,"amount":1,`+noBalance, "expected_balance", balance)
	m.wantOutdated("notforgame-update-company-balance", `"company_id":2,"balance_change":1,`+noBalance, "expected_balance", balance)
	const quantity = "The warehouse of firm 1 has 4 of stone, not 0"
	m.wantOutdated("notforgame-update-company-items", `"company_id":1,"item_id":"stone","quantity_change":1,"expected_quantity":0`, "expected_quantity", quantity)
	m.wantOutdated("create-exchange-offer", `"company_id":1,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":1,"count_offers":1,"offer_type":"money","price":1,"expected_quantity":0`,
		"expected_quantity", quantity)
	m.wantOutdated("update-exchange-offer", `"offer_id":1,"price":5,"expected_price":99`, "expected_price", "One trade costs 100 in money")
	m.wantOutdated("update-exchange-offer", `"offer_id":2,"barter_amount":1,"expected_barter_amount":4`, "expected_barter_amount", "One trade costs 5 of wood")
	m.wantOutdated("update-exchange-offer", `"offer_id":1,"price":5,"expected_sell_amount_per_trade":3`, "expected_sell_amount_per_trade",
		"One trade sells 2 of stone")
	m.wantOutdated("buy-exchange-offer", buy(1, `"expected_count_offers":9`), "expected_count_offers", "The offer has 5 trades left, not 9")
	m.wantOutdated("company-complete-free-factories", `"company_id":1,"new_resource":"iron","count":1,"expected_factories":999`, "expected_factories",
		"10 factories match, not 999")
	m.wantOutdated("factory-recomplectation", `"factory_id":1,"new_complectation":"tools","expected_is_working":true`, "expected_is_working",
		"is_working of the factory is false, not true")
	m.checkAllGuards()

	m.wantRefusal("company-pay-credit", `"company_id":2,"credit_index":0,"credit_id":8,"amount":1`, "not_found", "Credit not found")
	m.wantRefusal("company-withdraw-deposit", `"company_id":2,"deposit_index":0,"deposit_id":8`, "not_found", "Deposit not found")
	m.mustDo("company-pay-credit", `"company_id":2,"credit_index":1,"credit_id":9,"amount":1`)
	m.mustDo("update-session-stage", `"session_id":"A","stage":"Game","expected_step":3`)
	m.mustDo("update-session-stage", `"session_id":"A","stage":"Game","expected_step":null`)
	if got := m.session().Step; got != 5 {
		t.Errorf("got step %d, want 5", got)
	}
}

// checkAllGuards fails the test unless every expected_ field of the protocol was tried.
func (m *market) checkAllGuards() {
	m.t.Helper()
	for _, message := range route.Messages() {
		for _, arg := range message.Args {
			guard := message.Type + " " + arg.Name
			if strings.HasPrefix(arg.Name, "expected_") && !slices.Contains(m.guards, guard) {
				m.t.Errorf("got no case for %s, want one", guard)
			}
		}
	}
}

// TestExpectedStep_race: 20 operators play the next turn of step 1 concurrently. One succeeds, the
// others get a conflict.
func TestExpectedStep_race(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 2)
	s.mustSend(frame("update-session-stage", `"session_id":"A","stage":"Game"`))
	frames := slices.Repeat([]string{frame("update-session-stage", `"session_id":"A","stage":"Game","expected_step":1`)}, 20)
	if ended := s.race(frames...); ended[""] != 1 || ended["conflict"] != 19 {
		t.Errorf("got %v, want 1 turn and 19 conflicts", ended)
	}
	g, err := s.store.Session(t.Context(), "A")
	if err != nil || g.Step != 2 {
		t.Errorf("got step %d, %v, want 2", g.Step, err)
	}
}

// TestTaxRate_isAFraction: tax_rate is a fraction, as clients of the original game expect. (Once
// they showed 60000 %.)
func TestTaxRate_isAFraction(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for business, want := range map[game.Business]string{game.BusinessSmall: "0.06", game.BusinessBig: "0.25"} {
		m.company(1, func(c *game.Company) { c.Business = business })
		if got := m.sendChecked(`{"type":"get-company","id":1,"request_id":"r"}`); !strings.Contains(got[0], `"tax_rate":`+want+`,`) {
			t.Errorf("%s: got %s, want tax_rate %s", business, got[0], want)
		}
	}
}
