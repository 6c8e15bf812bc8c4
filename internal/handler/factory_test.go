package handler_test

import (
	"fmt"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// factory returns the JSON of an idle factory of company 1.
func factory(id int, kit string, refit int) string {
	return fmt.Sprintf(`{"id":%d,"company_id":1,"complectation":%s,"produce":false,"is_auto":false,"complectation_step":%d,`+
		`"progress":[0,0],"is_working":false,"produced":0}`, id, kit, refit)
}

// factories returns the JSON of the idle factories first to last.
func factories(first, last int, kit string) string {
	var list []string
	for id := first; id <= last; id++ {
		list = append(list, factory(id, kit, 0))
	}
	return strings.Join(list, ",")
}

const success = `{"success":true}`

// refitting returns the broadcast that a factory of company 1 is being refitted.
func refitting(id int) event {
	return event{"api-factory-start-complectation", fmt.Sprintf(`{"factory_id":%d,"company_id":1}`, id)}
}

func TestGetFactories(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	iron, rest := factories(1, 5, `"iron"`), factories(6, 15, "null")
	for fields, want := range map[string]string{
		`"company_id":1`: iron + "," + rest,
		`"company_id":"1","complectation":null,"produce":null,"is_auto":null`: iron + "," + rest,
		`"company_id":1,"complectation":"iron"`:                               iron,
		`"company_id":1,"complectation":"unheard_of"`:                         "",
		`"company_id":1,"produce":false,"is_auto":false`:                      iron + "," + rest,
		`"company_id":1,"produce":true`:                                       "",
		`"company_id":1,"is_auto":true`:                                       "",
		`"company_id":2`:                                                      "",
		`"company_id":3`:                                                      "", // of another session
	} {
		m.wantAnswer("get-factories", fields, `{"factories":[`+want+`]}`)
	}
	m.wantRefusal("get-factories", `"company_id":9`, "not_found", "Company not found")
	m.wantAnswer("get-factory", `"factory_id":5`, `{"factory":`+factory(5, `"iron"`, 0)+`}`)
	m.wantAnswer("get-factory", `"factory_id":"6"`, `{"factory":`+factory(6, "null", 0)+`}`)
	m.wantRefusal("get-factory", `"factory_id":16`, "not_found", "Factory not found")
}

func TestFactoryRecomplectation(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	// Levels: cart 3, iron 1.
	m.wantAnswer("factory-recomplectation", `"factory_id":1,"new_complectation":"cart"`, success, refitting(1))
	m.wantAnswer("get-factory", `"factory_id":1`, `{"factory":`+factory(1, `"cart"`, 2)+`}`)
	m.wantAnswer("factory-recomplectation", `"factory_id":"6","new_complectation":"cart"`, success, refitting(6))
	m.wantAnswer("get-factories", `"company_id":1,"complectation":"cart"`, `{"factories":[`+factory(1, `"cart"`, 2)+","+factory(6, `"cart"`, 3)+`]}`)
}

func TestFactorySet(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.wantAnswer("factory-set-produce", `"factory_id":1,"produce":true`, success)
	m.wantAnswer("factory-set-auto", `"factory_id":1,"is_auto":true`, success)
	told := strings.NewReplacer(`"produce":false`, `"produce":true`, `"is_auto":false`, `"is_auto":true`).Replace(factory(1, `"iron"`, 0))
	m.wantAnswer("get-factories", `"company_id":1,"produce":true,"is_auto":true`, `{"factories":[`+told+`]}`)
	// The password is optional, but a wrong one is refused.
	m.want(`{"type":"factory-set-produce","factory_id":1,"produce":false,"request_id":"r"}`, response(success))
	m.want(`{"type":"factory-set-auto","factory_id":"1","is_auto":false,"request_id":"r"}`, response(success))
	m.want(`{"type":"factory-set-auto","factory_id":1,"is_auto":true,"password":"wrong","request_id":"r"}`,
		refusal("unauthorized", "Password is incorrect"))
	m.wantAnswer("get-factory", `"factory_id":1`, `{"factory":`+factory(1, `"iron"`, 0)+`}`)
}

func TestCompanyCompleteFreeFactories(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.wantAnswer("company-complete-free-factories", `"company_id":1,"new_resource":"planks","count":2`, success, refitting(6), refitting(7))
	m.wantAnswer("company-complete-free-factories", `"company_id":"1","find_resource":null,"new_resource":"iron","count":1,"produce_status":null`,
		success, refitting(8))
	m.wantAnswer("company-complete-free-factories", `"company_id":1,"find_resource":"iron","new_resource":"tools","count":100`, success,
		refitting(1), refitting(2), refitting(3), refitting(4), refitting(5)) // not 8, which is being refitted
	m.wantAnswer("company-complete-free-factories", `"company_id":1,"find_resource":"iron","new_resource":"tools","count":100`, success)
	m.wantAnswer("company-complete-free-factories", `"company_id":1,"new_resource":"iron","count":1,"produce_status":true`, success)
	m.wantAnswer("get-factories", `"company_id":1,"complectation":"tools"`, `{"factories":[`+
		strings.Replace(factories(1, 5, `"tools"`), `"complectation_step":0`, `"complectation_step":1`, 5)+`]}`)
}

// TestFactories_refuse has a case for each error code that the schema declares for factories.
func TestFactories_refuse(t *testing.T) {
	t.Parallel()
	const refit, produce, auto, bulk = "factory-recomplectation", "factory-set-produce", "factory-set-auto", "company-complete-free-factories"
	left := map[string]bool{}
	for _, msg := range served(t, "factor") {
		for _, code := range msg.Errors {
			left[msg.Type+" "+code] = true
		}
	}
	m := newMarket(t)
	m.company(1, func(c *game.Company) {
		c.Factories[1] = game.Factory{ID: 2, Kit: "tools", Fitted: "tools", Done: 1, Needed: 2}
		c.Factories[2] = game.Factory{ID: 3, Kit: "tools", Fitted: "tools", Done: 2, Needed: 2}
		c.Factories[3] = game.Factory{ID: 4, Kit: "tools", Fitted: "iron", Refit: 1}
	})
	type refusal struct{ typ, fields, code, text string }
	check := func(refusals []refusal) {
		for _, r := range refusals {
			m.wantRefusal(r.typ, r.fields, r.code, r.text)
			delete(left, r.typ+" "+r.code)
		}
	}
	check([]refusal{
		{"get-factories", `"company_id":9`, "not_found", "Company not found"},
		{"get-factory", `"factory_id":99`, "not_found", "Factory not found"},
		{refit, `"factory_id":99,"new_complectation":"iron"`, "not_found", "Factory not found"},
		{refit, `"factory_id":1,"new_complectation":"gold"`, "invalid_field", "No resource of this session is called gold"},
		{refit, `"factory_id":1,"new_complectation":"stone"`, "invalid_field", "stone is a raw material, which no factory makes"},
		{refit, `"factory_id":1,"new_complectation":"iron"`, "conflict", "The factory is already fitted to make iron"},
		{refit, `"factory_id":4,"new_complectation":"iron"`, "conflict", "The factory is already fitted to make iron"},
		{refit, `"factory_id":4,"new_complectation":"tools"`, "conflict", "The factory is already being refitted to make tools"},
		{produce, `"factory_id":99,"produce":true`, "not_found", "Factory not found"},
		{produce, `"factory_id":1,"produce":false`, "conflict", "produce is false already"},
		{produce, `"factory_id":2,"produce":true`, "conflict", "The factory has a production under way; produce can be set when it is stored"},
		{produce, `"factory_id":3,"produce":true`, "conflict", "The factory has finished a production, which waits for room in the warehouse; produce can be set when it is stored"},
		{auto, `"factory_id":99,"is_auto":true`, "not_found", "Factory not found"},
		{auto, `"factory_id":1,"is_auto":false`, "conflict", "is_auto is false already"},
		{bulk, `"company_id":9,"new_resource":"iron","count":1`, "not_found", "Company not found"},
		{bulk, `"company_id":1,"new_resource":"stone","count":1`, "invalid_field", "stone is a raw material, which no factory makes"},
		{bulk, `"company_id":1,"find_resource":"gold","new_resource":"iron","count":1`, "invalid_field", "No resource of this session is called gold"},
		{bulk, `"company_id":1,"find_resource":"iron","new_resource":"iron","count":1`, "conflict", "The factories are already fitted to make iron"},
	})
	m.setStage("A", game.StageEnd)
	check([]refusal{
		{refit, `"factory_id":1,"new_complectation":"tools"`, "wrong_stage", "Factories cannot be changed in stage End"},
		{produce, `"factory_id":1,"produce":true`, "wrong_stage", "Factories cannot be changed in stage End"},
		{auto, `"factory_id":1,"is_auto":true`, "wrong_stage", "Factories cannot be changed in stage End"},
		{bulk, `"company_id":1,"new_resource":"iron","count":1`, "wrong_stage", "Factories cannot be changed in stage End"},
	})
	for missing := range left {
		t.Errorf("got no case for %s, want one", missing)
	}
}

// TestProduction plays turns with requests. The mountain gives 10 stone a turn. Iron needs 2 stone.
// Refitting a factory from iron (level 1) to tools (level 2) takes 1 turn.
func TestProduction(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	turn := func(step int, events ...event) {
		t.Helper()
		m.wantAnswer("update-session-stage", `"session_id":"A","stage":"Game","add_shedule":false`, "null", append(events,
			event{"api-update_session_stage", fmt.Sprintf(`{"session_id":"A","new_stage":"Game","old_stage":"Game","step":%d}`, step)})...)
	}
	stone := event{"api-company_resource_added", `{"company_id":1,"resource":"stone","amount":10}`}
	m.wantAnswer("factory-set-produce", `"factory_id":1,"produce":true`, success)
	m.wantAnswer("factory-recomplectation", `"factory_id":2,"new_complectation":"tools"`, success, refitting(2))
	turn(2, stone,
		event{"api-company_resource_removed", `{"company_id":1,"resource":"stone","amount":2}`},
		event{"api-company_resource_added", `{"company_id":1,"resource":"iron","amount":1}`},
		event{"api-factory-end-production", `{"factory_id":1,"company_id":1}`},
		event{"api-factory-end-complectation", `{"factory_id":2,"company_id":1}`})
	m.wantAnswer("get-factory", `"factory_id":1`, `{"factory":`+strings.Replace(factory(1, `"iron"`, 0), `"produced":0`, `"produced":1`, 1)+`}`)
	m.wantAnswer("get-factory", `"factory_id":2`, `{"factory":`+factory(2, `"tools"`, 0)+`}`)
	turn(3, stone)

	// A production of two turns whose output must wait: the warehouse is full with 50 units, the production
	// takes 5 of them, and the mountain fills the room again before it ends.
	m.company(1, func(c *game.Company) {
		c.Goods = game.Goods{{Resource: "fish", Amount: 45}, {Resource: "iron", Amount: 3}, {Resource: "planks", Amount: 2}}
	})
	m.wantAnswer("factory-set-auto", `"factory_id":2,"is_auto":true`, success)
	turn(4, event{"api-company_resource_removed", `{"company_id":1,"resource":"iron","amount":3}`},
		event{"api-company_resource_removed", `{"company_id":1,"resource":"planks","amount":2}`})
	turn(5, event{"api-company_resource_added", `{"company_id":1,"resource":"stone","amount":5}`}) // then there is no room for tools
	waiting := strings.NewReplacer(`"is_auto":false`, `"is_auto":true`, `[0,0]`, `[2,2]`, `"is_working":false`, `"is_working":true`).
		Replace(factory(2, `"tools"`, 0))
	m.wantAnswer("get-factory", `"factory_id":2`, `{"factory":`+waiting+`}`)
	m.wantRefusal("factory-set-produce", `"factory_id":2,"produce":true`, "conflict",
		"The factory has finished a production, which waits for room in the warehouse; produce can be set when it is stored")
	m.mustDo("notforgame-update-company-items", `"company_id":1,"item_id":"fish","quantity_change":-2`)
	m.seq = int(m.session().LastSeq)
	turn(6, event{"api-company_resource_added", `{"company_id":1,"resource":"tools","amount":1}`},
		event{"api-factory-end-production", `{"factory_id":2,"company_id":1}`},
		event{"api-company_resource_added", `{"company_id":1,"resource":"stone","amount":1}`})
}
