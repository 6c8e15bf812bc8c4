package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// outdated sends a request whose field names a state that is no longer so, and finds the game as it was.
func (m *market) outdated(typ, fields, field, text string) {
	m.t.Helper()
	before := m.session()
	m.asks(typ, fields, `{"error":"`+text+`","code":"conflict","details":[{"path":"/`+field+`","message":"`+text+`"}]}`)
	if after := m.session(); show(after) != show(before) {
		m.t.Errorf("%s %s was refused, and changed\n%s\nto\n%s", typ, fields, show(before), show(after))
	}
}

// TestOutdatedView: a request that says what its sender has seen is a conflict if that is no longer so, and the detail names the present
// value. Each of these used to act on whatever was there.
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
	m.outdated("update-session-stage", `"session_id":"A","stage":"Game","expected_step":2`, "expected_step",
		"The session is at step 3 in stage Game, not at step 2")
	m.outdated("company-pay-credit", `"company_id":2,"credit_index":0,"credit_id":9,"amount":1`, "credit_id",
		"The credit 9 has the index 1 now, not 0")
	m.outdated("company-withdraw-deposit", `"company_id":2,"deposit_index":0,"deposit_id":"6"`, "deposit_id",
		"The deposit 6 has the index 1 now, not 0")
	m.outdated("update-company-improve", `"company_id":2,"improvement_type":"warehouse","expected_level":2`, "expected_level",
		"The warehouse of firm 2 has level 1, not 2")
	m.outdated("buy-exchange-offer", buy(1, `"expected_price":99`), "expected_price", "One trade costs 100 in money")
	m.outdated("buy-exchange-offer", buy(2, `"expected_barter_amount":4`), "expected_barter_amount", "One trade costs 5 of wood")
	m.outdated("buy-exchange-offer", buy(1, `"expected_sell_amount_per_trade":3`), "expected_sell_amount_per_trade", "One trade sells 2 of stone")

	m.refuses("company-pay-credit", `"company_id":2,"credit_index":0,"credit_id":8,"amount":1`, "not_found", "Credit not found")
	m.refuses("company-withdraw-deposit", `"company_id":2,"deposit_index":0,"deposit_id":8`, "not_found", "Deposit not found")
	m.do("company-pay-credit", `"company_id":2,"credit_index":1,"credit_id":9,"amount":1`)
	m.do("update-session-stage", `"session_id":"A","stage":"Game","expected_step":3`)
	m.do("update-session-stage", `"session_id":"A","stage":"Game","expected_step":null`)
	if got := m.session().Step; got != 5 {
		t.Errorf("got step %d, want 5", got)
	}
}

// TestExpectedStep_race: of 20 who play the next turn of step 1 at once, one does, and the others learn that the step is 2.
func TestExpectedStep_race(t *testing.T) {
	t.Parallel()
	s := merchants(t, 2)
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

// TestTaxRate_isAFraction: clients of the original game show a field of this name as a fraction, and showed 60000 %.
func TestTaxRate_isAFraction(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for business, want := range map[game.Business]string{game.BusinessSmall: "0.06", game.BusinessBig: "0.25"} {
		m.company(1, func(c *game.Company) { c.Business = business })
		if got := m.judged(`{"type":"get-company","id":1,"request_id":"r"}`); !strings.Contains(got[0], `"tax_rate":`+want+`,`) {
			t.Errorf("%s: got %s, want tax_rate %s", business, got[0], want)
		}
	}
}
