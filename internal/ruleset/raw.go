package ruleset

import (
	"maps"
	"slices"
	"time"

	"seg.example/internal/game"
)

// rawRuleset is a document; the keys are those of schema/ruleset.schema.json.
type rawRuleset struct {
	Name string `json:"name"`
	Map  struct {
		Rows    int64  `json:"rows"`
		Cols    int64  `json:"cols"`
		Pattern string `json:"pattern"`
	} `json:"map"`
	Limits struct {
		MaxCompanies int64 `json:"max_companies"`
		MaxPlayers   int64 `json:"max_players_in_company"`
		MaxCredits   int64 `json:"max_credits_per_company"`
		MaxSteps     int64 `json:"max_steps"`
	} `json:"limits"`
	Timers struct {
		CellSelect int64 `json:"cell_select_seconds"`
		Turn       int64 `json:"turn_seconds"`
		ChangeTurn int64 `json:"change_turn_seconds"`
	} `json:"timers"`
	Start struct {
		Balance    int64 `json:"balance"`
		Reputation int64 `json:"reputation"`
	} `json:"start"`
	Cells struct {
		Fixed    map[string]fixedCell    `json:"fixed"`
		Pickable map[string]pickableCell `json:"pickable"`
	} `json:"cells"`
	Improvements improvements `json:"improvements"`
	Bank         struct {
		Credit       bankTerms `json:"credit"`
		Contribution bankTerms `json:"contribution"`
		Tax          struct {
			Small int64 `json:"small"`
			Big   int64 `json:"big"`
			BigOn int64 `json:"big_on"`
		} `json:"tax"`
	} `json:"bank"`
	Reputation struct {
		Prison struct {
			OnReputation int64 `json:"on_reputation"`
			Stages       int64 `json:"stages"`
		} `json:"prison"`
		Tax struct {
			Paid          int64 `json:"paid"`
			Late          int64 `json:"late"`
			NotPaidStages int64 `json:"not_paid_stages"`
		} `json:"tax"`
		Credit struct {
			Gained     int64 `json:"gained"`
			Lost       int64 `json:"lost"`
			MaxOverdue int64 `json:"max_overdue"`
		} `json:"credit"`
	} `json:"reputation"`
	Resources map[string]resource `json:"resources"`
}

type fixedCell struct {
	Label     string   `json:"label"`
	MaxAmount int64    `json:"max_amount"`
	Locations []string `json:"locations"`
}

type pickableCell struct {
	Label              string `json:"label"`
	MaxAmount          int64  `json:"max_amount"`
	ResourceID         string `json:"resource_id"`
	StartComplectation string `json:"start_complectation"`
}

type improvements struct {
	Warehouse []level          `json:"warehouse"`
	Contracts []level          `json:"contracts"`
	Mountain  cellImprovements `json:"mountain"`
	Forest    cellImprovements `json:"forest"`
	Water     cellImprovements `json:"water"`
	Field     cellImprovements `json:"field"`
}

func (i *improvements) byCell() map[string]cellImprovements {
	return map[string]cellImprovements{"mountain": i.Mountain, "forest": i.Forest, "water": i.Water, "field": i.Field}
}

type cellImprovements struct {
	Station []level `json:"station"`
	Factory []level `json:"factory"`
}

// level is one level of any improvement. It has the cost and one of the other fields, depending on the
// improvement.
type level struct {
	Cost     int64 `json:"cost"`
	Capacity int64 `json:"capacity"`
	Max      int64 `json:"max"`
	Products int64 `json:"productsPerTurn"`
	Tasks    int64 `json:"tasksPerTurn"`
}

type bankTerms struct {
	Min        int64 `json:"min"`
	Max        int64 `json:"max"`
	Conditions []struct {
		FromReputation  int64 `json:"from_reputation"`
		Possible        bool  `json:"possible"`
		WithoutInterest int64 `json:"without_interest"`
		Percent         int64 `json:"percent"`
	} `json:"conditions"`
}

type resource struct {
	Level      int64 `json:"level"`
	BasePrice  int64 `json:"base_price"`
	Production *struct {
		Materials map[string]int64 `json:"materials"`
		Output    int64            `json:"output"`
		Turns     int64            `json:"turns"`
	} `json:"production"` // nil: a raw resource
}

// toGame converts a checked document.
func (f *rawRuleset) toGame(hash string) *game.Ruleset {
	b, rep := f.Bank, f.Reputation
	r := &game.Ruleset{
		ID:      game.RulesetID{Name: f.Name, Hash: hash},
		Map:     game.MapSize{Rows: f.Map.Rows, Cols: f.Map.Cols},
		Pattern: f.Map.Pattern,
		Limits: game.Limits{
			Companies: f.Limits.MaxCompanies, Players: f.Limits.MaxPlayers, Credits: f.Limits.MaxCredits, Steps: f.Limits.MaxSteps,
		},
		Timers:    game.Timers{CellSelect: seconds(f.Timers.CellSelect), Turn: seconds(f.Timers.Turn), ChangeTurn: seconds(f.Timers.ChangeTurn)},
		Start:     game.Start{Balance: f.Start.Balance, Reputation: f.Start.Reputation},
		Warehouse: levels(f.Improvements.Warehouse),
		Contracts: levels(f.Improvements.Contracts),
		Credit:    game.CreditTerms{Min: b.Credit.Min, Max: b.Credit.Max},
		Deposit:   game.DepositTerms{Min: b.Contribution.Min, Max: b.Contribution.Max},
		Tax:       game.TaxTerms{Small: b.Tax.Small, Big: b.Tax.Big, BigOn: b.Tax.BigOn},
		Reputation: game.ReputationTerms{
			PrisonOn: rep.Prison.OnReputation, PrisonSteps: rep.Prison.Stages,
			TaxPaid: rep.Tax.Paid, TaxLate: rep.Tax.Late, TaxMaxOverdue: rep.Tax.NotPaidStages,
			CreditGained: rep.Credit.Gained, CreditLost: rep.Credit.Lost, CreditMaxLate: rep.Credit.MaxOverdue,
		},
	}
	for _, c := range b.Credit.Conditions {
		r.Credit.Conditions = append(r.Credit.Conditions, game.CreditCondition{
			FromReputation: c.FromReputation, Possible: c.Possible, FreeTurns: c.WithoutInterest, Percent: c.Percent,
		})
	}
	for _, c := range b.Contribution.Conditions {
		r.Deposit.Conditions = append(r.Deposit.Conditions, game.DepositCondition{FromReputation: c.FromReputation, Percent: c.Percent})
	}
	f.addCells(r)
	f.addResources(r)
	return r
}

// addCells adds the cell types, sorted by name.
func (f *rawRuleset) addCells(r *game.Ruleset) {
	for _, name := range slices.Sorted(maps.Keys(f.Cells.Fixed)) {
		cell := f.Cells.Fixed[name]
		fixed := game.FixedCell{Type: name, Label: cell.Label, MaxAmount: cell.MaxAmount}
		for _, location := range cell.Locations {
			at, _ := f.parsePosition(location)
			fixed.Locations = append(fixed.Locations, at)
		}
		r.Fixed = append(r.Fixed, fixed)
	}
	buildings := f.Improvements.byCell()
	for _, name := range slices.Sorted(maps.Keys(f.Cells.Pickable)) {
		cell := f.Cells.Pickable[name]
		r.Pickable = append(r.Pickable, game.PickableCell{
			Type: name, Label: cell.Label, MaxAmount: cell.MaxAmount, Resource: cell.ResourceID, StartKit: cell.StartComplectation,
		})
		b := buildings[name]
		r.Buildings = append(r.Buildings, game.Buildings{CellType: name, Station: levels(b.Station), Factory: levels(b.Factory)})
	}
}

// addResources adds the resources, sorted by name.
func (f *rawRuleset) addResources(r *game.Ruleset) {
	for _, name := range slices.Sorted(maps.Keys(f.Resources)) {
		from := f.Resources[name]
		to := game.Resource{Name: name, Level: from.Level, BasePrice: from.BasePrice}
		if p := from.Production; p != nil {
			to.Production = &game.Production{Output: p.Output, Turns: p.Turns}
			for _, material := range slices.Sorted(maps.Keys(p.Materials)) {
				to.Production.Materials = append(to.Production.Materials, game.Stock{Resource: material, Amount: p.Materials[material]})
			}
		}
		r.Resources = append(r.Resources, to)
	}
}

func levels(list []level) []game.Level {
	all := make([]game.Level, len(list))
	for i, l := range list {
		all[i] = game.Level{Cost: l.Cost, Figure: l.Capacity + l.Max + l.Products + l.Tasks}
	}
	return all
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
