package handler_test

import (
	"fmt"
	"slices"
	"strconv"
)

// stop is one command of a tour.
type stop struct {
	typ    string
	fields func(*server) string // what it needs beside type and password
}

// tour is one request at least of each type that changes something, in an order
// in which all of them work on a server that has no companies and no session C.
func tour() []stop {
	return slices.Concat(founding(), business(), industry(), departure())
}

func fixed(fields string) func(*server) string { return func(*server) string { return fields } }

// founding makes two companies and gives the first a cell of the map.
func founding() []stop {
	return []stop{
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
		// Where not so much is extracted that there is no room for goods to buy.
		{"set-company-position", func(s *server) string { return `"company_id":2,` + s.free("water") }},
	}
}

// business is of the bank: money that is added before the first turn is taxed in it,
// and a deposit can be withdrawn three turns after it was made.
func business() []stop {
	turn := stop{"update-session-stage", fixed(`"session_id":"C","stage":"Game","add_shedule":false`)}
	return []stop{
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

// industry is of factories and the exchange. The factories 1 to 5 are fitted for iron.
func industry() []stop {
	return []stop{
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

// departure takes everything away again.
func departure() []stop {
	return []stop{
		{"update-company-left-user", fixed(`"user_id":3,"company_id":1`)},
		{"delete-company", fixed(`"company_id":2`)},
		{"delete-user", fixed(`"user_id":1`)},
		{"delete-session", fixed(`"session_id":"C","really":true`)},
	}
}

// free returns a cell of a type in session C that can be picked, as fields of a request.
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
	s.t.Fatalf("no %s is free", cellType)
	return ""
}
