package handler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// merchants is a server whose session A has the companies 1 to n of the users 1 to n, with 10000 each.
func merchants(t *testing.T, n int) *server {
	t.Helper()
	s := crowded(t, n)
	for i := range n {
		s.mustSend(frame("create-company", fmt.Sprintf(`"name":"firm %d","who_create":%d`, i+1, i+1)))
	}
	return s
}

// mustSend sends a request that must be carried out.
func (s *server) mustSend(frame string) {
	s.t.Helper()
	if got := s.send(frame); len(got) == 0 || strings.Contains(got[0], `"error"`) {
		s.t.Fatalf("sent %s: %v", frame, got)
	}
}

// holdings are the money, and the units of a resource, that all companies of session A have together and that each of them has.
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
			s.t.Errorf("company %d has %d and %v", c.ID, c.Balance, c.Goods)
		}
	}
	for _, o := range g.Offers {
		if o.Resource == resource {
			units += o.Stock()
		}
	}
	return money, units, each
}

// TestBuyExchangeOffer_manyBuyers: 100 buyers at once, of 20 companies, want one of 10 trades each. 10 of them get one, the others are told
// that there is too little left, or nothing any more; no money and no goods are made or lost.
func TestBuyExchangeOffer_manyBuyers(t *testing.T) {
	t.Parallel()
	s := merchants(t, 21)
	s.mustSend(frame("notforgame-update-company-items", `"company_id":21,"item_id":"stone","quantity_change":20`))
	s.mustSend(frame("create-exchange-offer", `"company_id":21,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":2,"count_offers":10,"offer_type":"money","price":7`))
	var frames []string
	for i := range 100 {
		frames = append(frames, frame("buy-exchange-offer", fmt.Sprintf(`"offer_id":1,"buyer_company_id":%d,"quantity":1`, i%20+1)))
	}
	if ended := s.race(frames...); ended[""] != 10 || ended["insufficient_resources"]+ended["not_found"] != 90 {
		t.Errorf("got %v", ended)
	}
	money, units, each := s.holdings("stone")
	if money != 21*10_000 || units != 20 || each[21] != [2]int64{10_000 + 10*7, 0} {
		t.Errorf("%d money, %d stone, the seller has %v", money, units, each[21])
	}
	for id, has := range each {
		if bought := has[1] / 2; id != 21 && (has[1]%2 != 0 || has[0] != 10_000-7*bought) {
			t.Errorf("company %d has %v", id, has)
		}
	}
	if offers, err := s.store.Offers(t.Context(), game.OfferFilter{}); err != nil || len(offers) > 0 {
		t.Errorf("%v, %v are left", offers, err)
	}
}

// TestBuyExchangeOffer_raceForMoney: 20 buyers at once spend the money of one company, which is enough for 7 trades.
func TestBuyExchangeOffer_raceForMoney(t *testing.T) {
	t.Parallel()
	s := merchants(t, 2)
	s.mustSend(frame("notforgame-update-company-items", `"company_id":2,"item_id":"stone","quantity_change":20`))
	s.mustSend(frame("create-exchange-offer", `"company_id":2,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":1,"count_offers":20,"offer_type":"money","price":1400`))
	frames := slices.Repeat([]string{frame("buy-exchange-offer", `"offer_id":1,"buyer_company_id":1,"quantity":1`)}, 20)
	if ended := s.race(frames...); ended[""] != 7 || ended["insufficient_funds"] != 13 { // 10000 / 1400 = 7, and 200 over
		t.Errorf("got %v", ended)
	}
	if _, units, each := s.holdings("stone"); units != 20 || each[1] != [2]int64{200, 7} || each[2] != [2]int64{19_800, 0} {
		t.Errorf("%d stone, %v", units, each)
	}
}

// TestPayCredit_race: 50 payments at once of 100 each go to one credit, of which 1200 are to be paid back: 1000 + 1000 · 20 % · (2 - 1).
// 12 of them are taken, and the others find the credit gone.
func TestPayCredit_race(t *testing.T) {
	t.Parallel()
	s := merchants(t, 1)
	s.mustSend(frame("company-take-credit", `"company_id":1,"amount":1000,"period":2`))
	frames := slices.Repeat([]string{frame("company-pay-credit", `"company_id":1,"credit_index":0,"amount":100`)}, 50)
	if ended := s.race(frames...); ended[""] != 12 || ended["not_found"] != 38 {
		t.Errorf("got %v", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 10_000+1000-1200 {
		t.Errorf("the company has %d", money)
	}
}

// TestWithdrawDeposit_race: of 20 who withdraw one deposit at once, one gets it.
func TestWithdrawDeposit_race(t *testing.T) {
	t.Parallel()
	s := merchants(t, 1)
	s.mustSend(frame("company-take-deposit", `"company_id":1,"amount":2000,"period":5`))
	s.change("A", func(g *game.Session) { g.Stage, g.Step = game.StageGame, 3 })
	frames := slices.Repeat([]string{frame("company-withdraw-deposit", `"company_id":1,"deposit_index":0`)}, 20)
	if ended := s.race(frames...); ended[""] != 1 || ended["not_found"] != 19 {
		t.Errorf("got %v", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 10_000 {
		t.Errorf("the company has %d", money)
	}
}

// TestImprove_race: of 20 who improve one warehouse at once, with money for one level, one does.
func TestImprove_race(t *testing.T) {
	t.Parallel()
	s := merchants(t, 1)
	frames := slices.Repeat([]string{frame("update-company-improve", `"company_id":1,"improvement_type":"warehouse"`)}, 20)
	if ended := s.race(frames...); ended[""] != 1 || ended["insufficient_funds"] != 19 {
		t.Errorf("got %v", ended)
	}
	if money, _, _ := s.holdings("stone"); money != 0 {
		t.Errorf("the company has %d", money)
	}
}
