package handler_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// refusalCase is a request that is refused.
type refusalCase struct {
	typ, code, fields string
	setting           string // key in settings of the preparation
}

// settings prepare a market for refusals. Each returns the text that replaces "%s" in the fields of
// its cases.
var settings = map[string]func(*market) string{
	"":               func(*market) string { return "" },
	"picking":        inStage(game.StageCellSelect),
	"ended":          inStage(game.StageEnd),
	"banking":        banking(func(*game.Company) {}),
	"banking, ended": func(m *market) string { banking(poor)(m); return inStage(game.StageEnd)(m) },
	"jailed":         banking(jailed),
	"poor":           banking(poor),
	"of ill repute":  banking(func(c *game.Company) { c.Reputation = 10 }),
	"all improved":   banking(func(c *game.Company) { c.Levels.Warehouse = 4 }),
	"code of 2":      func(m *market) string { return strconv.FormatInt(m.code(2), 10) },
	"code of 3":      codeOf3,
	"full house":     fullHouse,
	"full map":       fullMap,
	"used":           used,

	"offered":               offered(having(1, func(*game.Company) {})),
	"offered, ended":        offered(inStage(game.StageEnd)),
	"offered, jailed":       offered(having(1, jailed)),
	"offered, full":         offered(having(1, fullOf(41, "fish"))), // 10 more are in the offer, and the capacity is 50
	"offered, buyer jailed": offered(having(2, jailed)),
	"offered, buyer poor":   offered(having(2, poor)),
	"offered, buyer full":   offered(having(2, fullOf(49, "fish"))),
}

// inStage sets the stage of session A.
func inStage(stage game.Stage) func(*market) string {
	return func(m *market) string {
		m.change(func(s *game.Session) { s.Stage = stage })
		return ""
	}
}

// having changes a company of session A.
func having(company int64, change func(*game.Company)) func(*market) string {
	return func(m *market) string {
		m.company(company, change)
		return ""
	}
}

// banking gives company 1 a credit and a deposit and then changes it.
func banking(change func(*game.Company)) func(*market) string {
	return func(m *market) string {
		m.mustDo("company-take-credit", `"company_id":1,"amount":1000,"period":3`)
		m.mustDo("company-take-deposit", `"company_id":1,"amount":1000,"period":3`)
		return having(1, change)(m)
	}
}

// offered makes offer 1, 10 stone of company 1, and then calls another setting.
func offered(then func(*market) string) func(*market) string {
	return func(m *market) string {
		m.mustDo("create-exchange-offer", createMoney)
		return then(m)
	}
}

func jailed(c *game.Company) { c.PrisonEndStep = 9 }

func poor(c *game.Company) { c.Balance, c.TaxDebt = 5, 100 }

// fullOf replaces all goods of a company.
func fullOf(amount int64, resource string) func(*game.Company) {
	return func(c *game.Company) { c.Goods = game.Goods{{Resource: resource, Amount: amount}} }
}

// codeOf3 returns the code to join company 3, in session B.
func codeOf3(m *market) string { return strconv.FormatInt(m.code(3), 10) }

// fullHouse fills company 3 up to its limit of 5 players and creates user 50 without a company.
func fullHouse(m *market) string {
	for i := 51; i < 55; i++ {
		m.mustDo("create-user", fmt.Sprintf(`"user_id":%d,"username":"user %d","session_id":"B"`, i, i))
		m.mustDo("update-user", fmt.Sprintf(`"user_id":%d,"company_id":3`, i))
	}
	m.mustDo("create-user", `"user_id":50,"username":"user 50","session_id":"B"`)
	return codeOf3(m)
}

// fullMap fills session B up to its limit of 30 companies and creates user 50 without a company.
func fullMap(m *market) string {
	for i := 51; i < 80; i++ {
		m.mustDo("create-user", fmt.Sprintf(`"user_id":%d,"username":"user %d","session_id":"B"`, i, i))
		m.mustDo("create-company", fmt.Sprintf(`"who_create":%d,"name":"company %d"`, i, i))
	}
	m.mustDo("create-user", `"user_id":50,"username":"user 50","session_id":"B"`)
	return ""
}

// used gives the client a key and uses the request_id "r".
func used(m *market) string {
	m.caller.Key = "hash of a key"
	m.mustDo("create-session", `"session_id":"K"`)
	return ""
}

// refusalCases are all requests with all error codes of the rules.
func refusalCases() []refusalCase {
	return slices.Concat(refusalsOfPeople(), refusalsOfBank(), refusalsOfFactories(), refusalsOfExchange(), []refusalCase{
		{"create-session", "conflict", `"session_id":"A"`, ""},
		{"update-session-stage", "not_found", `"session_id":"none","stage":"Game"`, ""},
		{"update-session-stage", "wrong_stage", `"session_id":"A","stage":"CellSelect"`, ""},
		{"get-sessions-free-cells", "not_found", `"session_id":"none"`, ""},
		{"delete-session", "not_found", `"session_id":"none","really":true`, ""},
		{"get-session-time-to-next-stage", "not_found", `"session_id":"none"`, ""},
	})
}

func refusalsOfPeople() []refusalCase {
	return []refusalCase{
		{"create-user", "not_found", `"user_id":9,"username":"x","session_id":"none"`, ""},
		{"create-user", "conflict", `"user_id":1,"username":"x","session_id":"B"`, ""},
		{"create-user", "wrong_stage", `"user_id":9,"username":"x","session_id":"A"`, ""},
		{"update-user", "not_found", `"user_id":9,"username":"x"`, ""},
		{"update-user", "conflict", `"user_id":1,"username":"user 1"`, ""},
		{"update-user", "wrong_stage", `"user_id":1,"username":"x"`, "ended"},
		{"update-user", "limit_reached", `"user_id":50,"company_id":3,"username":"%s"`, "full house"},
		{"delete-user", "not_found", `"user_id":9`, ""},
		{"create-company", "not_found", `"who_create":9,"name":"x"`, ""},
		{"create-company", "conflict", `"who_create":3,"name":"x"`, ""},
		{"create-company", "wrong_stage", `"who_create":1,"name":"x"`, ""},
		{"create-company", "limit_reached", `"who_create":50,"name":"x"`, "full map"},
		{"update-company-add-user", "not_found", `"user_id":9,"secret_code":%s`, "code of 3"},
		{"update-company-add-user", "conflict", `"user_id":3,"secret_code":%s`, "code of 3"},
		{"update-company-add-user", "wrong_stage", `"user_id":1,"secret_code":%s`, "code of 2"},
		{"update-company-add-user", "limit_reached", `"user_id":50,"secret_code":%s`, "full house"},
		{"set-company-position", "not_found", `"company_id":9,"x":1,"y":1`, ""},
		{"set-company-position", "conflict", `"company_id":2,"x":0,"y":0`, "picking"},
		{"set-company-position", "wrong_stage", `"company_id":2,"x":1,"y":1`, ""},
		{"update-company-left-user", "not_found", `"user_id":1,"company_id":9`, ""},
		{"update-company-left-user", "conflict", `"user_id":1,"company_id":2`, ""},
		{"update-company-left-user", "wrong_stage", `"user_id":1,"company_id":1`, "ended"},
		{"delete-company", "not_found", `"company_id":9`, ""},
		{"get-company-cell-info", "not_found", `"company_id":9`, ""},
		{"get-company-improvement-info", "not_found", `"company_id":9`, ""},
		{"notforgame-update-company-name", "not_found", `"company_id":9,"new_name":"x"`, ""},
		{"notforgame-update-company-name", "conflict", `"company_id":1,"new_name":"firm 2"`, ""},
		{"notforgame-update-company-name", "wrong_stage", `"company_id":1,"new_name":"x"`, "ended"},
	}
}

func refusalsOfBank() []refusalCase {
	const one = `"company_id":1,`
	return []refusalCase{
		{"update-company-improve", "not_found", `"company_id":9,"improvement_type":"warehouse"`, ""},
		{"update-company-improve", "conflict", `"company_id":2,"improvement_type":"station"`, ""},
		{"update-company-improve", "wrong_stage", one + `"improvement_type":"warehouse"`, "ended"},
		{"update-company-improve", "in_prison", one + `"improvement_type":"warehouse"`, "jailed"},
		{"update-company-improve", "insufficient_funds", one + `"improvement_type":"warehouse"`, "poor"},
		{"update-company-improve", "limit_reached", one + `"improvement_type":"warehouse"`, "all improved"},
		{"company-take-credit", "not_found", `"company_id":9,"amount":1000,"period":2`, ""},
		{"company-take-credit", "conflict", one + `"amount":1000,"period":15`, ""},
		{"company-take-credit", "wrong_stage", one + `"amount":1000,"period":2`, "ended"},
		{"company-take-credit", "in_prison", one + `"amount":1000,"period":2`, "jailed"},
		{"company-take-credit", "limit_reached", one + `"amount":1000,"period":2`, "of ill repute"},
		{"company-pay-credit", "not_found", one + `"credit_index":1,"amount":10`, "banking"},
		{"company-pay-credit", "wrong_stage", one + `"credit_index":0,"amount":10`, "banking, ended"},
		{"company-pay-credit", "in_prison", one + `"credit_index":0,"amount":10`, "jailed"},
		{"company-pay-credit", "insufficient_funds", one + `"credit_index":0,"amount":10`, "poor"},
		{"company-take-deposit", "not_found", `"company_id":9,"amount":1000,"period":2`, ""},
		{"company-take-deposit", "conflict", one + `"amount":1000,"period":15`, ""},
		{"company-take-deposit", "wrong_stage", one + `"amount":1000,"period":2`, "ended"},
		{"company-take-deposit", "in_prison", one + `"amount":1000,"period":2`, "jailed"},
		{"company-take-deposit", "insufficient_funds", one + `"amount":1000,"period":2`, "poor"},
		{"company-withdraw-deposit", "not_found", one + `"deposit_index":1`, "jailed"},
		{"company-withdraw-deposit", "conflict", one + `"deposit_index":0`, "poor"},
		{"company-withdraw-deposit", "wrong_stage", one + `"deposit_index":0`, "banking, ended"},
		{"company-withdraw-deposit", "in_prison", one + `"deposit_index":0`, "jailed"},
		{"company-pay-taxes", "not_found", `"company_id":9,"amount":10`, ""},
		{"company-pay-taxes", "conflict", one + `"amount":10`, ""},
		{"company-pay-taxes", "wrong_stage", one + `"amount":10`, "ended"},
		{"company-pay-taxes", "in_prison", one + `"amount":10`, "jailed"},
		{"company-pay-taxes", "insufficient_funds", one + `"amount":10`, "poor"},
		{"notforgame-update-company-balance", "not_found", `"company_id":9,"balance_change":1`, ""},
		{"notforgame-update-company-balance", "wrong_stage", one + `"balance_change":1`, "ended"},
		{"notforgame-update-company-balance", "insufficient_funds", one + `"balance_change":-10001`, ""},
	}
}

func refusalsOfFactories() []refusalCase {
	return []refusalCase{
		{"company-complete-free-factories", "not_found", `"company_id":9,"new_resource":"iron","count":1`, ""},
		{"company-complete-free-factories", "conflict", `"company_id":1,"find_resource":"iron","new_resource":"iron","count":1`, ""},
		{"company-complete-free-factories", "wrong_stage", `"company_id":1,"new_resource":"iron","count":1`, "ended"},
		{"get-factories", "not_found", `"company_id":9`, ""},
		{"get-factory", "not_found", `"factory_id":99`, ""},
		{"factory-recomplectation", "not_found", `"factory_id":99,"new_complectation":"iron"`, ""},
		{"factory-recomplectation", "conflict", `"factory_id":1,"new_complectation":"iron"`, ""},
		{"factory-recomplectation", "wrong_stage", `"factory_id":1,"new_complectation":"tools"`, "ended"},
		{"factory-set-produce", "not_found", `"factory_id":99,"produce":true`, ""},
		{"factory-set-produce", "conflict", `"factory_id":1,"produce":false`, ""},
		{"factory-set-produce", "wrong_stage", `"factory_id":1,"produce":true`, "ended"},
		{"factory-set-auto", "not_found", `"factory_id":99,"is_auto":true`, ""},
		{"factory-set-auto", "conflict", `"factory_id":1,"is_auto":false`, ""},
		{"factory-set-auto", "wrong_stage", `"factory_id":1,"is_auto":true`, "ended"},
	}
}

func refusalsOfExchange() []refusalCase {
	const buyOne, buyNine = `"offer_id":1,"buyer_company_id":2,"quantity":1`, `"offer_id":1,"buyer_company_id":2,"quantity":9`
	return []refusalCase{
		{"notforgame-update-company-items", "not_found", `"company_id":9,"item_id":"stone","quantity_change":1`, ""},
		{"notforgame-update-company-items", "wrong_stage", `"company_id":1,"item_id":"stone","quantity_change":1`, "ended"},
		{"notforgame-update-company-items", "insufficient_resources", `"company_id":1,"item_id":"stone","quantity_change":-21`, ""},
		{"notforgame-update-company-items", "no_space", `"company_id":1,"item_id":"stone","quantity_change":31`, ""},
		{"get-exchange", "not_found", `"id":9`, ""},
		{"create-exchange-offer", "not_found", strings.Replace(createMoney, `"company_id":1`, `"company_id":9`, 1), ""},
		{"create-exchange-offer", "wrong_stage", createMoney, "ended"},
		{"create-exchange-offer", "in_prison", createMoney, "jailed"},
		{"create-exchange-offer", "insufficient_resources", strings.Replace(createMoney, `"count_offers":5`, `"count_offers":11`, 1), ""},
		{"update-exchange-offer", "not_found", `"offer_id":9,"price":1`, ""},
		{"update-exchange-offer", "conflict", `"offer_id":1,"price":100`, "offered"},
		{"update-exchange-offer", "wrong_stage", `"offer_id":1,"price":1`, "offered, ended"},
		{"update-exchange-offer", "in_prison", `"offer_id":1,"price":1`, "offered, jailed"},
		{"cancel-exchange-offer", "not_found", `"offer_id":9`, ""},
		{"cancel-exchange-offer", "wrong_stage", `"offer_id":1`, "offered, ended"},
		{"cancel-exchange-offer", "in_prison", `"offer_id":1`, "offered, jailed"},
		{"cancel-exchange-offer", "no_space", `"offer_id":1`, "offered, full"},
		{"buy-exchange-offer", "not_found", buyOne, ""},
		{"buy-exchange-offer", "conflict", `"offer_id":1,"buyer_company_id":1,"quantity":1`, "offered"},
		{"buy-exchange-offer", "wrong_stage", buyOne, "offered, ended"},
		{"buy-exchange-offer", "in_prison", buyOne, "offered, buyer jailed"},
		{"buy-exchange-offer", "insufficient_funds", buyOne, "offered, buyer poor"},
		{"buy-exchange-offer", "insufficient_resources", buyNine, "offered"},
		{"buy-exchange-offer", "no_space", buyOne, "offered, buyer full"},
	}
}

// TestRefusals tries every request with every error code that the schema declares for it. A refusal
// causes no broadcast and changes nothing in the database. With a client key it adds one row
// without events to the log, and is repeated.
func TestRefusals(t *testing.T) {
	t.Parallel()
	cases := refusalCases()
	tried := map[[2]string]bool{}
	for _, c := range cases {
		tried[[2]string{c.typ, c.code}] = true
	}
	for _, m := range route.Messages() {
		if m.Mutates { // every command can be refused because of a reused request_id
			fields := firstFields(cases, m.Type)
			cases = append(cases, refusalCase{m.Type, "conflict", fields, "used"})
			tried[[2]string{m.Type, "conflict"}] = true
		}
		for _, code := range m.Errors {
			if !tried[[2]string{m.Type, code}] {
				t.Errorf("got no case for %s with %s, want one", m.Type, code)
			}
		}
	}
	// A refusal changes nothing, so all cases of one setting share a market.
	bySetting := map[string][]refusalCase{}
	for _, c := range cases {
		if settings[c.setting] == nil {
			t.Fatalf("got an unknown setting %s, want one of settings", c.setting)
		}
		bySetting[c.setting] = append(bySetting[c.setting], c)
	}
	for setting, cases := range bySetting {
		t.Run(cmp.Or(setting, "as it is"), func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			part := settings[setting](m)
			for i, c := range cases {
				c.fields = strings.ReplaceAll(c.fields, "%s", part)
				m.refusedWith(c, fmt.Sprint("keyed ", i))
			}
		})
	}
}

// firstFields returns valid fields for a request type.
func firstFields(cases []refusalCase, typ string) string {
	i := slices.IndexFunc(cases, func(c refusalCase) bool { return c.typ == typ })
	if i < 0 {
		return ""
	}
	return strings.ReplaceAll(cases[i].fields, "%s", "123456")
}

// refusedWith sends a request without a client key and, if it is a command, twice with one.
func (m *market) refusedWith(c refusalCase, id string) {
	m.t.Helper()
	before := m.contents()
	m.answers(c, frame(c.typ, c.fields))
	if after := m.contents(); after.rows != before.rows || !slices.Equal(after.log, before.log) {
		m.t.Errorf("refusal of %s: got\n%s\nwant no change of\n%s", c.typ, after, before)
	}
	if !mutates(c.typ) || m.caller.Key != "" {
		return
	}
	m.caller.Key = "hash of a key"
	defer func() { m.caller.Key = "" }()
	keyed := strings.Replace(frame(c.typ, c.fields), `"request_id":"r"`, `"request_id":"`+id+`"`, 1)
	first := m.answers(c, keyed)
	after := m.contents()
	// The columns are session_id, epoch, seq_from and seq_to. The row has no events.
	if after.rows != before.rows || len(after.log) != len(before.log)+1 || !slices.Equal(after.log[:len(before.log)], before.log) || !strings.Contains(after.log[len(before.log)], "|NULL|NULL|X'") {
		m.t.Errorf("refusal of %s with a client key: got\n%s\nwant one more row in the log than\n%s", c.typ, after, before)
	}
	if again := m.answers(c, keyed); again != first {
		m.t.Errorf("%s again: got %s, want %s", c.typ, again, first)
	}
	if last := m.contents(); last.rows != after.rows || !slices.Equal(last.log, after.log) {
		m.t.Errorf("%s again: got\n%s\nwant no change of\n%s", c.typ, last, after)
	}
}

// answers sends a frame that must be refused and returns the answer.
func (m *market) answers(c refusalCase, frame string) string {
	m.t.Helper()
	got := m.sendChecked(frame)
	if len(got) != 1 || !strings.Contains(got[0], `"data":{"error":"`) || !strings.Contains(got[0], `","code":"`+c.code+`"`) {
		m.t.Errorf("sent %s\n got %s\nwant a refusal with %s", frame, strings.Join(got, "\n     "), c.code)
	}
	m.checkFaults()
	return strings.Join(got, "\n")
}

func mutates(typ string) bool {
	return slices.ContainsFunc(route.Messages(), func(m *route.Message) bool { return m.Type == typ && m.Mutates })
}
