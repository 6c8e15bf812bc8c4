package handler_test

import (
	"fmt"
	"slices"
	"strconv"
)

// commandCase is one command.
type commandCase struct {
	typ    string
	fields func(*server) string // the fields besides type and password
}

// allCommands returns at least one request for each command, in an order in which all succeed on a
// server without companies and without session C.
func allCommands() []commandCase {
	return slices.Concat(founding(), business(), industry(), departure())
}

func fixed(fields string) func(*server) string { return func(*server) string { return fields } }

// founding creates two companies and gives each a cell.
func founding() []commandCase {
	return []commandCase{
		{"create-session", fixed(`"session_id":"C"`)},
		{"create-user", fixed(`"user_id":1,"username":"Ann","session_id":"C"`)},
		{"create-user", fixed(`"user_id":2,"username":"Bob","session_id":"C"`)},
		{"create-user", fixed(`"user_id":3,"username":"Cid","session_id":"C"`)},
		{"create-company", fixed(`"name":"Alpha","who_create":1`)},
		{"create-company", fixed(`"name":"Beta","who_create":2`)},
		{"update-company-add-user", func(s *server) string {
			return `"user_id":3,"secret_code":` + strconv.FormatInt(s.code(1), 10)
		}},
		{"update-user", fixed(`"user_id":1,"username":"Bea"`)},
		{"notforgame-update-company-name", fixed(`"company_id":2,"new_name":"Gamma"`)},
		{"update-session-stage", fixed(`"session_id":"C","stage":"CellSelect"`)},
		{"set-company-position", func(s *server) string { return `"company_id":1,` + s.free("mountain") }},
		// Water gives less than a mountain, so the warehouse keeps room for bought goods.
		{"set-company-position", func(s *server) string { return `"company_id":2,` + s.free("water") }},
	}
}

// business uses the bank. A deposit can be withdrawn three turns after it was made.
func business() []commandCase {
	turn := commandCase{"update-session-stage", fixed(`"session_id":"C","stage":"Game","add_shedule":false`)}
	return []commandCase{
		{"notforgame-update-company-balance", fixed(`"company_id":1,"balance_change":100000`)},
		{"update-company-improve", fixed(`"company_id":1,"improvement_type":"warehouse"`)},
		turn,
		{"company-take-credit", fixed(`"company_id":1,"amount":1000,"period":3`)},
		{"company-pay-credit", fixed(`"company_id":1,"credit_index":0,"amount":10`)},
		{"company-take-deposit", fixed(`"company_id":1,"amount":1000,"period":10`)},
		turn, turn, turn,
		{"company-withdraw-deposit", fixed(`"company_id":1,"deposit_index":0`)},
		{"company-pay-taxes", fixed(`"company_id":1,"amount":10`)},
	}
}

// industry uses factories and the exchange. Factories 1 to 5 are fitted for iron.
func industry() []commandCase {
	return []commandCase{
		{"factory-set-produce", fixed(`"factory_id":1,"produce":true`)},
		{"factory-set-auto", fixed(`"factory_id":1,"is_auto":true`)},
		{"factory-recomplectation", fixed(`"factory_id":2,"new_complectation":"cart"`)},
		{"company-complete-free-factories", fixed(`"company_id":1,"new_resource":"tools","count":2`)},
		{"notforgame-update-company-items", fixed(`"company_id":1,"item_id":"bread","quantity_change":4`)},
		{"create-exchange-offer", fixed(`"company_id":1,"session_id":"C","sell_resource":"bread","sell_amount_per_trade":1,` +
			`"count_offers":4,"offer_type":"money","price":5`)},
		{"update-exchange-offer", fixed(`"offer_id":1,"price":6`)},
		{"buy-exchange-offer", fixed(`"offer_id":1,"buyer_company_id":2,"quantity":1`)},
		{"cancel-exchange-offer", fixed(`"offer_id":1`)},
	}
}

// departure deletes everything.
func departure() []commandCase {
	return []commandCase{
		{"update-company-left-user", fixed(`"user_id":3,"company_id":1`)},
		{"delete-company", fixed(`"company_id":2`)},
		{"delete-user", fixed(`"user_id":1`)},
		{"delete-session", fixed(`"session_id":"C","really":true`)},
	}
}

// free returns a free cell of a type in session C, as fields of a request.
func (s *server) free(cellType string) string {
	s.t.Helper()
	g, err := s.store.Session(s.t.Context(), "C")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range g.FreeCells() {
		if g.Cells[p.Y*g.Rules.Map.Cols+p.X] == cellType {
			return fmt.Sprintf(`"x":%d,"y":%d`, p.X, p.Y)
		}
	}
	s.t.Fatalf("got no free cell of type %s, want one", cellType)
	return ""
}
