package ruleset_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seg.example/internal/game"
)

// TestBuiltIn_rules compares the converted rules with the numbers of the built-in documents, written
// here a second time by hand.
func TestBuiltIn_rules(t *testing.T) {
	t.Parallel()
	classic, err := mustBuiltIn(t).Find("classic")
	if err != nil {
		t.Fatal(err)
	}
	industrial, err := mustBuiltIn(t).Find("industrial")
	if err != nil {
		t.Fatal(err)
	}
	tent := game.Resource{Name: "tent", Level: 2, BasePrice: 7300, Production: &game.Production{
		Materials: []game.Stock{{Resource: "boards", Amount: 3}, {Resource: "fabric", Amount: 4}}, Output: 1, Turns: 2,
	}}
	for name, c := range map[string]struct{ got, want any }{
		"timers classic":    {classic.Timers, game.Timers{CellSelect: 2 * time.Minute, Turn: 3 * time.Minute}},
		"timers industrial": {industrial.Timers, game.Timers{CellSelect: 2 * time.Minute, Turn: 3 * time.Minute, ChangeTurn: time.Minute}},
		"start":             {classic.Start, game.Start{Balance: 10000, Reputation: 20}},
		"fixed": {classic.Fixed, []game.FixedCell{
			{Type: "city", Label: "City", MaxAmount: 4, Locations: []game.Position{{X: 1, Y: 1}, {X: 5, Y: 1}, {X: 1, Y: 5}, {X: 5, Y: 5}}},
			{Type: "prison", Label: "Prison", MaxAmount: 1, Locations: []game.Position{{X: 3, Y: 3}}},
		}},
		"field": {classic.PickableCell("field"), &game.PickableCell{Type: "field", Label: "Field", MaxAmount: 11, Resource: "grain", StartKit: "flour"}},
		"warehouse": {industrial.Warehouse, []game.Level{
			{Figure: 100}, {Cost: 10000, Figure: 200}, {Cost: 50000, Figure: 300}, {Cost: 100000, Figure: 500},
		}},
		"contracts": {classic.Contracts, []game.Level{{Figure: 5}, {Cost: 10000, Figure: 10}, {Cost: 50000, Figure: 15}, {Cost: 100000, Figure: 20}}},
		"water": {classic.BuildingsOn("water"), &game.Buildings{
			CellType: "water",
			Station:  []game.Level{{Figure: 2}, {Cost: 10000, Figure: 10}, {Cost: 50000, Figure: 15}, {Cost: 100000, Figure: 30}},
			Factory:  []game.Level{{Figure: 3}, {Cost: 10000, Figure: 6}, {Cost: 50000, Figure: 12}, {Cost: 100000, Figure: 18}},
		}},
		"credit": {classic.Credit, game.CreditTerms{Min: 1000, Max: 100000, Conditions: []game.CreditCondition{
			{},
			{FromReputation: 11, Possible: true, FreeTurns: 1, Percent: 2000},
			{FromReputation: 51, Possible: true, FreeTurns: 1, Percent: 1500},
			{FromReputation: 101, Possible: true, FreeTurns: 3, Percent: 1000},
		}}},
		"deposit": {classic.Deposit, game.DepositTerms{Min: 1000, Max: 100000, Conditions: []game.DepositCondition{
			{Percent: 500}, {FromReputation: 51, Percent: 800}, {FromReputation: 101, Percent: 1500},
		}}},
		"tax": {classic.Tax, game.TaxTerms{Small: 600, Big: 2500, BigOn: 50000}},
		"reputation": {classic.Reputation, game.ReputationTerms{
			PrisonSteps: 8, TaxPaid: 1, TaxLate: -5, TaxMaxOverdue: 5, CreditGained: 20, CreditLost: -1, CreditMaxLate: 5,
		}},
		"raw":              {*classic.Resource("fish"), game.Resource{Name: "fish", BasePrice: 75}},
		"raw is no good":   {classic.Good("fish") == nil, true},
		"tent":             {industrial.Good("tent"), &tent},
		"goods industrial": {len(industrial.Resources), 20},
		"goods classic":    {len(classic.Resources), 13},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
