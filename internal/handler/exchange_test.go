package handler_test

import (
	"strings"
	"sync"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// Two offers of company 1, as messages show them: 5 trades of 2 stone for 100, and 2 trades of 3 stone for 5 wood.
const (
	moneyOffer = `{"id":1,"company_id":1,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":2,"count_offers":5,` +
		`"total_stock":10,"offer_type":"money","price":100,"barter_resource":null,"barter_amount":null}`
	barterOffer = `{"id":2,"company_id":1,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":3,"count_offers":2,` +
		`"total_stock":6,"offer_type":"barter","price":null,"barter_resource":"wood","barter_amount":5}`

	createMoney = `"company_id":1,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":2,"count_offers":5,` +
		`"offer_type":"money","price":100`
	createBarter = `"company_id":"1","session_id":"A","sell_resource":"stone","sell_amount_per_trade":3,"count_offers":2,` +
		`"offer_type":"barter","price":null,"barter_resource":"wood","barter_amount":5`
)

// withOffers is a market with both offers.
func withOffers(t *testing.T) *market {
	t.Helper()
	m := newMarket(t)
	m.wantAnswer("create-exchange-offer", createMoney, `{"session_id":"A","offer":`+moneyOffer+`}`,
		event{"api-exchange_offer_created", `{"session_id":"A","offer":` + moneyOffer + `}`},
		event{"api-company_resource_removed", `{"company_id":1,"resource":"stone","amount":10}`})
	m.wantAnswer("create-exchange-offer", createBarter, `{"session_id":"A","offer":`+barterOffer+`}`,
		event{"api-exchange_offer_created", `{"session_id":"A","offer":` + barterOffer + `}`},
		event{"api-company_resource_removed", `{"company_id":1,"resource":"stone","amount":6}`})
	return m
}

func TestGetExchanges(t *testing.T) {
	t.Parallel()
	m := withOffers(t)
	both := "[" + moneyOffer + "," + barterOffer + "]"
	for fields, want := range map[string]string{
		`"session_id":null`:                     both,
		`"session_id":"A"`:                      both,
		`"session_id":"B"`:                      "[]",
		`"session_id":"none"`:                   "[]",
		`"company_id":1`:                        both,
		`"company_id":"1","sell_resource":null`: both,
		`"company_id":2`:                        "[]",
		`"company_id":77`:                       "[]",
		`"sell_resource":"stone"`:               both,
		`"sell_resource":"wood"`:                "[]",
		`"sell_resource":"unheard_of"`:          "[]",
		`"offer_type":"money"`:                  "[" + moneyOffer + "]",
		`"offer_type":"barter"`:                 "[" + barterOffer + "]",
		`"session_id":"A","company_id":1,"sell_resource":"stone","offer_type":"barter"`: "[" + barterOffer + "]",
	} {
		m.wantAnswer("get-exchanges", fields, want)
	}
	m.wantAnswer("get-exchange", `"id":1`, moneyOffer)
	m.wantAnswer("get-exchange", `"id":"2"`, barterOffer)
	m.wantRefusal("get-exchange", `"id":3`, "not_found", "Exchange offer not found")
}

func TestUpdateExchangeOffer(t *testing.T) {
	t.Parallel()
	m := withOffers(t)
	dearer := strings.NewReplacer(`"sell_amount_per_trade":2`, `"sell_amount_per_trade":10`, `"count_offers":5`, `"count_offers":1`,
		`"price":100`, `"price":450`).Replace(moneyOffer)
	m.wantAnswer("update-exchange-offer", `"offer_id":1,"sell_amount_per_trade":10,"price":450,"barter_amount":null`,
		`{"session_id":"A","new":`+dearer+`,"old":`+moneyOffer+`}`,
		event{"api-exchange_offer_updated", `{"session_id":"A","offer_id":1,"offer":` + dearer + `,"old":` + moneyOffer + `}`})
	cheaper := strings.Replace(barterOffer, `"barter_amount":5`, `"barter_amount":1`, 1)
	m.wantAnswer("update-exchange-offer", `"offer_id":"2","barter_amount":1`, `{"session_id":"A","new":`+cheaper+`,"old":`+barterOffer+`}`,
		event{"api-exchange_offer_updated", `{"session_id":"A","offer_id":2,"offer":` + cheaper + `,"old":` + barterOffer + `}`})
	m.wantAnswer("get-exchanges", `"session_id":"A"`, "["+dearer+","+cheaper+"]")
}

func TestCancelExchangeOffer(t *testing.T) {
	t.Parallel()
	m := withOffers(t)
	m.wantAnswer("cancel-exchange-offer", `"offer_id":1`, `{"session_id":"A","offer_id":1,"company_id":1,"status":"cancelled"}`,
		event{"api-exchange_offer_cancelled", `{"session_id":"A","offer_id":1,"company_id":1}`},
		event{"api-exchange_offer_deleted", `{"session_id":"A","offer_id":1}`},
		event{"api-company_resource_added", `{"company_id":1,"resource":"stone","amount":10}`})
	m.wantAnswer("get-exchanges", `"session_id":"A"`, "["+barterOffer+"]")
	m.wantRefusal("cancel-exchange-offer", `"offer_id":1`, "not_found", "Exchange offer not found")
}

func TestBuyExchangeOffer(t *testing.T) {
	t.Parallel()
	m := withOffers(t)
	m.wantAnswer("buy-exchange-offer", `"offer_id":1,"buyer_company_id":2,"quantity":2,"expected_price":100,"expected_barter_amount":null`,
		`{"session_id":"A","offer_id":1,"buyer_company_id":2,"seller_company_id":1,"sell_resource":"stone","sell_amount":4,`+
			`"offer_type":"money","quantity":2,"old_stock":10,"new_stock":6,"status":"completed","total_price":200}`,
		event{"api-exchange_trade_completed", `{"session_id":"A","offer_id":1,"seller_id":1,"buyer_id":2,"sell_resource":"stone","sell_amount":4,` +
			`"offer_type":"money","quantity":2,"price":200,"barter_resource":null,"barter_amount":null,"remaining_stock":6}`},
		event{"api-company_balance_changed", `{"company_id":2,"old_balance":10000,"new_balance":9800,"change":-200}`},
		event{"api-company_balance_changed", `{"company_id":1,"old_balance":10000,"new_balance":10200,"change":200}`},
		event{"api-company_resource_added", `{"company_id":2,"resource":"stone","amount":4}`})
	if income := m.session().Company(1).ThisTurnIncome; income != 200 {
		t.Errorf("got a taxable income of %d, want 200", income)
	}
	m.wantAnswer("buy-exchange-offer", `"offer_id":"2","buyer_company_id":"2","quantity":2`,
		`{"session_id":"A","offer_id":2,"buyer_company_id":2,"seller_company_id":1,"sell_resource":"stone","sell_amount":6,`+
			`"offer_type":"barter","quantity":2,"old_stock":6,"new_stock":0,"status":"completed","barter_resource":"wood","barter_amount":10}`,
		event{"api-exchange_trade_completed", `{"session_id":"A","offer_id":2,"seller_id":1,"buyer_id":2,"sell_resource":"stone","sell_amount":6,` +
			`"offer_type":"barter","quantity":2,"price":null,"barter_resource":"wood","barter_amount":10,"remaining_stock":0}`},
		event{"api-exchange_offer_deleted", `{"session_id":"A","offer_id":2}`},
		event{"api-company_resource_removed", `{"company_id":2,"resource":"wood","amount":10}`},
		event{"api-company_resource_added", `{"company_id":2,"resource":"stone","amount":6}`},
		event{"api-company_resource_added", `{"company_id":1,"resource":"wood","amount":10}`})
	m.wantAnswer("get-exchanges", `"session_id":"A"`,
		"["+strings.NewReplacer(`"count_offers":5`, `"count_offers":3`, `"total_stock":10`, `"total_stock":6`).Replace(moneyOffer)+"]")
}

// TestCreateExchangeOffer_fields: the required fields depend on the type of the offer. They are
// checked before session and company. Forbidden fields are reported before missing ones, as the
// decoder does.
func TestCreateExchangeOffer_fields(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	const own = `"company_id":9,"session_id":"none","sell_resource":"stone","sell_amount_per_trade":2,"count_offers":5,"offer_type":`
	type refusal struct{ fields, code, text, details string }
	detail := func(name, text string) string { return `{"path":"/` + name + `","message":"` + text + `"}` }
	const required, inMoney, inBarter = "is required", "must not stand in an offer for money", "must not stand in a barter"
	price := refusal{"", "missing_field", "Missing required field: price", detail("price", required)}
	resource := refusal{"", "invalid_field", "Invalid field: barter_resource: " + inMoney, detail("barter_resource", inMoney)}
	amount := refusal{"", "missing_field", "Missing required field: barter_amount", detail("barter_amount", required)}
	foreignPrice := refusal{"", "invalid_field", "Invalid field: price: " + inBarter, detail("price", inBarter)}
	with := func(fields string, r refusal) refusal { r.fields = fields; return r }
	for _, c := range []refusal{
		with(`"money"`, price),
		with(`"money","price":null`, price),
		{`"money","barter_resource":"wood","barter_amount":1`, "invalid_field", resource.text, resource.details + "," + detail("barter_amount", inMoney)},
		with(`"money","price":1,"barter_resource":"wood"`, resource),
		{`"money","price":1,"barter_resource":null,"barter_amount":1`, "invalid_field", "Invalid field: barter_amount: " + inMoney, detail("barter_amount", inMoney)},
		{`"barter"`, "missing_field", "Missing required fields: barter_resource, barter_amount", detail("barter_resource", required) + "," + detail("barter_amount", required)},
		with(`"barter","barter_resource":"wood","barter_amount":null`, amount),
		with(`"barter","barter_amount":2,"price":1`, foreignPrice),
		with(`"barter","price":1,"barter_resource":"wood","barter_amount":1`, foreignPrice),
	} {
		m.wantAnswer("create-exchange-offer", own+c.fields, `{"error":"`+c.text+`","code":"`+c.code+`","details":[`+c.details+`]}`)
	}
	m.wantRefusal("create-exchange-offer", own+`"money","price":1`, "not_found", "Session not found")
	m.wantRefusal("create-exchange-offer", strings.Replace(own, "none", "A", 1)+`"money","price":1`, "not_found", "Company not found")
	// Company 1 is in another session.
	m.wantRefusal("create-exchange-offer", strings.Replace(createMoney, `"A"`, `"B"`, 1), "not_found", "Company not found")
}

// TestExchange_refuses has a case for each error code that the schema declares for the exchange.
func TestExchange_refuses(t *testing.T) {
	t.Parallel()
	type refusal struct{ typ, fields, code, text string }
	const create, update, cancel, buy = "create-exchange-offer", "update-exchange-offer", "cancel-exchange-offer", "buy-exchange-offer"
	prison := func(id int64) func(*market) {
		return func(m *market) { m.company(id, func(c *game.Company) { c.PrisonEndStep = 8 }) }
	}
	full := func(id int64) func(*market) {
		return func(m *market) {
			m.company(id, func(c *game.Company) { c.Goods = append(game.Goods{{Resource: "fish", Amount: 30}}, c.Goods...) })
		}
	}
	const inPrison = " is in prison until step 8, and can neither buy nor sell"
	left := map[string]bool{}
	for _, msg := range served(t, "exchange") {
		for _, code := range msg.Errors {
			left[msg.Type+" "+code] = true
		}
	}
	for _, c := range []struct {
		prepare  func(*market)
		refusals []refusal
	}{
		{nil, []refusal{
			{"get-exchange", `"id":9`, "not_found", "Exchange offer not found"},
			{create, strings.Replace(createMoney, `:5`, `:3`, 1), "insufficient_resources", "The offer takes 6 units of stone; the company has 4"},
			{create, strings.Replace(createMoney, "stone", "gold", 1), "invalid_field", "No resource of this session is called gold"},
			{create, strings.Replace(createBarter, "wood", "stone", 1), "invalid_field", "Goods are not bartered for the same goods, here stone"},
			{create, strings.Replace(createMoney, `"company_id":1`, `"company_id":3`, 1), "not_found", "Company not found"},
			{update, `"offer_id":9,"price":1`, "not_found", "Exchange offer not found"},
			{update, `"offer_id":1,"barter_amount":1`, "invalid_field", "barter_amount belongs to a barter; this is an offer for money"},
			{update, `"offer_id":2,"price":1`, "invalid_field", "price belongs to an offer for money; this one is a barter"},
			{update, `"offer_id":1,"sell_amount_per_trade":3`, "conflict", "sell_amount_per_trade must divide the stock that is left, which is 10"},
			{update, `"offer_id":1`, "conflict", "Nothing to change"},
			{cancel, `"offer_id":9`, "not_found", "Exchange offer not found"},
			{buy, `"offer_id":9,"buyer_company_id":2,"quantity":1`, "not_found", "Exchange offer not found"},
			{buy, `"offer_id":1,"buyer_company_id":9,"quantity":1`, "not_found", "Company not found"},
			{buy, `"offer_id":1,"buyer_company_id":3,"quantity":1`, "not_found", "Company not found"}, // of another session
			{buy, `"offer_id":1,"buyer_company_id":1,"quantity":1`, "conflict", "A company cannot buy from itself"},
			{buy, `"offer_id":1,"buyer_company_id":2,"quantity":6`, "insufficient_resources", "The offer has 5 trades left"},
			{buy, `"offer_id":1,"buyer_company_id":2,"quantity":9007199254740991`, "invalid_field", "An amount would be beyond the largest, 9007199254740991"},
		}},
		{func(m *market) { m.company(2, func(c *game.Company) { c.Balance, c.Goods = 199, nil }) }, []refusal{
			{buy, `"offer_id":1,"buyer_company_id":2,"quantity":2`, "insufficient_funds", "The purchase costs 200; the company has 199"},
			{buy, `"offer_id":2,"buyer_company_id":2,"quantity":1`, "insufficient_resources", "The purchase costs 5 of wood; the company has 0"},
		}},
		{full(2), []refusal{{buy, `"offer_id":1,"buyer_company_id":2,"quantity":1`, "no_space", "The buyer's warehouse lacks room for 2 units"}}}, // 50 + 2
		{full(1), []refusal{
			{cancel, `"offer_id":2`, "", ""}, // 34 + 6: there is room
		}},
		{func(m *market) {
			full(1)(m)
			m.company(1, func(c *game.Company) { c.Goods[0].Amount = 43 }) // and 4 stone: room for 3
		}, []refusal{
			{cancel, `"offer_id":2`, "no_space", "6 units go back, and the warehouse has room for 3"},
			{buy, `"offer_id":2,"buyer_company_id":2,"quantity":1`, "no_space", "The seller's warehouse lacks room for 2 units"}, // 47 + 5 - 50
		}},
		{prison(1), []refusal{
			{create, createMoney, "in_prison", "firm 1" + inPrison},
			{update, `"offer_id":1,"price":1`, "in_prison", "firm 1" + inPrison},
			{cancel, `"offer_id":1`, "in_prison", "firm 1" + inPrison},
			{buy, `"offer_id":1,"buyer_company_id":2,"quantity":1`, "in_prison", "firm 1" + inPrison},
		}},
		{prison(2), []refusal{{buy, `"offer_id":1,"buyer_company_id":2,"quantity":1`, "in_prison", "firm 2" + inPrison}}},
		{func(m *market) { m.setStage("A", game.StageEnd) }, []refusal{
			{create, createMoney, "wrong_stage", "The exchange is closed in stage End"},
			{update, `"offer_id":1,"price":1`, "wrong_stage", "The exchange is closed in stage End"},
			{cancel, `"offer_id":1`, "wrong_stage", "The exchange is closed in stage End"},
			{buy, `"offer_id":1,"buyer_company_id":2,"quantity":1`, "wrong_stage", "The exchange is closed in stage End"},
		}},
	} {
		m := withOffers(t)
		if c.prepare != nil {
			c.prepare(m)
		}
		for _, r := range c.refusals {
			if r.code == "" {
				m.mustDo(r.typ, r.fields)
				continue
			}
			m.wantRefusal(r.typ, r.fields, r.code, r.text)
			delete(left, r.typ+" "+r.code)
		}
	}
	// The only conflict of these two is a reused request_id: see TestOnce_other.
	delete(left, create+" conflict")
	delete(left, cancel+" conflict")
	for missing := range left {
		t.Errorf("got no case for %s, want one", missing)
	}
}

// TestBuyExchangeOffer_race: 100 concurrent purchases from an offer with 10 trades, and 10 succeed.
func TestBuyExchangeOffer_race(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.mustDo("create-exchange-offer", strings.NewReplacer(`trade":2`, `trade":1`, `:5`, `:10`).Replace(createMoney))
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		results = map[string]int{}
	)
	for range 100 {
		wg.Go(func() {
			caller := route.Caller{ClientID: "racer"}
			frames := m.d.Dispatch(t.Context(), &caller, []byte(frame("buy-exchange-offer", `"offer_id":1,"buyer_company_id":2,"quantity":1`)))
			mu.Lock()
			defer mu.Unlock()
			for _, f := range frames {
				switch text := string(f); {
				case strings.Contains(text, `"status":"completed"`):
					results["bought"]++
				case strings.Contains(text, `"code":"not_found"`):
					results["sold out"]++
				default:
					t.Errorf("got %s, want success or not_found", text)
				}
			}
		})
	}
	wg.Wait()
	m.checkFaults()
	if results["bought"] != 10 || results["sold out"] != 90 {
		t.Errorf("got %v, want 10 bought and 90 sold out", results)
	}
	s := m.session()
	buyer, seller := s.Company(2), s.Company(1)
	// 10 trades of 1 stone for 100.
	if buyer.Balance != 9_000 || seller.Balance != 11_000 || buyer.Goods.Amount("stone") != 10 || seller.Goods.Amount("stone") != 10 || len(s.Offers) != 0 {
		t.Errorf("got buyer %+v, seller %+v, offers %v, want 1000 paid for 10 stone and no offer", buyer, seller, s.Offers)
	}
	// Each purchase causes 4 broadcasts, and the last one also the deletion of the offer.
	if events := int(s.LastSeq) - m.seq; events != 2+10*4+1 {
		t.Errorf("got %d broadcasts, want %d", events, 2+10*4+1)
	}
}
