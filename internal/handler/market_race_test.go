package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// serverWithCompanies returns a server whose session A has the companies 1 to n of the users 1 to
// n, each with 10000.
func serverWithCompanies(t *testing.T, n int) *server {
	t.Helper()
	s := serverWithUsers(t, n)
	for i := range n {
		s.mustSend(frame("create-company", fmt.Sprintf(`"name":"firm %d","who_create":%d`, i+1, i+1)))
	}
	return s
}

// mustSend sends a request that must succeed.
func (s *server) mustSend(frame string) {
	s.t.Helper()
	if got := s.send(frame); len(got) == 0 || strings.Contains(got[0], `"error"`) {
		s.t.Fatalf("sent %s: got %v, want success", frame, got)
	}
}

// holdings returns the money and the units of a resource of all companies of session A, as sums and
// for each company.
func (s *server) holdings(resource string) (money, units int64, each map[int64][2]int64) {
	s.t.Helper()
	g, err := s.store.Session(s.t.Context(), "A")
	if err != nil {
		s.t.Fatal(err)
	}
	each = map[int64][2]int64{}
	for _, c := range g.Companies {
		n := c.Goods.Amount(resource)
		money, units = money+c.Balance, units+n
		each[c.ID] = [2]int64{c.Balance, n}
		if c.Balance < 0 || c.Goods.Total() > g.Capacity(c) {
			s.t.Errorf("company %d: got balance %d and goods %v, want neither debts nor an overfull warehouse", c.ID, c.Balance, c.Goods)
		}
	}
	for _, o := range g.Offers {
		if o.Resource == resource {
			units += o.Stock()
		}
	}
	return money, units, each
}

// TestBuyExchangeOffer_manyBuyers: 20 companies try 100 purchases concurrently from an offer with
// 10 trades. 10 succeed, the others are refused. No money or goods are created or lost.
func TestBuyExchangeOffer_manyBuyers(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 21)
	s.mustSend(frame("notforgame-update-company-items", `"company_id":21,"item_id":"stone","quantity_change":20`))
	s.mustSend(frame("create-exchange-offer", `"company_id":21,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":2,"count_offers":10,"offer_type":"money","price":7`))
	var frames []string
	for i := range 100 {
		frames = append(frames, frame("buy-exchange-offer", fmt.Sprintf(`"offer_id":1,"buyer_company_id":%d,"quantity":1`, i%20+1)))
	}
	if ended := s.race(frames...); ended[""] != 10 || ended["insufficient_resources"]+ended["not_found"] != 90 {
		t.Errorf("got %v, want 10 successes and 90 refusals", ended)
	}
	money, units, each := s.holdings("stone")
	if money != 21*10_000 || units != 20 || each[21] != [2]int64{10_000 + 10*7, 0} {
		t.Errorf("got %d money, %d stone, seller %v, want 210000, 20 and [10070 0]", money, units, each[21])
	}
	for id, has := range each {
		if bought := has[1] / 2; id != 21 && (has[1]%2 != 0 || has[0] != 10_000-7*bought) {
			t.Errorf("company %d: got %v, want 7 paid for each 2 stone", id, has)
		}
	}
	if offers, err := s.store.Offers(t.Context(), game.OfferFilter{}); err != nil || len(offers) > 0 {
		t.Errorf("got offers %v, error %v, want none", offers, err)
	}
}

// TestBuyExchangeOffer_raceForMoney: one company tries 20 purchases concurrently and has money for
// 7.
func TestBuyExchangeOffer_raceForMoney(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 2)
	s.mustSend(frame("notforgame-update-company-items", `"company_id":2,"item_id":"stone","quantity_change":20`))
	s.mustSend(frame("create-exchange-offer", `"company_id":2,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":1,"count_offers":20,"offer_type":"money","price":1400`))
	frames := slices.Repeat([]string{frame("buy-exchange-offer", `"offer_id":1,"buyer_company_id":1,"quantity":1`)}, 20)
	if ended := s.race(frames...); ended[""] != 7 || ended["insufficient_funds"] != 13 { // 10000 / 1400 = 7, and 200 over
		t.Errorf("got %v, want 7 successes and 13 times insufficient_funds", ended)
	}
	if _, units, each := s.holdings("stone"); units != 20 || each[1] != [2]int64{200, 7} || each[2] != [2]int64{19_800, 0} {
		t.Errorf("got %d stone, companies %v, want 20, [200 7] and [19800 0]", units, each)
	}
}

// TestPayCredit_race: 50 concurrent payments of 100 for one credit of 1200 (1000 + 1000 · 20 % · (2
// - 1)). 12 succeed, the others find no credit.
func TestPayCredit_race(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 1)
	s.mustSend(frame("company-take-credit", `"company_id":1,"amount":1000,"period":2`))
	frames := slices.Repeat([]string{frame("company-pay-credit", `"company_id":1,"credit_index":0,"amount":100`)}, 50)
	if ended := s.race(frames...); ended[""] != 12 || ended["not_found"] != 38 {
		t.Errorf("got %v, want 12 successes and 38 times not_found", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 10_000+1000-1200 {
		t.Errorf("got a balance of %d, want 9800", money)
	}
}

// TestWithdrawDeposit_race: 20 concurrent withdrawals of one deposit, and one succeeds.
func TestWithdrawDeposit_race(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 1)
	s.mustSend(frame("company-take-deposit", `"company_id":1,"amount":2000,"period":5`))
	s.change("A", func(g *game.Session) { g.Stage, g.Step = game.StageGame, 3 })
	frames := slices.Repeat([]string{frame("company-withdraw-deposit", `"company_id":1,"deposit_index":0`)}, 20)
	if ended := s.race(frames...); ended[""] != 1 || ended["not_found"] != 19 {
		t.Errorf("got %v, want 1 success and 19 times not_found", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 10_000 {
		t.Errorf("got a balance of %d, want 10000", money)
	}
}

// TestImprove_race: 20 concurrent improvements of a warehouse with money for one level, and one
// succeeds.
func TestImprove_race(t *testing.T) {
	t.Parallel()
	s := serverWithCompanies(t, 1)
	frames := slices.Repeat([]string{frame("update-company-improve", `"company_id":1,"improvement_type":"warehouse"`)}, 20)
	if ended := s.race(frames...); ended[""] != 1 || ended["insufficient_funds"] != 19 {
		t.Errorf("got %v, want 1 success and 19 times insufficient_funds", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 0 {
		t.Errorf("got a balance of %d, want 0", money)
	}
}
