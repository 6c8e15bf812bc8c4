package codecs

import (
	"bytes"
	"encoding/json"
	"fmt"

	"seg.example/schema"
	"seg.example/tools/bench/internal/shape"
)

// Subjects.
const (
	Offer     = "create-exchange-offer"
	Company   = "a Company"
	Companies = "30 Companies"
	TypeFirst = "type first"
	TypeLast  = "type last"
)

// listLength is the number of companies in Companies.
const listLength = 30

// texts are the JSON texts of the subjects, as compact as JSON.stringify writes them.
type texts struct {
	offer, company, companies []byte
	typeFirst, typeLast       []byte
}

// newTexts returns the texts, made from the schema's examples.
func newTexts() (texts, error) {
	var t texts
	var err error
	if t.offer, err = example("create-exchange-offer/request-ok-seed-000-23-barter.json"); err != nil {
		return t, err
	}
	base, err := example("Company/ok-at-work.json")
	if err != nil {
		return t, err
	}
	var list shape.Companies
	for i := range listLength {
		var c shape.Company
		if err := json.Unmarshal(base, &c); err != nil {
			return t, fmt.Errorf("read the example of a company: %w", err)
		}
		fillCompany(&c, int64(i))
		list = append(list, c)
	}
	if t.company, err = json.Marshal(list[7]); err != nil {
		return t, fmt.Errorf("write a company: %w", err)
	}
	if t.companies, err = json.Marshal(list); err != nil {
		return t, fmt.Errorf("write companies: %w", err)
	}
	t.typeFirst = t.offer
	t.typeLast, err = typeToEnd(t.offer)
	return t, err
}

// example returns one of the schema's examples without white space.
func example(name string) ([]byte, error) {
	text, err := schema.FS.ReadFile("examples/" + name)
	if err != nil {
		return nil, fmt.Errorf("read example: %w", err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return nil, fmt.Errorf("example %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// fillCompany makes c the company with a number in the middle of a game: with goods, credits and a
// deposit.
func fillCompany(c *shape.Company, number int64) {
	c.ID, c.OwnerID = 450+number, 12300+number
	c.Name = fmt.Sprintf("Northern Timber and Ore %d", number+1)
	c.Balance = 184250 - 997*number
	c.CellPosition = fmt.Sprintf("%d:%d", number%7, number/7)
	c.Credits = []shape.Credit{
		{CreditID: 2*number + 1, Amount: 50000, TotalToPay: 60000, NeedPay: 12000, Paid: 24000, StepsTotal: 5, StepsNow: 2},
		{CreditID: 2*number + 2, Amount: 20000, TotalToPay: 23000, NeedPay: 7700, StepsTotal: 3},
	}
	c.Deposits = []shape.Deposit{{
		DepositID: number + 1, InitialSum: 10000, CurrentBalance: 10800, IncomePerTurn: 400, TotalEarned: 800, StepsTotal: 5, StepsNow: 2,
		CanWithdrawFrom: 3,
	}}
	c.Warehouses = map[string]int64{
		"iron_ore": 120 + number, "timber": 340, "coal": 55, "grain": 12, "fish": 8, "steel": 31, "planks": 77, "bread": 5,
	}
	c.Inventory = c.Warehouses
}

// typeToEnd moves the type from the beginning of frame to its end.
func typeToEnd(frame []byte) ([]byte, error) {
	first, rest, found := bytes.Cut(frame, []byte(","))
	if !found || !bytes.HasPrefix(first, []byte(`{"type":`)) {
		return nil, fmt.Errorf("the type is not the first member of %s", frame)
	}
	out := append([]byte("{"), bytes.TrimSuffix(rest, []byte("}"))...)
	out = append(append(out, ','), bytes.TrimPrefix(first, []byte("{"))...)
	return append(out, '}'), nil
}
