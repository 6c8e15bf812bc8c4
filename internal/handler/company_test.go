package handler_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// companyFields are the fields of a new company in an answer.
type companyFields struct {
	id, code, owner int
	name, session   string
	position        string
	reputation      int
	balance         int
	income          int
	prison          int // step at which it leaves prison; 0: not in prison
	goods           string
	station         string // level of the station on water; "": no cell
	factories       int
	capacity        int
}

// techCorp is company 1 of session A, without the code to join it.
var techCorp = companyFields{id: 1, name: "Tech Corp", session: "A", owner: 12345, reputation: 20, balance: 10_000, goods: "{}", capacity: 50}

func (f companyFields) json() string {
	water, cellType, prison := `{"station":"level0","factory":"level0"}`, "null", "null"
	if f.station != "" {
		water, cellType = `{"station":"`+f.station+`","factory":"level1"}`, `"water"`
	}
	if f.prison != 0 {
		prison = strconv.Itoa(f.prison)
	}
	warehouse := map[int]string{50: "level1", 75: "level2"}[f.capacity]
	const none = `{"station":"level0","factory":"level0"}`
	return `{"id":` + strconv.Itoa(f.id) + `,"name":"` + f.name + `","reputation":` + strconv.Itoa(f.reputation) +
		`,"balance":` + strconv.Itoa(f.balance) + `,"in_prison":` + strconv.FormatBool(f.prison != 0) +
		`,"cell_position":"` + f.position + `","session_id":"` + f.session + `","credits":[],"deposits":[],"tax_debt":0,"overdue_steps":0` +
		`,"secret_code":` + strconv.Itoa(f.code) + `,"owner_id":` + strconv.Itoa(f.owner) +
		`,"improvements":{"warehouse":"` + warehouse + `","contracts":"level1","mountain":` + none + `,"forest":` + none +
		`,"water":` + water + `,"field":` + none + `},"warehouses":` + f.goods + `,"inventory":` + f.goods +
		`,"last_turn_income":0,"this_turn_income":` + strconv.Itoa(f.income) + `,"business_type":"small","prison_end_step":` + prison +
		`,"cell_type":` + cellType + `,"warehouse_capacity":` + strconv.Itoa(f.capacity) + `,"tax_rate":0.06,"factories_count":` + strconv.Itoa(f.factories) + `}`
}

// change changes a session directly in the store.
func (s *server) change(session string, change func(*game.Session)) {
	s.t.Helper()
	err := s.store.Update(s.t.Context(), game.Command{Session: session}, func(g *game.Session, _ game.Env) (game.Outcome, error) {
		change(g)
		return game.Outcome{}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// code returns the code to join a company.
func (s *server) code(company int64) int64 {
	s.t.Helper()
	found, err := s.store.Companies(s.t.Context(), game.CompanyFilter{ID: &company})
	if err != nil || len(found) != 1 {
		s.t.Fatalf("company %d: got %v, error %v, want one company", company, found, err)
	}
	return found[0].Company.SecretCode
}

// withCompanies is withUsers with three companies: 1, Tech Corp of John in A; 2, B of Jane in B; 3,
// Mill of Jane in A.
func withCompanies(t *testing.T) *server {
	t.Helper()
	s := withUsers(t)
	for _, frame := range []string{
		`{"type":"create-company","name":"Tech Corp","who_create":12345,"password":"secret","request_id":"r"}`,
		`{"type":"create-company","name":"B","who_create":20,"password":"secret","request_id":"r"}`,
		`{"type":"create-company","name":"Mill","who_create":30,"password":"secret","request_id":"r"}`,
	} {
		if got := s.send(frame); len(got) != 3 {
			t.Fatalf("got %v, want the answer and two broadcasts", got)
		}
	}
	return s
}

// onMap is withCompanies with session A in CellSelect. Its map is water, with a city at 1:0 and a
// mountain at 2:0.
func onMap(t *testing.T) *server {
	t.Helper()
	s := withCompanies(t)
	s.change("A", func(g *game.Session) {
		g.Stage, g.Cells = game.StageCellSelect, make([]string, 49)
		for i := range g.Cells {
			g.Cells[i] = "water"
		}
		g.Cells[1], g.Cells[2] = "city", "mountain"
	})
	return s
}

// TestCreateCompany: trusted callers get the code to join the company, others 0.
func TestCreateCompany(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	got := s.send(`{"type":"create-company","name":" Tech Corp ","who_create":"12345","password":"secret","request_id":"r"}`)
	if len(got) != 3 {
		t.Fatalf("got %v, want the answer and two broadcasts", got)
	}
	known := techCorp
	known.code = int(s.code(1))
	if !regexp.MustCompile(`^[1-9][0-9]{5}$`).MatchString(strconv.Itoa(known.code)) {
		t.Errorf("got code %d, want 6 digits", known.code)
	}
	for i, want := range []string{
		response(`{"session_id":"A","company":` + known.json() + `}`),
		broadcast("api-create_company", `{"session_id":"A","company":`+techCorp.json()+`}`, "3", "A"),
		broadcast("api-user_added_to_company", `{"company_id":1,"user_id":12345}`, "4", "A"),
	} {
		if got[i] != want {
			t.Errorf("got\n%s\nwant\n%s", got[i], want)
		}
	}
	s.want(`{"type":"get-user","id":12345,"request_id":"r"}`, response(strings.Replace(john, `"company_id":0`, `"company_id":1`, 1)))
	s.want(`{"type":"get-company","id":1,"request_id":"r"}`, response(known.json()))
	s.caller.Trusted = false
	s.want(`{"type":"get-company","id":1,"request_id":"r"}`, response(techCorp.json()))
}

func TestCreateCompany_refuses(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	s.send(`{"type":"create-user","user_id":1,"username":"Ann","session_id":"A","password":"secret"}`)
	for _, c := range []struct{ fields, code, text string }{
		{`"who_create":2,"name":" "`, "not_found", "User not found"},
		{`"who_create":1,"name":" \u0007"`, "invalid_field", "A company name has 1-32 characters and no control characters"},
		{`"who_create":30,"name":"x"`, "conflict", "User 30 is already in company 3; leave it first"},
		{`"who_create":1,"name":"Mill "`, "conflict", "Company name Mill is taken in this session"},
	} {
		s.want(`{"type":"create-company",`+c.fields+`,"password":"secret","request_id":"r"}`, refusal(c.code, c.text))
	}
	s.change("A", func(g *game.Session) {
		few := *g.Rules
		few.Limits.Companies = 2
		g.Rules = &few
	})
	s.want(`{"type":"create-company","who_create":1,"name":"x","password":"secret","request_id":"r"}`,
		refusal("limit_reached", "A session has at most 2 companies"))
	s.setStage("A", game.StageGame)
	s.want(`{"type":"create-company","who_create":1,"name":"x","password":"secret","request_id":"r"}`,
		refusal("wrong_stage", "Companies can be founded only in stage FreeUserConnect"))
}

func TestUpdateCompanyAddUser(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	s.send(`{"type":"create-user","user_id":1,"username":"Ann","session_id":"A","password":"secret"}`)
	code, other := strconv.FormatInt(s.code(3), 10), strconv.FormatInt(s.code(2), 10)
	join := func(user, code string) string {
		return `{"type":"update-company-add-user","user_id":` + user + `,"secret_code":` + code + `,"password":"secret","request_id":"r"}`
	}
	s.want(join("2", code), refusal("not_found", "User not found"))
	s.want(join("1", "0"), refusal("not_found", "Company not found"))
	s.want(join("1", other), refusal("not_found", "Company not found")) // of another session
	s.want(join("1", code), response("null"), broadcast("api-user_added_to_company", `{"company_id":3,"user_id":1}`, "8", "A"))
	s.want(join("1", code), refusal("conflict", "User 1 is already in company 3; leave it first"))
	s.want(`{"type":"get-users","company_id":3,"request_id":"r"}`, response(
		`[{"id":1,"username":"Ann","company_id":3,"session_id":"A"},`+strings.Replace(jane, `"company_id":0`, `"company_id":3`, 1)+`]`))
	s.change("A", func(g *game.Session) {
		few := *g.Rules
		few.Limits.Players = 2
		g.Rules = &few
	})
	s.send(`{"type":"create-user","user_id":2,"username":"Bob","session_id":"A","password":"secret"}`)
	s.want(join("2", code), refusal("limit_reached", "A company has at most 2 players"))
	s.setStage("A", game.StageCellSelect)
	s.want(join("2", code), refusal("wrong_stage", "Companies can be joined only in stage FreeUserConnect"))
}

func TestUpdateCompanyLeftUser(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	leave := func(user, company string) string {
		return `{"type":"update-company-left-user","user_id":` + user + `,"company_id":` + company + `,"password":"secret","request_id":"r"}`
	}
	s.want(leave("1", "1"), refusal("not_found", "User not found"))
	s.want(leave("30", "4"), refusal("not_found", "Company not found"))
	s.want(leave("30", "2"), refusal("not_found", "Company not found")) // of another session
	s.want(leave("30", "1"), refusal("conflict", "User 30 is not in company 1"))
	s.want(leave("30", "3"), response("null"),
		broadcast("api-user_left_company", `{"user_id":30,"company_id":3}`, "7", "A"),
		broadcast("api-company_deleted", `{"company_id":3}`, "8", "A"))
	s.want(`{"type":"get-company","id":3,"request_id":"r"}`, response("null"))
	s.want(`{"type":"get-user","id":30,"request_id":"r"}`, response(jane))
	s.setStage("A", game.StageEnd)
	s.want(leave("12345", "1"), refusal("wrong_stage", "Companies cannot be left in stage End"))
}

func TestDeleteCompany(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	s.send(`{"type":"set-company-position","company_id":1,"x":0,"y":0,"password":"secret"}`)
	s.setStage("A", game.StageEnd)
	const frame = `{"type":"delete-company","company_id":1,"password":"secret","request_id":"r"}`
	s.want(frame, response("null"),
		broadcast("api-company_deleted", `{"company_id":1}`, "11", "A"),
		broadcast("api-user_left_company", `{"user_id":12345,"company_id":1}`, "12", "A"),
		broadcast("api-factory-delete", `{"factory_id":1,"company_id":1}`, "13", "A"),
		broadcast("api-factory-delete", `{"factory_id":2,"company_id":1}`, "14", "A"),
		broadcast("api-factory-delete", `{"factory_id":3,"company_id":1}`, "15", "A"))
	s.want(frame, refusal("not_found", "Company not found"))
	s.want(`{"type":"get-user","id":12345,"request_id":"r"}`, response(john))
}

// TestUpdateUser_company moves a user from one company, which is deleted because it is empty, to
// another.
func TestUpdateUser_company(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	const (
		before = `{"id":12345,"username":"JohnDoe","company_id":1,"session_id":"A"}`
		after  = `{"id":12345,"username":"Joe","company_id":3,"session_id":"A"}`
		both   = `{"session_id":"A","new":` + after + `,"old":` + before + `}`
	)
	s.want(`{"type":"update-user","user_id":12345,"company_id":2,"password":"secret","request_id":"r"}`,
		refusal("not_found", "Company not found")) // of another session
	s.want(`{"type":"update-user","user_id":12345,"company_id":"3","username":"Joe","password":"secret","request_id":"r"}`,
		response(both),
		broadcast("api-update_user", both, "7", "A"),
		broadcast("api-user_left_company", `{"user_id":12345,"company_id":1}`, "8", "A"),
		broadcast("api-company_deleted", `{"company_id":1}`, "9", "A"),
		broadcast("api-user_added_to_company", `{"company_id":3,"user_id":12345}`, "10", "A"))
	s.want(`{"type":"get-user","id":12345,"request_id":"r"}`, response(after))
	s.setStage("A", game.StageGame)
	s.want(`{"type":"update-user","user_id":12345,"company_id":3,"password":"secret","request_id":"r"}`,
		refusal("conflict", "Nothing to change"))
	const left = `{"id":12345,"username":"Joe","company_id":0,"session_id":"A"}`
	s.want(`{"type":"update-user","user_id":12345,"company_id":0,"password":"secret","request_id":"r"}`,
		response(`{"session_id":"A","new":`+left+`,"old":`+after+`}`),
		broadcast("api-update_user", `{"session_id":"A","new":`+left+`,"old":`+after+`}`, "11", "A"),
		broadcast("api-user_left_company", `{"user_id":12345,"company_id":3}`, "12", "A"))
	s.want(`{"type":"update-user","user_id":12345,"company_id":3,"password":"secret","request_id":"r"}`,
		refusal("wrong_stage", "Companies can be joined only in stage FreeUserConnect"))
	s.setStage("A", game.StageFreeUserConnect)
	s.change("A", func(g *game.Session) {
		few := *g.Rules
		few.Limits.Players = 1
		g.Rules = &few
	})
	s.want(`{"type":"update-user","user_id":12345,"company_id":3,"password":"secret","request_id":"r"}`,
		refusal("limit_reached", "A company has at most 1 players"))
}

func TestDeleteUser_company(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	s.want(`{"type":"delete-user","user_id":30,"password":"secret","request_id":"r"}`, response("null"),
		broadcast("api-user_deleted", `{"user_id":30}`, "7", "A"),
		broadcast("api-user_left_company", `{"user_id":30,"company_id":3}`, "8", "A"),
		broadcast("api-company_deleted", `{"company_id":3}`, "9", "A"))
	s.setStage("A", game.StageEnd)
	s.want(`{"type":"delete-user","user_id":12345,"password":"secret","request_id":"r"}`, response("null"),
		broadcast("api-user_deleted", `{"user_id":12345}`, "10", "A"),
		broadcast("api-user_left_company", `{"user_id":12345,"company_id":1}`, "11", "A"))
	left := techCorp
	left.owner = 0
	s.caller.Trusted = false
	s.want(`{"type":"get-company","id":1,"request_id":"r"}`, response(left.json()))
}

func TestSetCompanyPosition(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	factory := func(id, kit string) string {
		return `{"factory_id":` + id + `,"company_id":1,"factory":{"id":` + id + `,"company_id":1,"complectation":` + kit +
			`,"produce":false,"is_auto":false,"complectation_step":0,"progress":[0,0],"is_working":false,"produced":0}}`
	}
	s.want(`{"type":"get-company-cell-info","company_id":1,"request_id":"r"}`, response("null"))
	s.want(`{"type":"get-company-improvement-info","company_id":1,"request_id":"r"}`, response("{}"))
	s.want(`{"type":"set-company-position","company_id":"1","x":0,"y":0,"password":"secret","request_id":"r"}`,
		response(`{"result":true,"position_now":"0:0"}`),
		broadcast("api-company_set_position", `{"company_id":1,"old_position":"","new_position":"0:0"}`, "7", "A"),
		broadcast("api-factory-create", factory("1", `"smoked_fish"`), "8", "A"),
		broadcast("api-factory-create", factory("2", `null`), "9", "A"),
		broadcast("api-factory-create", factory("3", `null`), "10", "A"))
	s.want(`{"type":"set-company-position","company_id":1,"x":6,"y":2,"password":"secret","request_id":"r"}`,
		response(`{"result":true,"position_now":"6:2"}`),
		broadcast("api-company_set_position", `{"company_id":1,"old_position":"0:0","new_position":"6:2"}`, "11", "A"),
		broadcast("api-factory-delete", `{"factory_id":1,"company_id":1}`, "12", "A"),
		broadcast("api-factory-delete", `{"factory_id":2,"company_id":1}`, "13", "A"),
		broadcast("api-factory-delete", `{"factory_id":3,"company_id":1}`, "14", "A"),
		broadcast("api-factory-create", factory("4", `"smoked_fish"`), "15", "A"),
		broadcast("api-factory-create", factory("5", `null`), "16", "A"),
		broadcast("api-factory-create", factory("6", `null`), "17", "A"))
	there := techCorp
	there.position, there.station, there.factories = "6:2", "level1", 3
	s.caller.Trusted = false
	s.want(`{"type":"get-company","id":1,"request_id":"r"}`, response(there.json()))
	s.want(`{"type":"get-company-cell-info","company_id":1,"request_id":"r"}`, response(
		`{"data":{"id":"water","label":"Water","resource_id":"fish","max_amount":11,"pickable":true,"locations":[]},"type":"water"}`))
	s.want(`{"type":"get-company-improvement-info","company_id":1,"request_id":"r"}`, response(
		`{"warehouse":{"level":1,"capacity":50,"cost":0,"next":{"level":2,"capacity":75,"cost":10000}}`+
			`,"contracts":{"level":1,"max":5,"cost":0,"next":{"level":2,"max":10,"cost":10000}}`+
			`,"station":{"level":1,"productsPerTurn":2,"cost":0,"next":{"level":2,"productsPerTurn":10,"cost":10000}}`+
			`,"factory":{"level":1,"tasksPerTurn":3,"cost":0,"next":{"level":2,"tasksPerTurn":6,"cost":10000}}}`))
}

func TestSetCompanyPosition_refuses(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	s.send(`{"type":"set-company-position","company_id":3,"x":0,"y":0,"password":"secret"}`)
	for _, c := range []struct{ fields, code, text string }{
		{`"company_id":4,"x":99,"y":0`, "not_found", "Company not found"},
		{`"company_id":1,"x":7,"y":0`, "invalid_field", "The map has columns 0 to 6 and rows 0 to 6"},
		{`"company_id":1,"x":1,"y":0`, "conflict", "Cell 1:0 is a city, which no company can pick"},
		{`"company_id":1,"x":0,"y":0`, "conflict", "Cell 0:0 is taken"},
		{`"company_id":3,"x":0,"y":0`, "conflict", "Mill is already on cell 0:0"},
		{`"company_id":2,"x":0,"y":0`, "wrong_stage", "Companies can pick a cell only in stage CellSelect"},
	} {
		s.want(`{"type":"set-company-position",`+c.fields+`,"password":"secret","request_id":"r"}`, refusal(c.code, c.text))
	}
}

func TestGetSessionsFreeCells(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	s.change("A", func(g *game.Session) {
		for i := 3; i < len(g.Cells); i++ {
			g.Cells[i] = "city"
		}
		g.Cells[48] = "field"
	})
	const free = `{"type":"get-sessions-free-cells","session_id":"A","request_id":"r"}`
	s.want(free, response(`{"free_cells":["0:0","2:0","6:6"]}`))
	s.send(`{"type":"set-company-position","company_id":1,"x":2,"y":0,"password":"secret"}`)
	s.want(free, response(`{"free_cells":["0:0","6:6"]}`))
	s.want(`{"type":"get-sessions-free-cells","session_id":"B","request_id":"r"}`, response(`{"free_cells":[]}`))
	s.want(`{"type":"get-sessions-free-cells","session_id":"C","request_id":"r"}`, refusal("not_found", "Session not found"))
}

func TestUpdateCompanyImprove(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	s.send(`{"type":"set-company-position","company_id":1,"x":0,"y":0,"password":"secret"}`)
	improve := func(company, what string) string {
		return `{"type":"update-company-improve","company_id":` + company + `,"improvement_type":"` + what + `","password":"secret","request_id":"r"}`
	}
	s.want(improve("4", "station"), refusal("not_found", "Company not found"))
	s.want(improve("3", "station"), refusal("conflict", "Mill has no cell yet, where its station would be"))
	s.want(improve("1", "mountain.station"), refusal("conflict", "Tech Corp stands on a cell of type water, not mountain"))
	s.want(improve("1", "water.station"), response("null"),
		broadcast("api-company_improvement_upgraded", `{"company_id":1,"improvement_type":"station","new_level":"level2"}`, "11", "A"),
		broadcast("api-company_balance_changed", `{"company_id":1,"old_balance":10000,"new_balance":0,"change":-10000}`, "12", "A"))
	s.want(improve("1", "warehouse"), refusal("insufficient_funds", "Level 2 of the warehouse costs 10000; Tech Corp has 0"))
	s.change("A", func(g *game.Session) {
		c := *g.Company(1)
		c.Levels.Station = 4
		c.Balance = 10_000
		g.Companies[0] = &c
	})
	s.want(improve("1", "station"), refusal("limit_reached", "The station of Tech Corp has the highest level, 4"))
	factory := func(id string) string {
		return `{"factory_id":` + id + `,"company_id":1,"factory":{"id":` + id + `,"company_id":1,"complectation":null` +
			`,"produce":false,"is_auto":false,"complectation_step":0,"progress":[0,0],"is_working":false,"produced":0}}`
	}
	s.want(improve("1", "factory"), response("null"),
		broadcast("api-company_improvement_upgraded", `{"company_id":1,"improvement_type":"factory","new_level":"level2"}`, "13", "A"),
		broadcast("api-company_balance_changed", `{"company_id":1,"old_balance":10000,"new_balance":0,"change":-10000}`, "14", "A"),
		broadcast("api-factory-create", factory("4"), "15", "A"),
		broadcast("api-factory-create", factory("5"), "16", "A"),
		broadcast("api-factory-create", factory("6"), "17", "A"))
	s.want(`{"type":"get-company-improvement-info","company_id":1,"request_id":"r"}`, response(
		`{"warehouse":{"level":1,"capacity":50,"cost":0,"next":{"level":2,"capacity":75,"cost":10000}}`+
			`,"contracts":{"level":1,"max":5,"cost":0,"next":{"level":2,"max":10,"cost":10000}}`+
			`,"station":{"level":4,"productsPerTurn":30,"cost":100000,"next":null}`+
			`,"factory":{"level":2,"tasksPerTurn":6,"cost":10000,"next":{"level":3,"tasksPerTurn":12,"cost":50000}}}`))
	s.change("A", func(g *game.Session) {
		c := *g.Company(1)
		c.PrisonEndStep = 8
		g.Companies[0] = &c
	})
	s.want(improve("1", "factory"), refusal("in_prison", "Tech Corp is in prison until step 8 and cannot improve anything"))
	s.setStage("A", game.StageEnd)
	s.want(improve("1", "factory"), refusal("wrong_stage", "Nothing can be improved in stage End"))
}

func TestNotforgame(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	send := func(what, fields string) string {
		return `{"type":"notforgame-update-company-` + what + `",` + fields + `,"password":"secret","request_id":"r"}`
	}
	s.want(send("balance", `"company_id":1,"balance_change":500`), response("null"),
		broadcast("api-company_balance_changed", `{"company_id":1,"old_balance":10000,"new_balance":10500,"change":500}`, "7", "A"))
	s.want(send("balance", `"company_id":1,"balance_change":-10000`), response("null"),
		broadcast("api-company_balance_changed", `{"company_id":1,"old_balance":10500,"new_balance":500,"change":-10000}`, "8", "A"))
	s.want(send("items", `"company_id":1,"item_id":"stone","quantity_change":20`), response("null"),
		broadcast("api-company_resource_added", `{"company_id":1,"resource":"stone","amount":20}`, "9", "A"))
	s.want(send("items", `"company_id":1,"item_id":"stone","quantity_change":-5`), response("null"),
		broadcast("api-company_resource_removed", `{"company_id":1,"resource":"stone","amount":5}`, "10", "A"))
	s.want(send("name", `"company_id":1,"new_name":" Corp "`), response("null"),
		broadcast("api-company_name_updated", `{"company_id":1,"old_name":"Tech Corp","new_name":"Corp"}`, "11", "A"))
	now := techCorp
	now.name, now.balance, now.income, now.goods = "Corp", 500, 500, `{"stone":15}`
	s.caller.Trusted = false
	s.want(`{"type":"get-company","id":1,"request_id":"r"}`, response(now.json()))
	for _, c := range []struct{ what, fields, code, text string }{
		{"balance", `"company_id":4,"balance_change":1`, "not_found", "Company not found"},
		{"items", `"company_id":4,"item_id":"stone","quantity_change":1`, "not_found", "Company not found"},
		{"name", `"company_id":4,"new_name":"x"`, "not_found", "Company not found"},
		{"balance", `"company_id":1,"balance_change":9007199254740991`, "invalid_field", "Neither the balance nor the income of a turn can exceed 9007199254740991"},
		{"balance", `"company_id":1,"balance_change":-501`, "insufficient_funds", "Corp has only 500"},
		{"items", `"company_id":1,"item_id":"oil","quantity_change":1`, "invalid_field", "No resource of this session is called oil"},
		{"items", `"company_id":1,"item_id":"stone","quantity_change":-16`, "insufficient_resources", "Corp has only 15 of stone"},
		{"items", `"company_id":1,"item_id":"stone","quantity_change":36`, "no_space", "The warehouse of Corp has room for 35 more of 50"},
		{"name", `"company_id":1,"new_name":" "`, "invalid_field", "A company name has 1-32 characters and no control characters"},
		{"name", `"company_id":1,"new_name":"Corp"`, "conflict", "The company is already called Corp"},
		{"name", `"company_id":1,"new_name":"Mill"`, "conflict", "Company name Mill is taken in this session"},
	} {
		s.want(send(c.what, c.fields), refusal(c.code, c.text))
	}
	s.setStage("A", game.StageEnd)
	for what, fields := range map[string]string{
		"balance": `"balance_change":1`, "items": `"item_id":"stone","quantity_change":1`, "name": `"new_name":"x"`,
	} {
		s.want(send(what, `"company_id":1,`+fields), refusal("wrong_stage", "Companies cannot be changed in stage End"))
	}
}

// TestNotforgame_zero: a change of 0 is refused before the company is looked up.
func TestNotforgame_zero(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	for what, field := range map[string]string{"balance": "balance_change", "items": "quantity_change"} {
		for _, company := range []string{"1", "4"} { // there is no company 4
			s.want(`{"type":"notforgame-update-company-`+what+`","company_id":`+company+`,"item_id":"stone","`+field+`":0,"password":"secret","request_id":"r"}`,
				response(`{"error":"Invalid field: `+field+`: must not be 0","code":"invalid_field","details":[{"path":"/`+field+`","message":"must not be 0"}]}`))
		}
	}
}

func TestGetCompanies(t *testing.T) {
	t.Parallel()
	s := onMap(t)
	s.send(`{"type":"set-company-position","company_id":3,"x":6,"y":2,"password":"secret"}`)
	s.change("B", func(g *game.Session) {
		c := *g.Company(2)
		c.PrisonEndStep, c.Reputation = 8, 0
		g.Companies[0] = &c
	})
	s.caller.Trusted = false
	b, mill := techCorp, techCorp
	b.id, b.name, b.session, b.owner, b.prison, b.reputation = 2, "B", "B", 20, 8, 0
	mill.id, mill.name, mill.owner, mill.position, mill.station, mill.factories = 3, "Mill", 30, "6:2", "level1", 3
	one, two, three := techCorp.json(), b.json(), mill.json()
	for _, c := range []struct{ fields, data string }{
		{``, one + "," + two + "," + three},
		{`"session_id":"A",`, one + "," + three},
		{`"session_id":null,"in_prison":null,"cell_position":null,`, one + "," + two + "," + three},
		{`"session_id":"C",`, ""},
		{`"in_prison":true,`, two},
		{`"in_prison":false,`, one + "," + three},
		{`"cell_position":"",`, one + "," + two},
		{`"cell_position":"6:2",`, three},
		{`"cell_position":"6.2",`, three},
		{`"cell_position":"06.02",`, three},
		{`"cell_position":"2:6",`, ""},
		{`"cell_position":"9999:9999",`, ""},
		{`"session_id":"A","in_prison":true,`, ""},
	} {
		s.want(`{"type":"get-companies",`+c.fields+`"request_id":"r"}`, response("["+c.data+"]"))
	}
	for _, c := range []struct{ fields, data string }{
		{``, one},
		{`"id":3,`, three},
		{`"id":"2",`, two},
		{`"id":4,`, "null"},
		{`"name":"Mill",`, three},
		{`"name":"mill",`, "null"},
		{`"name":" Mill",`, "null"},
		{`"name":"",`, "null"},
		{`"name":"a\u0000",`, "null"},
		{`"reputation":20,`, one},
		{`"reputation":0,`, two},
		{`"balance":10000,"session_id":"B",`, two},
		{`"balance":9999,`, "null"},
		{`"in_prison":true,`, two},
		{`"cell_position":"6:2",`, three},
		{`"cell_position":"","in_prison":true,`, two},
	} {
		s.want(`{"type":"get-company",`+c.fields+`"request_id":"r"}`, response(c.data))
	}
}
