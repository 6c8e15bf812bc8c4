package game

import (
	"cmp"
	"slices"
	"time"
)

// Ruleset holds all figures of a game. It never changes, so sessions can share it. Amounts are
// whole units, shares are basis points (hundredths of a percent).
type Ruleset struct {
	ID         RulesetID
	Map        MapSize
	Pattern    string // layout of the map, such as "random"
	Limits     Limits
	Timers     Timers
	Start      Start
	Fixed      []FixedCell    // by type
	Pickable   []PickableCell // by type
	Warehouse  []Level        // figure: capacity
	Contracts  []Level        // figure: maximum number
	Buildings  []Buildings    // by type of cell, one for each of Pickable
	Credit     CreditTerms
	Deposit    DepositTerms
	Tax        TaxTerms
	Reputation ReputationTerms
	Resources  []Resource // by name
}

// RulesetID identifies the document that a session was created with.
type RulesetID struct {
	Name string
	Hash string // SHA-256 of the document's canonical bytes, 64 hexadecimal digits
}

// MapSize is the size of a map in cells.
type MapSize struct{ Rows, Cols int64 }

// Limits are maximum numbers.
type Limits struct {
	Companies int64 // in a session
	Players   int64 // in a company
	Credits   int64 // open credits of a company
	Steps     int64 // default number of steps of a session, 1-1000
}

// Timers are the durations of stages that the timer ends, in whole seconds.
type Timers struct {
	CellSelect time.Duration
	Turn       time.Duration
	ChangeTurn time.Duration // 0: there is no pause between turns
}

// Start is the state of a new company. Prison resets the reputation to that of Start.
type Start struct{ Balance, Reputation int64 }

// FixedCell is a type of cell that no company can pick.
type FixedCell struct {
	Type      string
	Label     string // for people
	MaxAmount int64
	Locations []Position
}

// PickableCell is a type of cell that a company can pick.
type PickableCell struct {
	Type      string
	Label     string // for people
	MaxAmount int64
	Resource  string // extracted by a station on this cell
	StartKit  string // kit of the first third of the factories on this cell
}

// MaxLevel is the highest level of an improvement; 1 is the lowest.
const MaxLevel = 4

// Level is one level of an improvement. A list has MaxLevel levels; level n has index n-1.
type Level struct {
	Cost   int64 // price of this level; 0 for the first
	Figure int64 // effect; the field of Ruleset or Buildings says which
}

// Buildings are the improvements whose figures depend on the type of cell.
type Buildings struct {
	CellType string
	Station  []Level // figure: units extracted in a turn
	Factory  []Level // figure: number of factories
}

// CreditTerms are the bank's terms for credits.
type CreditTerms struct {
	Min, Max   int64             // amount
	Conditions []CreditCondition // sorted by FromReputation, the first from 0
}

// CreditCondition applies to reputations from FromReputation up to that of the next condition.
type CreditCondition struct {
	FromReputation int64
	Possible       bool
	FreeTurns      int64 // turns without interest
	Percent        int64 // interest per turn after these, in basis points of the amount
}

// DepositTerms are the bank's terms for deposits.
type DepositTerms struct {
	Min, Max   int64              // amount
	Conditions []DepositCondition // sorted by FromReputation, the first from 0
}

// DepositCondition applies to reputations from FromReputation up to that of the next condition.
type DepositCondition struct {
	FromReputation int64
	Percent        int64 // interest per turn, in basis points of the amount
}

// TaxTerms are the tax rates in basis points of a turn's income, and BigOn, the income of one turn
// that makes a company big.
type TaxTerms struct{ Small, Big, BigOn int64 }

// ReputationTerms are the changes of reputation, and the limits that lead to prison.
type ReputationTerms struct {
	PrisonOn      int64 // a reputation of at most this leads to prison
	PrisonSteps   int64 // number of turns in prison
	TaxPaid       int64 // change when a tax debt is paid off
	TaxLate       int64 // change for each turn with an open tax debt
	TaxMaxOverdue int64 // more such consecutive turns lead to prison
	CreditGained  int64 // change when a credit is paid off
	CreditLost    int64 // change for each turn that a credit is overdue
	CreditMaxLate int64 // more such turns lead to prison
}

// Resource is a raw material, or a good that factories make.
type Resource struct {
	Name       string
	Level      int64 // of a good: number of turns of refitting for it
	BasePrice  int64 // value of a unit in the final capital
	Production *Production
}

// Production is the recipe of a good. A raw material has none.
type Production struct {
	Materials []Stock // by resource
	Output    int64   // units
	Turns     int64   // at least 1
}

// Resource returns the resource with this name, or nil.
func (r *Ruleset) Resource(name string) *Resource {
	i, ok := slices.BinarySearchFunc(r.Resources, name, func(x Resource, name string) int { return cmp.Compare(x.Name, name) })
	if !ok {
		return nil
	}
	return &r.Resources[i]
}

// Good returns the good with this name, or nil. It returns nil for a raw material.
func (r *Ruleset) Good(name string) *Resource {
	if good := r.Resource(name); good != nil && good.Production != nil {
		return good
	}
	return nil
}

// PickableCell returns the pickable type of cell with this name, or nil.
func (r *Ruleset) PickableCell(name string) *PickableCell {
	i := slices.IndexFunc(r.Pickable, func(c PickableCell) bool { return c.Type == name })
	if i < 0 {
		return nil
	}
	return &r.Pickable[i]
}

// BuildingsOn returns the improvements of companies on a pickable type of cell, or nil for another
// type.
func (r *Ruleset) BuildingsOn(cellType string) *Buildings {
	i := slices.IndexFunc(r.Buildings, func(b Buildings) bool { return b.CellType == cellType })
	if i < 0 {
		return nil
	}
	return &r.Buildings[i]
}
