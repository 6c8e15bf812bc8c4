package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seg.example/gen/route"
)

// era is the state of the session in which a message is sent.
type era int

const (
	eraNothing era = iota // there is no session
	eraEmpty              // there are no users
	eraFounded            // two companies, and a user without one
	eraPlaced             // they have cells
	eraPlayed             // they play, have debts and offer goods
	eraLater              // three turns later
)

// eras are the states in which messages succeed that do not succeed in eraPlayed.
var eras = map[string]era{
	"create-session": eraNothing, "create-user": eraEmpty, "create-company": eraFounded, "update-company-add-user": eraFounded,
	"update-user": eraFounded, "update-company-left-user": eraFounded, "set-company-position": eraPlaced,
	"get-sessions-free-cells": eraPlaced, "update-session-stage": eraFounded, "company-withdraw-deposit": eraLater,
}

// world is a session with everything that the examples of messages need.
type world struct {
	tracker  *leakTracker
	t        *testing.T
	player   *client
	password string

	seller, buyer         int64 // companies
	code                  int64 // the seller's secret code
	factory               int64
	forMoney, forExchange int64 // offers
	credit, deposit       int64 // the seller's
}

// build creates a new world.
func (c *leakTracker) build(t *testing.T, player *client, right string, upTo era) *world {
	t.Helper()
	w := &world{tracker: c, t: t, player: player, password: right}
	w.try("delete-session", `"session_id":"GAME_001","really":true`)
	steps := []func(){func() { w.must(nil, "create-session", `"session_id":"GAME_001"`) }, w.found, w.place, w.play, w.playUntilWithdrawable}
	for _, step := range steps[:upTo] {
		step()
	}
	return w
}

// try sends a command, which may be refused.
func (w *world) try(typ, fields string) reply {
	w.t.Helper()
	return w.tracker.request(w.t, w.player, fmt.Sprintf(`{"type":%q,%s,"password":%q,"request_id":%s}`, typ, fields, w.password, asked))
}

// must sends a command, which must succeed, and decodes its answer into a value; nil: ignore the
// answer.
func (w *world) must(answer any, typ, format string, args ...any) {
	w.t.Helper()
	got := w.try(typ, fmt.Sprintf(format, args...))
	if got.Type != "response" || got.Code != "" {
		w.t.Fatalf("%s "+format+": %s", append(append([]any{typ}, args...), got.Raw)...)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(got.Data, answer); err != nil {
		w.t.Fatalf("%s: %v", got.Raw, err)
	}
}

// found creates two companies, and a user without one.
func (w *world) found() {
	var made struct {
		Company struct {
			ID   int64
			Code int64 `json:"secret_code"`
		}
	}
	for id, name := range map[int]string{12345: "JohnDoe", 12346: "Ann", 12347: "Zoe", 12348: "Ben"} {
		w.must(nil, "create-user", `"user_id":%d,"username":%q,"session_id":"GAME_001"`, id, name)
	}
	w.must(&made, "create-company", `"name":"First Corp","who_create":12345`)
	w.seller, w.code = made.Company.ID, made.Company.Code
	w.tracker.codes[made.Company.Code] = true
	w.must(&made, "create-company", `"name":"Other Corp","who_create":12346`)
	w.buyer = made.Company.ID
	w.tracker.codes[made.Company.Code] = true
}

// place puts the seller on a mountain and the buyer into a forest.
func (w *world) place() {
	w.must(nil, "update-session-stage", `"session_id":"GAME_001","stage":"CellSelect","add_shedule":false`)
	var free struct {
		Cells []string `json:"free_cells"`
	}
	w.must(&free, "get-sessions-free-cells", `"session_id":"GAME_001"`)
	for company, cellType := range map[int64]string{w.seller: "mountain", w.buyer: "forest"} {
		var info struct{ Type string }
		for i := 0; info.Type != cellType; i++ {
			x, y, _ := strings.Cut(free.Cells[i], ":")
			if w.try("set-company-position", fmt.Sprintf(`"company_id":%d,"x":%s,"y":%s`, company, x, y)).Code == "" {
				w.must(&info, "get-company-cell-info", `"company_id":%d`, company)
			}
		}
		w.must(nil, "notforgame-update-company-balance", `"company_id":%d,"balance_change":400000`, company)
	}
}

// play starts the game and gives both companies what the examples need.
func (w *world) play() {
	w.must(nil, "update-session-stage", `"session_id":"GAME_001","stage":"Game","add_shedule":false`)
	for range 3 { // room for 150 units
		w.must(nil, "update-company-improve", `"company_id":%d,"improvement_type":"warehouse"`, w.seller)
	}
	w.must(nil, "notforgame-update-company-items", `"company_id":%d,"item_id":"iron","quantity_change":130`, w.seller)
	w.must(nil, "notforgame-update-company-items", `"company_id":%d,"item_id":"wood","quantity_change":15`, w.buyer)
	var credit struct {
		ID int64 `json:"credit_id"`
	}
	w.must(&credit, "company-take-credit", `"company_id":%d,"amount":2000,"period":5`, w.seller)
	var deposit struct {
		ID int64 `json:"deposit_id"`
	}
	w.must(&deposit, "company-take-deposit", `"company_id":%d,"amount":2000,"period":10`, w.seller)
	w.credit, w.deposit = credit.ID, deposit.ID
	var list struct{ Factories []struct{ ID int64 } }
	w.must(&list, "get-factories", `"company_id":%d`, w.seller)
	w.factory = list.Factories[0].ID
	var made struct{ Offer struct{ ID int64 } }
	const iron = `"company_id":%d,"session_id":"GAME_001","sell_resource":"iron",`
	w.must(&made, "create-exchange-offer", iron+`"sell_amount_per_trade":10,"count_offers":2,"offer_type":"money","price":100`, w.seller)
	w.forMoney = made.Offer.ID
	w.must(&made, "create-exchange-offer", iron+`"sell_amount_per_trade":1,"count_offers":1,"offer_type":"barter","barter_resource":"wood","barter_amount":15`, w.seller)
	w.forExchange = made.Offer.ID
}

// playUntilWithdrawable plays until a deposit can be withdrawn.
func (w *world) playUntilWithdrawable() {
	for range 3 {
		w.must(nil, "update-session-stage", `"session_id":"GAME_001","stage":"Game","add_shedule":false`)
	}
}

// adapt replaces the ids in an example with those of this world. Numbers may be strings.
func (w *world) adapt(example members) members {
	offer := w.forMoney
	if amount := example["expected_barter_amount"]; amount != "" && amount != "null" {
		offer = w.forExchange
	}
	user := int64(12345)
	if example["type"] == `"update-company-add-user"` || example["type"] == `"update-user"` && example["company_id"] != "0" || example["type"] == `"create-company"` {
		user = 12347 // without a company
	}
	for field, value := range map[string]int64{
		"company_id": w.seller, "buyer_company_id": w.buyer, "offer_id": offer, "factory_id": w.factory, "secret_code": w.code,
		"credit_id": w.credit, "deposit_id": w.deposit,
		"user_id": user, "who_create": user,
	} {
		old := example[field]
		if fits := strconv.FormatInt(value, 10); old != "" && old != "0" && old != "null" {
			example = example.with(field, strings.Replace(old, strings.Trim(old, `"`), fits, 1))
		}
	}
	if strings.Contains(example.String(), `"expected_`) {
		example = w.expect(example)
	}
	id := map[string]int64{`"get-company"`: w.seller, `"get-exchange"`: w.forMoney}[example["type"]]
	if _, has := example["id"]; has && id != 0 {
		example = example.with("id", strconv.FormatInt(id, 10))
	}
	if example["session_id"] == `"AFRIKA"` {
		example = example.with("session_id", `"GAME_001"`)
	}
	return example
}

// expect sets the expectations in an example to the current state. The other expectations of the
// examples are true in this world.
func (w *world) expect(example members) members {
	var session struct {
		Stage string
		Step  int64
	}
	var company struct {
		Balance   int64
		Inventory map[string]int64
	}
	var user *struct {
		Company int64 `json:"company_id"`
	}
	var offer struct {
		PerTrade int64 `json:"sell_amount_per_trade"`
		Trades   int64 `json:"count_offers"`
		Price    int64
	}
	w.must(&session, "get-session", `"session_id":"GAME_001"`)
	w.must(&company, "get-company", `"id":%d`, w.seller)
	if id := example["user_id"]; id != "" {
		w.must(&user, "get-user", `"id":%s`, id)
	}
	if id := example["offer_id"]; id != "" {
		w.must(&offer, "get-exchange", `"id":%s`, id)
	}
	good := strings.Trim(example["item_id"]+example["sell_resource"], `"`)
	values := map[string]any{
		"expected_stage": session.Stage, "expected_step": session.Step,
		"expected_balance": company.Balance, "expected_quantity": company.Inventory[good],
		"expected_sell_amount_per_trade": offer.PerTrade, "expected_count_offers": offer.Trades, "expected_price": offer.Price,
	}
	if user != nil {
		values["expected_company_id"] = user.Company
	}
	if example["expected_factories"] != "" {
		values["expected_factories"] = w.matches(example)
	}
	for field, value := range values {
		if old := example[field]; old == "" || old == "null" {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			w.t.Fatal(err)
		}
		example = example.with(field, string(text))
	}
	return example
}

// matches counts the seller's factories that an example of company-complete-free-factories applies
// to.
func (w *world) matches(example members) (n int) {
	var list struct {
		Factories []struct {
			Refit int64 `json:"complectation_step"`
		}
	}
	w.must(&list, "get-factories", `"company_id":%d,"complectation":%s,"produce":%s`, w.seller, example["find_resource"], example["produce_status"])
	for _, f := range list.Factories {
		if f.Refit == 0 {
			n++
		}
	}
	return n
}

// readAsStranger reads everything that is readable without the password.
func (c *leakTracker) readAsStranger(t *testing.T, stranger *client, w *world) {
	t.Helper()
	hidden := 0
	for _, m := range route.Messages() {
		if m.Auth == route.AuthRequired {
			continue
		}
		for _, example := range okRequests(t, m.Type) {
			example = w.adapt(example).with("request_id", asked)
			for _, frame := range []members{example, example.with("password", `"wrong"`)} {
				got := c.request(t, stranger, frame.String()).Raw
				c.record("untrusted answers", got)
				hidden += strings.Count(got, `"secret_code":0`)
			}
		}
	}
	if hidden < 10 {
		t.Errorf("a client without the password got only %d companies", hidden)
	}
}

// resumeAsStranger resumes from the beginning of the session without the password.
func (c *leakTracker) resumeAsStranger(t *testing.T, s *server) {
	t.Helper()
	var welcome struct {
		Type, Epoch string
		LastSeq     int64 `json:"last_seq"`
		To          int64
	}
	read := func(query string) (text string) {
		again := s.connect(t, "comes-back", "&session_id=GAME_001"+query)
		defer again.conn.Close()
		text = again.receive().Raw
		if err := json.Unmarshal([]byte(text), &welcome); err != nil || welcome.Type != "welcome" {
			t.Fatalf("%v: %s", err, text)
		}
		c.record("replays", text)
		for seq := int64(0); seq < welcome.To; {
			got := again.receive()
			seq = got.Seq
			c.record("replays", got.Raw)
		}
		return text
	}
	read("")
	if read("&epoch=" + welcome.Epoch + "&after=0"); welcome.To != welcome.LastSeq {
		t.Errorf("told of %d events of %d", welcome.To, welcome.LastSeq)
	}
}

// amounts are members with numbers as large as a secret code, which may be equal to one by chance.
var amounts = []string{
	"balance", "old_balance", "new_balance", "change", "amount", "remaining", "credit", "total_to_pay", "need_pay", "paid", "price", "old_price",
	"total_price", "tax_debt", "last_turn_income", "this_turn_income", "initial_sum", "current_balance", "income_per_turn", "total_earned",
	"value", "cost", "timestamp",
}

// sixDigits matches what could be a secret code in a text.
var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// tellsCode searches JSON for a secret code: as a number, in a string or in a name. It searches
// other data as text.
func tellsCode(codes map[int64]bool, text string) (code int64, told bool) {
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	var value any
	if in.Decode(&value) != nil {
		value = text
	}
	return codeIn(codes, value)
}

func codeIn(codes map[int64]bool, value any) (code int64, told bool) {
	switch value := value.(type) {
	case json.Number:
		return codeIn(codes, value.String())
	case string:
		for _, digits := range sixDigits.FindAllString(value, -1) {
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil && codes[n] {
				return n, true
			}
		}
	case []any:
		for _, item := range value {
			if code, told := codeIn(codes, item); told {
				return code, true
			}
		}
	case map[string]any:
		for name, member := range value {
			if code, told := codeIn(codes, name); told {
				return code, true
			}
			if _, number := member.(json.Number); number && slices.Contains(amounts, name) {
				continue
			}
			if code, told := codeIn(codes, member); told {
				return code, true
			}
		}
	}
	return 0, false
}

// codeHits searches everything that is visible without the password for the secret codes of all
// companies.
func (c *leakTracker) codeHits() []string {
	var found []string
	for _, place := range []string{"broadcasts", "replays", "untrusted answers", "refused handshakes", "logs", "standard output"} {
		for _, text := range c.seen[place] {
			if code, told := tellsCode(c.codes, text); told {
				found = append(found, fmt.Sprintf("secret code %d in %s: %.300s", code, place, text))
			}
		}
	}
	// Pages contain many numbers, so one match may be chance. Two are not.
	for _, text := range c.seen["pages"] {
		codes := map[string]bool{}
		for _, digits := range sixDigits.FindAllString(text, -1) {
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil && c.last[n] {
				codes[digits] = true
			}
		}
		if len(codes) > 1 {
			found = append(found, fmt.Sprintf("secret codes %v in pages: %.300s", codes, text))
		}
	}
	return found
}

// TestCodes_canFail: the search finds leaked secret codes, and ignores a balance that happens to be
// equal.
func TestCodes_canFail(t *testing.T) {
	t.Parallel()
	const code = 271828
	for text, want := range map[string]bool{
		`{"data":{"companies":[{"id":1,"secret_code":271828}]}}`: true, `{"msg":"made","code":271828}`: true, `{"x":"secret_code:271828."}`: true,
		`{"by":{"271828":"Tech Corp"}}`: true, `{"balance":"271828"}`: true, `{"amount":[271828]}`: true, `no JSON, 271828`: true, `271828`: true,
		`{"secret_code":0}`: false, `{"balance":271828}`: false, `{"id":1271828}`: false, `{"at":271828000}`: false, `{"x":"a271828b"}`: false,
	} {
		if _, told := tellsCode(map[int64]bool{code: true}, text); told != want {
			t.Errorf("%s: found %t", text, told)
		}
		for _, place := range []string{"broadcasts", "replays", "untrusted answers", "logs"} {
			c := newLeakTracker()
			c.codes[code] = true
			c.record(place, text)
			if hits := c.codeHits(); len(hits) > 0 != want {
				t.Errorf("%s in %s: %q", text, place, hits)
			}
		}
	}
	c := newLeakTracker()
	c.last = map[int64]bool{code: true, 314159: true}
	c.record("pages", "one 271828\n")
	c.record("pages", "label=\"271828\" 314159\n")
	if hits := c.codeHits(); len(hits) != 1 || !strings.Contains(hits[0], "label") {
		t.Errorf("found %q", hits)
	}
}
