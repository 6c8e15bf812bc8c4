package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// newCompany is a company that has nothing yet.
func newCompany(env game.Env, id int64) *game.Company {
	return &game.Company{
		ID: id, Name: fmt.Sprint("company ", id), SecretCode: int64(100_000 + env.Rand.IntN(900_000)), Cell: game.NoCell,
		Levels: game.Levels{Warehouse: 1, Contracts: 1, Station: 1, Factory: 1}, Business: game.BusinessSmall,
	}
}

// change carries out a command that does what rules need not allow.
func change(f *fixture, session string, apply func(*game.Session, game.Env)) error {
	return f.Update(context.Background(), game.Command{Session: session}, func(s *game.Session, env game.Env) (game.Outcome, error) {
		apply(s, env)
		return game.Outcome{}, nil
	})
}

// gen changes sessions at random.
type gen struct {
	t   *rapid.T
	env game.Env
}

// resources are names that could be misread where they are stored.
var resources = []string{"iron", "wood", "", `quo"te`, `back\slash`, "Горы", "new\nline", "\u2028", "{}", "a\x7fb", "'; --"}

func (g gen) text() string { return rapid.SampledFrom(resources).Draw(g.t, "text") }

func (g gen) amount() int64 {
	return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(-game.MaxAmount, game.MaxAmount)).Draw(g.t, "amount")
}

func (g gen) some() []struct{} { return make([]struct{}, rapid.IntRange(0, 3).Draw(g.t, "some")) }

func (g gen) goods() game.Goods {
	var goods game.Goods
	for _, resource := range rapid.SliceOfNDistinct(rapid.SampledFrom(resources), 0, 4, rapid.ID).Draw(g.t, "goods") {
		goods = append(goods, game.Stock{Resource: resource, Amount: rapid.Int64Range(1, game.MaxAmount).Draw(g.t, "units")})
	}
	slices.SortFunc(goods, func(a, b game.Stock) int {
		if a.Resource < b.Resource {
			return -1
		}
		return 1
	})
	return goods
}

// list returns a changed list: some entries stay, some are deleted, some are replaced under the same id, and some are new.
func list[T any](g gen, before []T, kind game.Kind, id func(T) int64, fresh func(id int64) T) []T {
	var after []T
	for _, x := range before {
		switch rapid.SampledFrom([]string{"stays", "goes", "changes"}).Draw(g.t, "what") {
		case "stays":
			after = append(after, x)
		case "changes":
			after = append(after, fresh(id(x)))
		}
	}
	for range g.some() {
		after = append(after, fresh(g.env.IDs.NextID(kind)))
	}
	return after
}

func (g gen) credit(id int64) game.Credit {
	return game.Credit{
		ID: id, Amount: g.amount(), TotalToPay: g.amount(), NeedPay: g.amount(), Paid: g.amount(), StepsTotal: g.amount(), StepsNow: g.amount(),
	}
}

func (g gen) deposit(id int64) game.Deposit {
	return game.Deposit{
		ID: id, InitialSum: g.amount(), CurrentBalance: g.amount(), IncomePerTurn: g.amount(), TotalEarned: g.amount(),
		StepsTotal: g.amount(), StepsNow: g.amount(), CanWithdrawFrom: g.amount(),
	}
}

func (g gen) factory(id int64) game.Factory {
	return game.Factory{
		ID: id, Kit: g.text(), Fitted: g.text(), Refit: g.amount(), Produce: rapid.Bool().Draw(g.t, "produce"),
		Auto: rapid.Bool().Draw(g.t, "auto"), Done: g.amount(), Needed: g.amount(), Produced: g.amount(),
	}
}

// company is another state of old, or of a company that is new when old has no name.
func (g gen) company(old *game.Company) *game.Company {
	level := rapid.Int64Range(1, game.MaxLevel)
	code := old.SecretCode
	if old.Name == "" {
		code = int64(100_000 + g.env.Rand.IntN(900_000))
	}
	return &game.Company{
		ID: old.ID, Name: fmt.Sprint(g.text(), old.ID), OwnerID: g.amount(), SecretCode: code,
		Balance: g.amount(), Reputation: g.amount(), Cell: rapid.Int64Range(-1, 1).Draw(g.t, "cell"), // of the cells below
		Levels: game.Levels{
			Warehouse: level.Draw(g.t, "level"), Contracts: level.Draw(g.t, "level"), Station: level.Draw(g.t, "level"), Factory: level.Draw(g.t, "level"),
		},
		Goods:     g.goods(),
		Credits:   list(g, old.Credits, game.KindCredit, func(c game.Credit) int64 { return c.ID }, g.credit),
		Deposits:  list(g, old.Deposits, game.KindDeposit, func(d game.Deposit) int64 { return d.ID }, g.deposit),
		Factories: list(g, old.Factories, game.KindFactory, func(f game.Factory) int64 { return f.ID }, g.factory),
		TaxDebt:   g.amount(), OverdueSteps: g.amount(), LastTurnIncome: g.amount(), ThisTurnIncome: g.amount(),
		Business:      rapid.SampledFrom([]game.Business{game.BusinessSmall, game.BusinessBig}).Draw(g.t, "business"),
		PrisonEndStep: g.amount(), WrittenOff: g.amount(),
	}
}

func (g gen) companies(s *game.Session) {
	old := map[int64]*game.Company{}
	for _, c := range s.Companies {
		old[c.ID] = c
	}
	s.Companies = list(g, s.Companies, game.KindCompany, func(c *game.Company) int64 { return c.ID }, func(id int64) *game.Company {
		if old[id] == nil {
			return g.company(&game.Company{ID: id})
		}
		return g.company(old[id])
	})
}

// offers changes those of companies that are there; the others must go.
func (g gen) offers(s *game.Session) {
	s.Offers = slices.DeleteFunc(s.Offers, func(o game.Offer) bool { return s.Company(o.CompanyID) == nil })
	if len(s.Companies) == 0 {
		return
	}
	s.Offers = list(g, s.Offers, game.KindOffer, func(o game.Offer) int64 { return o.ID }, func(id int64) game.Offer {
		return game.Offer{
			ID: id, CompanyID: rapid.SampledFrom(s.Companies).Draw(g.t, "seller").ID, Resource: g.text(), PerTrade: g.amount(),
			Trades: g.amount(), Type: rapid.SampledFrom([]game.OfferType{game.OfferMoney, game.OfferBarter}).Draw(g.t, "type"),
			Price: g.amount(), BarterResource: g.text(), BarterAmount: g.amount(),
		}
	})
}

func (g gen) users(s *game.Session) {
	const kind = game.KindCompany // any: numbers that nobody else has
	s.Users = list(g, s.Users, kind, func(u game.User) int64 { return u.ID }, func(id int64) game.User {
		return game.User{ID: id, Username: fmt.Sprint(g.text(), id), CompanyID: g.amount(), SessionID: s.ID}
	})
	slices.SortFunc(s.Users, func(a, b game.User) int { return int(a.ID - b.ID) })
}

// session changes everything in s that a command may change.
func (g gen) session(s *game.Session) {
	s.Stage = rapid.SampledFrom([]game.Stage{game.StageCellSelect, game.StageGame, game.StageChangeTurn}).Draw(g.t, "stage")
	s.Step = g.amount()
	s.Cells = []string{g.text(), g.text()}
	s.Deadline = time.Time{}
	if rapid.Bool().Draw(g.t, "timer") {
		s.Deadline = time.UnixMilli(rapid.Int64Range(1, 1<<41).Draw(g.t, "deadline"))
	}
	g.companies(s)
	g.offers(s)
	g.users(s)
}

// TestStore_keepsEverything: whatever a command leaves is what the next one, and another program, is given.
func TestStore_keepsEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	f := newFixture(t)
	second := &fixture{Store: f.open(), t: t}
	t.Cleanup(func() { must(t, second.Close()) })
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		name := fmt.Sprint("S", n)
		must2(t, f.create(name))
		for range rapid.IntRange(1, 4).Draw(t, "commands") {
			var want *game.Session
			one := rapid.SampledFrom([]*fixture{f, second}).Draw(t, "program")
			err := change(one, name, func(s *game.Session, env game.Env) {
				gen{t, env}.session(s)
				want = s
			})
			must2(t, err)
			for _, one := range []*fixture{f, second} {
				got, err := one.Session(f.t.Context(), name)
				must2(t, err)
				if diff := cmp.Diff(want, got, unexported, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("session (-want +got):\n%s", diff)
				}
			}
		}
		must2(t, f.do(name, deleteSession))
	})
	// Nothing is left of the deleted sessions but their tombstones and log.
	for _, table := range []string{"users", "owners", "companies", "credits", "deposits", "factories", "offers"} {
		if rows := query[int](f, "SELECT count(*) FROM "+table); rows[0] != 0 {
			t.Errorf("%d rows are left in %s", rows[0], table)
		}
	}
}
