package handler_test

import (
	"strconv"
	"testing"

	"seg.example/internal/game"
)

// withBank returns a market at step 1 of 15. Company 2 has 10000 and a reputation of 20.
func withBank(t *testing.T) *market {
	t.Helper()
	m := newMarket(t)
	m.change(func(s *game.Session) { s.Step = 1 })
	return m
}

// balanceChanged returns the broadcast of a change of company 2's balance.
func balanceChanged(from, to int) event {
	return event{
		"api-company_balance_changed",
		`{"company_id":2,"old_balance":` + strconv.Itoa(from) + `,"new_balance":` + strconv.Itoa(to) + `,"change":` + strconv.Itoa(to-from) + `}`,
	}
}

// reputationChanged returns the broadcast of a change of company 2's reputation.
func reputationChanged(from, to int) event {
	return event{
		"api-company_reputation_changed",
		`{"company_id":2,"old_reputation":` + strconv.Itoa(from) + `,"new_reputation":` + strconv.Itoa(to) + `,"change":` + strconv.Itoa(to-from) + `}`,
	}
}

func TestBank_credit(t *testing.T) {
	t.Parallel()
	m := withBank(t)
	m.wantAnswer("company-take-credit", `"company_id":"2","amount":5000,"period":4`,
		`{"credit_id":1,"amount":5000,"total_to_pay":8000,"need_pay":0,"paid":0,"steps_total":4,"steps_now":0}`,
		event{"api-company_credit_taken", `{"company_id":2,"amount":5000,"period":4,"credit_id":1}`}, balanceChanged(10_000, 15_000))
	m.wantAnswer("company-pay-credit", `"company_id":2,"credit_index":0,"amount":500`, "null",
		event{"api-company_credit_paid", `{"company_id":2,"credit_index":0,"amount":500,"remaining":7500}`}, balanceChanged(15_000, 14_500))
	m.company(2, func(c *game.Company) { c.Credits = []game.Credit{c.Credits[0]}; c.Credits[0].StepsNow = 2 })
	m.wantAnswer("company-pay-credit", `"company_id":2,"credit_index":0,"amount":14500`, "null",
		event{"api-company_credit_paid", `{"company_id":2,"credit_index":0,"amount":7500,"remaining":0}`},
		event{"api-company_credit_removed", `{"company_id":2,"credit_index":0}`}, reputationChanged(20, 40), balanceChanged(14_500, 7_000))
}

func TestBank_deposit(t *testing.T) {
	t.Parallel()
	m := withBank(t)
	m.wantAnswer("company-take-deposit", `"company_id":2,"amount":2000,"period":5`,
		`{"deposit_id":1,"initial_sum":2000,"current_balance":2000,"income_per_turn":100,"total_earned":0,"steps_total":5,"steps_now":0,"can_withdraw_from":4}`,
		event{"api-company_deposit_taken", `{"company_id":2,"amount":2000,"period":5,"deposit_index":0,"deposit_id":1}`}, balanceChanged(10_000, 8_000))
	const withdraw = `"company_id":2,"deposit_index":0`
	m.wantRefusal("company-withdraw-deposit", withdraw, "conflict", "This deposit can be withdrawn from step 4 on; the session is at step 1")
	m.change(func(s *game.Session) { s.Step = 4 })
	m.wantAnswer("company-withdraw-deposit", withdraw, `{"success":true}`,
		event{"api-company_deposit_withdrawn", `{"company_id":2,"deposit_index":0,"amount":2000}`}, balanceChanged(8_000, 10_000))
}

func TestBank_taxes(t *testing.T) {
	t.Parallel()
	m := withBank(t)
	m.wantRefusal("company-pay-taxes", `"company_id":2,"amount":1`, "conflict", "There is no tax to pay")
	m.company(2, func(c *game.Company) { c.TaxDebt = 600 })
	m.wantAnswer("company-pay-taxes", `"company_id":2,"amount":200`, "null",
		event{"api-company_tax_paid", `{"company_id":2,"amount":200,"remaining":400}`}, balanceChanged(10_000, 9_800))
	m.wantAnswer("company-pay-taxes", `"company_id":2,"amount":401`, "null",
		event{"api-company_tax_paid", `{"company_id":2,"amount":400,"remaining":0}`}, reputationChanged(20, 21), balanceChanged(9_800, 9_400))
}

// bankRequests are all requests to the bank, with valid fields except for the company.
var bankRequests = map[string]string{
	"company-take-credit":      `"amount":1000,"period":4`,
	"company-pay-credit":       `"credit_index":0,"amount":1`,
	"company-take-deposit":     `"amount":1000,"period":4`,
	"company-withdraw-deposit": `"deposit_index":0`,
	"company-pay-taxes":        `"amount":1`,
}

// TestBank_refuses tries every refusal of every request to the bank.
func TestBank_refuses(t *testing.T) {
	t.Parallel()
	m := withBank(t)
	m.company(2, func(c *game.Company) {
		c.TaxDebt = 600
		c.Credits = []game.Credit{{ID: 51, Amount: 1, TotalToPay: 9_500, StepsTotal: 4}}
		c.Deposits = []game.Deposit{{ID: 51, InitialSum: 1, CurrentBalance: 1, StepsTotal: 4, CanWithdrawFrom: 1}}
	})
	for typ, fields := range bankRequests {
		m.wantRefusal(typ, `"company_id":77,`+fields, "not_found", "Company not found")
	}
	m.wantRefusal("company-pay-credit", `"company_id":2,"credit_index":1,"amount":1`, "not_found", "Credit not found")
	m.wantRefusal("company-pay-credit", `"company_id":2,"credit_index":9007199254740991,"amount":1`, "not_found", "Credit not found")
	m.wantRefusal("company-withdraw-deposit", `"company_id":2,"deposit_index":1`, "not_found", "Deposit not found")
	m.wantRefusal("company-take-credit", `"company_id":2,"amount":999,"period":4`, "invalid_field", "The bank lends 1000 to 100000")
	m.wantRefusal("company-take-credit", `"company_id":2,"amount":1000,"period":15`, "conflict", "15 turns from step 1 on go past the last step, 15")
	m.wantRefusal("company-take-deposit", `"company_id":2,"amount":501,"period":4`, "invalid_field", "The bank takes deposits of 1000 to 100000")
	m.wantRefusal("company-take-deposit", `"company_id":2,"amount":1000,"period":15`, "conflict", "15 turns from step 1 on go past the last step, 15")
	m.wantRefusal("company-take-deposit", `"company_id":2,"amount":1000,"period":4`, "insufficient_funds",
		"The company has 500 to deposit: its balance less its debts to the bank")
	m.wantRefusal("company-pay-credit", `"company_id":2,"credit_index":0,"amount":10001`, "insufficient_funds", "The company has 10000")
	m.wantRefusal("company-pay-taxes", `"company_id":2,"amount":10001`, "insufficient_funds", "The company has 10000")

	m.company(2, func(c *game.Company) { c.Reputation = 10 })
	m.wantRefusal("company-take-credit", `"company_id":2,"amount":1000,"period":4`, "limit_reached",
		"The bank lends nothing to a company with a reputation of 10")

	m.company(2, func(c *game.Company) { c.PrisonEndStep = 9 })
	for typ, fields := range bankRequests {
		m.wantRefusal(typ, `"company_id":2,`+fields, "in_prison", "A company in prison cannot use the bank; this one leaves at step 9")
	}
	m.change(func(s *game.Session) { s.Stage = game.StageEnd })
	for typ, fields := range bankRequests {
		m.wantRefusal(typ, `"company_id":2,`+fields, "wrong_stage", "The bank is closed in stage End")
	}
}
