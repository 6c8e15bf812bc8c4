package game

import (
	"cmp"
	"slices"
	"time"
)

// Ruleset is all figures of a game. Nobody changes one, so that sessions can
// share it. Amounts are whole units, shares are basis points (hundredths of a
// percent).
type Ruleset struct {
	ID         RulesetID
	Map        MapSize
	Pattern    string // how the map is laid, such as "random"
	Limits     Limits
	Timers     Timers
	Start      Start
	Fixed      []FixedCell    // by type
	Pickable   []PickableCell // by type
	Warehouse  []Level        // figure: capacity
	Contracts  []Level        // figure: how many there can be
	Buildings  []Buildings    // by type of cell, one of each of Pickable
	Credit     CreditTerms
	Deposit    DepositTerms
	Tax        TaxTerms
	Reputation ReputationTerms
	Resources  []Resource // by name
}

// RulesetID says which document a session was made with.
type RulesetID struct {
	Name string
	Hash string // SHA-256 of the document's canonical bytes, 64 hexadecimal digits
}

// MapSize is the size of a map in cells.
type MapSize struct{ Rows, Cols int64 }

// Limits say how many there can be.
type Limits struct {
	Companies int64 // in a session
	Players   int64 // in a company
	Credits   int64 // open ones of a company
	Steps     int64 // of a session that does not say otherwise, 1-1000
}

// Timers say how long a stage lasts when the server advances the session by
// itself; whole seconds.
type Timers struct {
	CellSelect time.Duration
	Turn       time.Duration
	ChangeTurn time.Duration // 0: there is no pause between turns
}

// Start is what a new company has. Its reputation is that after prison, too.
type Start struct{ Balance, Reputation int64 }

// FixedCell is a type of cell that no company may stand on.
type FixedCell struct {
	Type      string
	Label     string // for people
	MaxAmount int64
	Locations []Position
}

// PickableCell is a type of cell that a company may stand on.
type PickableCell struct {
	Type      string
	Label     string // for people
	MaxAmount int64
	Resource  string // what a station there extracts
	StartKit  string // what the first third of the factories there come fitted for
}

// MaxLevel is the highest level of an improvement; 1 is the lowest.
const MaxLevel = 4

// Level is one level of an improvement. A list of them has MaxLevel; level n is
// at n-1.
type Level struct {
	Cost   int64 // of reaching it; 0 for the first
	Figure int64 // what it gives
}

// Buildings are the improvements whose figures depend on the type of cell.
type Buildings struct {
	CellType string
	Station  []Level // figure: units extracted in a turn
	Factory  []Level // figure: how many factories a company has
}

// CreditTerms are the bank's for credits.
type CreditTerms struct {
	Min, Max   int64             // of the sum
	Conditions []CreditCondition // by FromReputation, the first from 0
}

// CreditCondition holds from a reputation up to the next condition's.
type CreditCondition struct {
	FromReputation int64
	Possible       bool
	FreeTurns      int64 // turns that cost no interest
	Percent        int64 // interest of one turn after these, in basis points of the sum
}

// DepositTerms are the bank's for deposits.
type DepositTerms struct {
	Min, Max   int64              // of the sum
	Conditions []DepositCondition // by FromReputation, the first from 0
}

// DepositCondition holds from a reputation up to the next condition's.
type DepositCondition struct {
	FromReputation int64
	Percent        int64 // interest of one turn, in basis points of the sum
}

// TaxTerms are the rates of a turn's income, in basis points, and the income of
// one turn from which on a company is big.
type TaxTerms struct{ Small, Big, BigOn int64 }

// ReputationTerms say what changes a reputation, and what leads to prison.
type ReputationTerms struct {
	PrisonOn      int64 // at most this: prison
	PrisonSteps   int64 // turns in prison
	TaxPaid       int64 // change when a tax debt is paid off
	TaxLate       int64 // change for each turn that a tax debt stays open
	TaxMaxOverdue int64 // more such turns in a row: prison
	CreditGained  int64 // change when a credit is paid off
	CreditLost    int64 // change for each late turn of a credit
	CreditMaxLate int64 // more late turns: prison
}

// Resource is a raw material, or a good, which factories make.
type Resource struct {
	Name       string
	Level      int64 // of a good: what refitting for it takes
	BasePrice  int64 // what a unit counts as capital at the end
	Production *Production
}

// Production is how a good is made; a raw material has none.
type Production struct {
	Materials []Stock // by resource
	Output    int64   // units
	Turns     int64   // at least 1
}

// Resource returns the resource called name, nil when there is none.
func (r *Ruleset) Resource(name string) *Resource {
	i, ok := slices.BinarySearchFunc(r.Resources, name, func(x Resource, name string) int { return cmp.Compare(x.Name, name) })
	if !ok {
		return nil
	}
	return &r.Resources[i]
}

// Good returns the good called name, nil when there is none or it is raw.
func (r *Ruleset) Good(name string) *Resource {
	if good := r.Resource(name); good != nil && good.Production != nil {
		return good
	}
	return nil
}

// PickableCell returns the pickable type of cell called name, nil when there is none.
func (r *Ruleset) PickableCell(name string) *PickableCell {
	i := slices.IndexFunc(r.Pickable, func(c PickableCell) bool { return c.Type == name })
	if i < 0 {
		return nil
	}
	return &r.Pickable[i]
}

// BuildingsOn returns the improvements of companies on a pickable type of cell,
// nil when there is none of that name.
func (r *Ruleset) BuildingsOn(cellType string) *Buildings {
	i := slices.IndexFunc(r.Buildings, func(b Buildings) bool { return b.CellType == cellType })
	if i < 0 {
		return nil
	}
	return &r.Buildings[i]
}
