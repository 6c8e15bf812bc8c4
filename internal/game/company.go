package game

import (
	"cmp"
	"slices"
)

// Company is one company of a session. Callers only read the companies of a session.
type Company struct {
	ID         int64 // assigned by the store, unique on the server; an older company has a lower one
	Name       string
	OwnerID    int64 // user; 0 for a company without users at the End
	SecretCode int64 // code for joining: six digits, unique on the server
	Balance    int64
	Reputation int64
	Cell       int64 // index in the session's Cells; NoCell: none
	Levels     Levels
	Goods      Goods
	Credits    []Credit  // oldest first
	Deposits   []Deposit // oldest first
	Factories  []Factory // by id

	TaxDebt        int64
	OverdueSteps   int64 // number of consecutive turns with an open tax debt
	LastTurnIncome int64 // taxable
	ThisTurnIncome int64 // taxable
	Business       Business
	PrisonEndStep  int64 // step at which it leaves prison; 0 while it is free
	WrittenOff     int64 // debts written off in prison so far

	generation int64 // of the session copy that may change it
}

// Business is the size of a company. The tax rate depends on it.
type Business string

// The sizes.
const (
	BusinessSmall Business = "small"
	BusinessBig   Business = "big" // permanently, once the income of one turn was large enough
)

// Levels are the levels of a company's improvements, 1-MaxLevel. The levels of Station and Factory
// stay when the company moves to another cell.
type Levels struct{ Warehouse, Contracts, Station, Factory int64 }

// Credit is money that a company owes the bank.
type Credit struct {
	ID         int64
	Amount     int64 // borrowed
	TotalToPay int64 // amount plus interest
	NeedPay    int64 // due now and not yet paid
	Paid       int64
	StepsTotal int64 // term in turns
	StepsNow   int64 // turns since it was taken; more than StepsTotal: it is overdue
}

// Rest returns the unpaid part, due or not.
func (c Credit) Rest() int64 { return c.TotalToPay - c.Paid }

// Deposit is money that a company has at the bank.
type Deposit struct {
	ID              int64
	InitialSum      int64
	CurrentBalance  int64 // paid out if withdrawn now
	IncomePerTurn   int64
	TotalEarned     int64
	StepsTotal      int64 // term in turns
	StepsNow        int64 // turns since it was made, up to its term
	CanWithdrawFrom int64 // first step at which it can be withdrawn
}

// Factory turns materials into one kind of goods, once it is fitted for them.
type Factory struct {
	ID       int64  // assigned by the store, unique on the server
	Kit      string // good it is fitted for, or being refitted for; "": unfitted
	Fitted   string // good that its last completed kit was for; "": none
	Refit    int64  // remaining turns of refitting; 0: ready
	Produce  bool   // start one production as soon as possible
	Auto     bool   // start each next production automatically
	Done     int64  // completed turns of the current production
	Needed   int64  // turns that the current production needs; 0: none; equal to Done: the output waits for room
	Produced int64  // units made and stored so far
}

// IsWorking reports whether a production is running or its output waits for room.
func (f Factory) IsWorking() bool { return f.Needed > 0 }

// InPrison reports whether c is in prison.
func (c *Company) InPrison() bool { return c.PrisonEndStep != 0 }

// Company returns the company with this id, or nil.
func (s *Session) Company(id int64) *Company {
	i, ok := s.findCompany(id)
	if !ok {
		return nil
	}
	return s.Companies[i]
}

func (s *Session) findCompany(id int64) (int, bool) {
	return slices.BinarySearchFunc(s.Companies, id, func(c *Company, id int64) int { return cmp.Compare(c.ID, id) })
}

// CellType returns the type of the company's cell, "" without a cell.
func (s *Session) CellType(c *Company) string {
	if c.Cell == NoCell {
		return ""
	}
	return s.Cells[c.Cell]
}

// Capacity returns the maximum number of units in the warehouse of c.
func (s *Session) Capacity(c *Company) int64 {
	return s.Rules.Warehouse[c.Levels.Warehouse-1].Figure
}

// TaxRate returns the tax rate of c in basis points of its income.
func (s *Session) TaxRate(c *Company) int64 {
	switch c.Business {
	case BusinessSmall:
		return s.Rules.Tax.Small
	case BusinessBig:
		return s.Rules.Tax.Big
	}
	return s.Rules.Tax.Small
}

// usersOf returns the users of a company, sorted by id.
func (s *Session) usersOf(company int64) []User {
	var users []User
	for _, u := range s.Users {
		if u.CompanyID == company {
			users = append(users, u)
		}
	}
	return users
}

// CompanyFilter selects companies. A nil field matches every company.
type CompanyFilter struct {
	ID                  *int64
	Name, SessionID     *string
	Reputation, Balance *int64
	InPrison            *bool
	Cell                *Cell
	Limit               int // maximum number of results; 0: all
}

// Cell is the position of a company, or none.
type Cell struct {
	Position Position
	Nowhere  bool // the company has no cell; Position is meaningless
}

// CompanyView is a company as clients see it, with values that depend on its session and ruleset.
type CompanyView struct {
	Company        Company // read-only
	SessionID      string
	Position       Cell
	CellType       string // "" without a cell
	Capacity       int64  // maximum number of units in its warehouse
	TaxRate        int64  // basis points
	FactoriesCount int64
}

// View returns c, a company of s, as clients see it now.
func (s *Session) View(c *Company) CompanyView {
	return CompanyView{
		Company: *c, SessionID: s.ID, Position: s.cell(c), CellType: s.CellType(c),
		Capacity: s.Capacity(c), TaxRate: s.TaxRate(c), FactoriesCount: int64(len(c.Factories)),
	}
}

func (s *Session) cell(c *Company) Cell {
	if c.Cell == NoCell {
		return Cell{Nowhere: true}
	}
	return Cell{Position: s.Rules.Map.Position(c.Cell)}
}
