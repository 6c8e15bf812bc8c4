package game

import (
	"cmp"
	"slices"
)

// Company is one company of a session. Who has one from a session only reads it.
type Company struct {
	ID         int64 // drawn by the store, unique on the server; an older company has a lower one
	Name       string
	OwnerID    int64 // user; 0 when nobody is left at the End
	SecretCode int64 // to join by: six digits, unique on the server
	Balance    int64
	Reputation int64
	Cell       int64 // where it stands in the session's Cells; NoCell: nowhere
	Levels     Levels
	Goods      Goods
	Credits    []Credit  // oldest first
	Deposits   []Deposit // oldest first
	Factories  []Factory // by id

	TaxDebt        int64
	OverdueSteps   int64 // turns in a row that a tax debt was left open
	LastTurnIncome int64 // taxable
	ThisTurnIncome int64 // taxable
	Business       Business
	PrisonEndStep  int64 // step at which it leaves prison; 0 when it is not there
	WrittenOff     int64 // what prison has written off so far

	edition int64 // of the session value that may change it
}

// Business is the size of a company, which its tax rate depends on.
type Business string

// The sizes.
const (
	BusinessSmall Business = "small"
	BusinessBig   Business = "big" // for good, once the income of one turn was large enough
)

// Levels are how far a company has improved things, 1-MaxLevel. Station and
// Factory count on whatever cell it stands.
type Levels struct{ Warehouse, Contracts, Station, Factory int64 }

// Credit is money that a company owes the bank.
type Credit struct {
	ID         int64
	Amount     int64 // borrowed
	TotalToPay int64 // with interest
	NeedPay    int64 // due by now and not paid
	Paid       int64
	StepsTotal int64 // term in turns
	StepsNow   int64 // turns since it was taken; beyond the term it is late
}

// Rest returns what is still to be paid, due or not.
func (c Credit) Rest() int64 { return c.TotalToPay - c.Paid }

// Deposit is money that a company has at the bank.
type Deposit struct {
	ID              int64
	InitialSum      int64
	CurrentBalance  int64 // would be paid out now
	IncomePerTurn   int64
	TotalEarned     int64
	StepsTotal      int64 // term in turns
	StepsNow        int64 // turns since it was made, up to its term
	CanWithdrawFrom int64 // step from which on it can be withdrawn
}

// Factory makes goods out of materials, once it is fitted for one.
type Factory struct {
	ID       int64  // drawn by the store, unique on the server
	Kit      string // good it is fitted for, or being refitted for; "": unfitted
	Fitted   string // good that its last completed kit was for; "": none
	Refit    int64  // turns of refitting to go; 0: ready
	Produce  bool   // start one production as soon as possible
	Auto     bool   // start the next production by itself
	Done     int64  // turns done of the production under way
	Needed   int64  // turns that it needs; 0: none is under way; as many as Done: its output waits for room
	Produced int64  // units made and stored so far
}

// IsWorking tells whether a production is under way, or waits for room.
func (f Factory) IsWorking() bool { return f.Needed > 0 }

// InPrison tells whether c is in prison.
func (c *Company) InPrison() bool { return c.PrisonEndStep != 0 }

// Company returns the company id of s, nil when there is none.
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

// CellType returns the type of the cell that c stands on, "" while it has none.
func (s *Session) CellType(c *Company) string {
	if c.Cell == NoCell {
		return ""
	}
	return s.Cells[c.Cell]
}

// Capacity returns how many units of goods c's warehouse holds.
func (s *Session) Capacity(c *Company) int64 {
	return s.Rules.Warehouse[c.Levels.Warehouse-1].Figure
}

// TaxRate returns the share of its income that c owes as tax, in basis points.
func (s *Session) TaxRate(c *Company) int64 {
	switch c.Business {
	case BusinessSmall:
		return s.Rules.Tax.Small
	case BusinessBig:
		return s.Rules.Tax.Big
	}
	return s.Rules.Tax.Small
}

// usersOf returns the users of a company by number.
func (s *Session) usersOf(company int64) []User {
	var users []User
	for _, u := range s.Users {
		if u.CompanyID == company {
			users = append(users, u)
		}
	}
	return users
}

// CompanyFilter says which companies are asked for; what is nil is not looked at.
type CompanyFilter struct {
	ID                  *int64
	Name, SessionID     *string
	Reputation, Balance *int64
	InPrison            *bool
	Cell                *Cell
	Limit               int // at most so many; 0: all
}

// Cell is where a company stands, or that it stands nowhere.
type Cell struct {
	Position Position
	Nowhere  bool // Position means nothing then
}

// CompanyView is a company as it is told of: with what its session and its
// ruleset say about it.
type CompanyView struct {
	Company        Company // only read
	SessionID      string
	Position       Cell
	CellType       string // "" while it has no cell
	Capacity       int64  // units of goods that its warehouse holds
	TaxRate        int64  // basis points
	FactoriesCount int64
}

// View returns c, a company of s, as it is told of now.
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
