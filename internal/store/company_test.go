package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"seg.example/internal/game"
)

// furnished is a store with three sessions: A with the companies 1 and 2, B with 3, C with none.
func furnished(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.mustCreate("A", "B", "C")
	found := func(session string, id int64, furnish func(c *game.Company, env game.Env)) {
		must(t, change(f, session, func(s *game.Session, env game.Env) {
			c := newCompany(env, env.IDs.NextID(game.KindCompany))
			if c.ID != id {
				t.Errorf("company %d has the number %d", id, c.ID)
			}
			c.Name, c.SecretCode = []string{"same", "two", "same"}[id-1], 100_000+id
			furnish(c, env)
			s.Companies = append(s.Companies, c)
			s.Cells = []string{"city", "water", "field"}
		}))
	}
	found("A", 1, func(c *game.Company, env game.Env) {
		c.Balance, c.Reputation, c.Cell, c.OwnerID = 500, 20, 1, 7
		c.Levels.Warehouse, c.Business = 3, game.BusinessBig
		c.Goods = game.Goods{{Resource: "fish", Amount: 3}, {Resource: "wood", Amount: 1}}
		c.Credits = []game.Credit{{ID: env.IDs.NextID(game.KindCredit), Amount: 5}, {ID: env.IDs.NextID(game.KindCredit), Amount: 6}}
		c.Deposits = []game.Deposit{{ID: env.IDs.NextID(game.KindDeposit), InitialSum: 8}}
		c.Factories = []game.Factory{
			{ID: env.IDs.NextID(game.KindFactory), Kit: "iron", Produce: true},
			{ID: env.IDs.NextID(game.KindFactory), Auto: true},
			{ID: env.IDs.NextID(game.KindFactory), Kit: "iron", Auto: true},
		}
	})
	found("A", 2, func(c *game.Company, _ game.Env) { c.Balance, c.PrisonEndStep = 500, 9 })
	found("B", 3, func(c *game.Company, env game.Env) {
		c.Reputation, c.Cell = 20, 2
		c.Factories = []game.Factory{{ID: env.IDs.NextID(game.KindFactory), Kit: "iron", Produce: true}}
	})
	return f
}

func TestStore_Companies(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	cell := func(x, y int64) *game.Cell { return &game.Cell{Position: game.Position{X: x, Y: y}} }
	for name, c := range map[string]struct {
		filter game.CompanyFilter
		want   []int64
	}{
		"all":               {game.CompanyFilter{}, []int64{1, 2, 3}},
		"first":             {game.CompanyFilter{Limit: 1}, []int64{1}},
		"id":                {game.CompanyFilter{ID: new(int64(3))}, []int64{3}},
		"unknown id":        {game.CompanyFilter{ID: new(int64(4))}, nil},
		"name":              {game.CompanyFilter{Name: new("same")}, []int64{1, 3}},
		"name, otherwise":   {game.CompanyFilter{Name: new("SAME")}, nil},
		"first of a name":   {game.CompanyFilter{Name: new("same"), Limit: 1}, []int64{1}},
		"session":           {game.CompanyFilter{SessionID: new("A")}, []int64{1, 2}},
		"empty session":     {game.CompanyFilter{SessionID: new("C")}, nil},
		"unknown session":   {game.CompanyFilter{SessionID: new("D")}, nil},
		"reputation":        {game.CompanyFilter{Reputation: new(int64(20))}, []int64{1, 3}},
		"balance":           {game.CompanyFilter{Balance: new(int64(500))}, []int64{1, 2}},
		"in prison":         {game.CompanyFilter{InPrison: new(true)}, []int64{2}},
		"free":              {game.CompanyFilter{InPrison: new(false)}, []int64{1, 3}},
		"cell":              {game.CompanyFilter{Cell: cell(1, 0)}, []int64{1}},
		"cell of nobody":    {game.CompanyFilter{Cell: cell(0, 0)}, nil},
		"cell, other side":  {game.CompanyFilter{Cell: cell(8, -1)}, nil}, // 8 - 6 is 2
		"cell below":        {game.CompanyFilter{Cell: cell(1, game.MaxAmount)}, nil},
		"cell far right":    {game.CompanyFilter{Cell: cell(game.MaxAmount, 0)}, nil},
		"nowhere":           {game.CompanyFilter{Cell: &game.Cell{Nowhere: true}}, []int64{2}},
		"several":           {game.CompanyFilter{Name: new("same"), SessionID: new("B"), InPrison: new(false)}, []int64{3}},
		"not all of it":     {game.CompanyFilter{Name: new("two"), SessionID: new("B")}, nil},
		"not what it seems": {game.CompanyFilter{Name: new("' OR 1=1 --")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			views, err := f.Companies(t.Context(), c.filter)
			must(t, err)
			var got []int64
			for _, v := range views {
				got = append(got, v.Company.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestStore_Companies_whole: a company is returned with all its fields, and those that depend on its session and ruleset.
func TestStore_Companies_whole(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	views, err := f.Companies(t.Context(), game.CompanyFilter{})
	must(t, err)
	var want []game.CompanyView
	for _, name := range []string{"A", "B"} {
		s, err := f.Session(t.Context(), name)
		must(t, err)
		for _, c := range s.Companies {
			v := s.View(c)
			v.Company.Factories = nil
			want = append(want, v)
		}
	}
	if diff := cmp.Diff(want, views, unexported, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("companies (-want +got):\n%s", diff)
	}
	// Level 3 of the warehouse holds 100, a big company pays 25 %.
	if v := views[0]; v.CellType != "water" || v.Capacity != 100 || v.TaxRate != 2500 || v.FactoriesCount != 3 || v.SessionID != "A" ||
		v.Position != (game.Cell{Position: game.Position{X: 1}}) || len(v.Company.Credits) != 2 || v.Company.Goods.Amount("fish") != 3 {
		t.Errorf("got %+v", v)
	}
	// The first of all has what it has, though the filter finds more.
	first, err := f.Companies(t.Context(), game.CompanyFilter{Limit: 1})
	must(t, err)
	if diff := cmp.Diff(want[:1], first, unexported, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the first (-want +got):\n%s", diff)
	}
}

func TestStore_Factories(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	for name, c := range map[string]struct {
		filter game.FactoryFilter
		want   string // factory of company
	}{
		"all":             {game.FactoryFilter{}, "1of1 2of1 3of1 4of3 "},
		"two":             {game.FactoryFilter{Limit: 2}, "1of1 2of1 "},
		"id":              {game.FactoryFilter{ID: new(int64(4))}, "4of3 "},
		"company":         {game.FactoryFilter{CompanyID: new(int64(1))}, "1of1 2of1 3of1 "},
		"empty company":   {game.FactoryFilter{CompanyID: new(int64(2))}, ""},
		"kit":             {game.FactoryFilter{Kit: new("iron"), CompanyID: new(int64(1))}, "1of1 3of1 "},
		"unfitted":        {game.FactoryFilter{Kit: new("")}, "2of1 "},
		"produce":         {game.FactoryFilter{Produce: new(true)}, "1of1 4of3 "},
		"do not produce":  {game.FactoryFilter{Produce: new(false)}, "2of1 3of1 "},
		"auto":            {game.FactoryFilter{Auto: new(true)}, "2of1 3of1 "},
		"auto and fitted": {game.FactoryFilter{Auto: new(true), Kit: new("iron")}, "3of1 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			views, err := f.Factories(t.Context(), c.filter)
			must(t, err)
			got := ""
			for _, v := range views {
				got += fmt.Sprintf("%dof%d ", v.Factory.ID, v.CompanyID)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	views, err := f.Factories(t.Context(), game.FactoryFilter{ID: new(int64(3))})
	must(t, err)
	if want := []game.FactoryView{{CompanyID: 1, Factory: game.Factory{ID: 3, Kit: "iron", Auto: true}}}; !slices.Equal(views, want) {
		t.Errorf("got %+v, want %+v", views, want)
	}
}

func TestStore_Offers(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	money := game.Offer{ID: 1, CompanyID: 1, Resource: "fish", PerTrade: 2, Trades: 3, Type: game.OfferMoney, Price: 9}
	barter := game.Offer{ID: 2, CompanyID: 2, Resource: "fish", PerTrade: 1, Trades: 1, Type: game.OfferBarter, BarterResource: "wood", BarterAmount: 4}
	other := game.Offer{ID: 3, CompanyID: 3, Resource: "wood", PerTrade: 1, Trades: 1, Type: game.OfferMoney, Price: 1}
	must(t, change(f, "A", func(s *game.Session, _ game.Env) { s.Offers = []game.Offer{money, barter} }))
	must(t, change(f, "B", func(s *game.Session, _ game.Env) { s.Offers = []game.Offer{other} }))
	a1, a2, b3 := game.OfferView{SessionID: "A", Offer: money}, game.OfferView{SessionID: "A", Offer: barter}, game.OfferView{SessionID: "B", Offer: other}
	for name, c := range map[string]struct {
		filter game.OfferFilter
		want   []game.OfferView
	}{
		"all":      {game.OfferFilter{}, []game.OfferView{a1, a2, b3}},
		"first":    {game.OfferFilter{Limit: 1}, []game.OfferView{a1}},
		"id":       {game.OfferFilter{ID: new(int64(2))}, []game.OfferView{a2}},
		"no id":    {game.OfferFilter{ID: new(int64(4))}, nil},
		"company":  {game.OfferFilter{CompanyID: new(int64(3))}, []game.OfferView{b3}},
		"session":  {game.OfferFilter{SessionID: new("A")}, []game.OfferView{a1, a2}},
		"resource": {game.OfferFilter{Resource: new("fish")}, []game.OfferView{a1, a2}},
		"type":     {game.OfferFilter{Type: new(game.OfferMoney)}, []game.OfferView{a1, b3}},
		"several":  {game.OfferFilter{Type: new(game.OfferMoney), SessionID: new("A"), Resource: new("wood")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := f.Offers(t.Context(), c.filter)
			must(t, err)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	for id, want := range map[int64]string{1: "A", 2: "A", 3: "B"} {
		if name, err := f.SessionOfOffer(t.Context(), id); err != nil || name != want {
			t.Errorf("offer %d is in %q (%v), want %s", id, name, err, want)
		}
	}
	_, err := f.SessionOfOffer(t.Context(), 4)
	wantText(t, err, game.OfferNotFound())
}

// wantText fails unless err is a refusal like want.
func wantText(t *testing.T, err error, want *game.Refusal) {
	t.Helper()
	wantRefusal(t, err, want.Code)
	if err.Error() != want.Text {
		t.Errorf("got %q, want %q", err, want.Text)
	}
}

func TestStore_SessionOf(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	for id, want := range map[int64]string{1: "A", 2: "A", 3: "B"} {
		if name, err := f.SessionOfCompany(t.Context(), id); err != nil || name != want {
			t.Errorf("company %d is in %q (%v), want %s", id, name, err, want)
		}
	}
	for id, want := range map[int64]string{1: "A", 3: "A", 4: "B"} {
		if name, err := f.SessionOfFactory(t.Context(), id); err != nil || name != want {
			t.Errorf("factory %d is in %q (%v), want %s", id, name, err, want)
		}
	}
	_, err := f.SessionOfCompany(t.Context(), 4)
	wantText(t, err, game.CompanyNotFound())
	_, err = f.SessionOfFactory(t.Context(), 5)
	wantText(t, err, game.FactoryNotFound())
	_, err = f.Session(t.Context(), "D")
	wantText(t, err, game.SessionNotFound())

	f.mustDo("A", deleteSession)
	_, err = f.SessionOfCompany(t.Context(), 1)
	wantText(t, err, game.CompanyNotFound())
	_, err = f.SessionOfFactory(t.Context(), 1)
	wantText(t, err, game.FactoryNotFound())
	_, err = f.Session(t.Context(), "A")
	wantText(t, err, game.SessionNotFound())
}

// TestStore_usersOfACompany: users without a company are found, too.
func TestStore_usersOfACompany(t *testing.T) {
	t.Parallel()
	f := furnished(t)
	f.mustDo("A", createUser(1, "one"))
	f.mustDo("A", createUser(2, "two"))
	must(t, change(f, "A", func(s *game.Session, _ game.Env) { s.Users[1].CompanyID = 2 }))
	checkUsers(t, f, game.UserFilter{CompanyID: new(int64(2))}, game.User{ID: 2, Username: "two", CompanyID: 2, SessionID: "A"})
	checkUsers(t, f, game.UserFilter{CompanyID: new(int64(0))}, game.User{ID: 1, Username: "one", SessionID: "A"})
	checkUsers(t, f, game.UserFilter{CompanyID: new(int64(1))})
}

// TestStore_deadlines: those that have come, the longest overdue first.
func TestStore_deadlines(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B", "C", "D")
	at := func(ms int64) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	due := func(now time.Time, limit int, want ...string) {
		t.Helper()
		all, err := f.Due(t.Context(), now, limit)
		must(t, err)
		var got []string
		for _, d := range all {
			got = append(got, fmt.Sprint(d.SessionID, d.Deadline.Sub(start).Milliseconds()))
			if d.Epoch != f.epoch(d.SessionID) || d.Stage != game.StageFreeUserConnect || d.Step != 0 {
				t.Errorf("%s has the epoch %s, and is at step %d in %s", d.SessionID, d.Epoch, d.Step, d.Stage)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("due at %v: %v, want %v", now, got, want)
		}
	}
	set := func(session string, deadline time.Time) {
		t.Helper()
		must(t, change(f, session, func(s *game.Session, _ game.Env) { s.Deadline = deadline }))
	}
	due(at(1_000_000), 10)
	set("B", at(2000))
	set("C", at(1000))
	set("D", at(1000).Add(999*time.Microsecond))
	due(at(999), 10)
	due(at(1000), 10, "C1000", "D1000")
	due(at(2000), 10, "C1000", "D1000", "B2000")
	due(at(2000), 1, "C1000")
	set("C", time.Time{})
	f.mustDo("D", deleteSession)
	due(at(3000), 10, "B2000")
	if s, err := f.Session(t.Context(), "B"); err != nil || !s.Deadline.Equal(at(2000)) {
		t.Errorf("B goes on at %v, %v", s.Deadline, err)
	}
	list, err := f.Sessions(t.Context(), game.SessionFilter{})
	if err != nil || len(list) != 3 || !list[0].Deadline.IsZero() || !list[1].Deadline.Equal(at(2000)) {
		t.Errorf("listed %+v, %v", list, err)
	}
}
