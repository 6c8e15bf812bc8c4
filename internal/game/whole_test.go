package game_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// order is one command of a whole game, with its effect on the ledger.
type order struct {
	name string
	do   func(*game.Session, game.Env) ([]game.Event, error)
	book func(l *ledger, s *game.Session) // s is the session after it; nil: nothing
}

// TestWholeGames plays whole games on both rulesets, with random commands of every kind, most of
// them lawful. After each command the session is held to a ledger, which knows the orders and the
// rules, and to a eventModel, who knows the events; a command that is refused has changed nothing;
// and the same commands give the same events and the same end again.
func TestWholeGames(t *testing.T) {
	t.Parallel()
	testWholeGames(t)
}

// testWholeGames plays as many games as rapid's flag -rapid.checks says, for each ruleset.
func testWholeGames(t *testing.T) {
	t.Helper()
	for _, name := range []string{"classic", "industrial"} {
		rules := builtIn(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard, did, refused := map[string]int{}, map[string]int{}, map[game.Code]int{}
			rapid.Check(t, func(t *rapid.T) {
				g := newWholeGame(t, rules, heard)
				g.play(did, refused)
				g.again()
			})
			for _, kind := range append(orderKinds(), "turn", "expire") {
				if did[kind] == 0 {
					t.Errorf("no command %s ever succeeded", kind)
				}
			}
			for _, kind := range eventKinds() {
				if heard[kind] == 0 {
					t.Errorf("the event %s never happened", kind)
				}
			}
			t.Logf("carried out %v\ntold %v\nrefused %v", did, heard, refused)
		})
	}
}

// eventKinds are the events that a whole game must have.
func eventKinds() (kinds []string) {
	for _, e := range []game.Event{
		game.UserCreated{},
		game.UserUpdated{},
		game.UserDeleted{},
		game.CompanyCreated{},
		game.UserAddedToCompany{},
		game.UserLeftCompany{},
		game.CompanyPositionSet{},
		game.CompanyDeleted{},
		game.CompanyNameUpdated{},
		game.CompanyImprovementUpgraded{},
		game.CompanyCreditTaken{},
		game.CompanyCreditPaid{},
		game.CompanyCreditRemoved{},
		game.CompanyDepositTaken{},
		game.CompanyDepositWithdrawn{},
		game.CompanyTaxPaid{},
		game.CompanyResourceAdded{},
		game.CompanyResourceRemoved{},
		game.CompanyBalanceChanged{},
		game.CompanyReputationChanged{},
		game.CompanyToPrison{},
		game.CompanyLeftPrison{},
		game.FactoryCreated{},
		game.FactoryDeleted{},
		game.FactoryRefitStarted{},
		game.FactoryRefitEnded{},
		game.FactoryProductionEnded{},
		game.OfferCreated{},
		game.OfferUpdated{},
		game.OfferCancelled{},
		game.OfferDeleted{},
		game.TradeCompleted{},
		game.StageUpdated{},
		game.Ended{},
	} {
		kinds = append(kinds, nameOf(e))
	}
	return kinds
}

func nameOf(e game.Event) string { return reflect.TypeOf(e).Name() }

// wholeGame is a game with its models.
type wholeGame struct {
	t          *rapid.T
	rules      *game.Ruleset
	seed       uint64
	s          *game.Session
	env        game.Env
	ledger     *ledger
	eventModel *eventModel
	orders     []order
	events     []game.Event
}

func newWholeGame(t *rapid.T, rules *game.Ruleset, heard map[string]int) *wholeGame {
	g := &wholeGame{t: t, rules: rules, seed: rapid.Uint64().Draw(t, "seed"), ledger: newLedger(rules), eventModel: newEventModel(rules, heard)}
	g.s, g.env = g.begin()
	return g
}

// begin creates the session and its environment, the same ones each time.
func (g *wholeGame) begin() (*game.Session, game.Env) {
	dice, _ := game.NewSeeded(g.seed)
	s, err := game.NewSession(game.NewSessionOptions{ID: "S", MaxSteps: 30}, g.rules, dice)
	if err != nil {
		g.t.Fatal(err)
	}
	return s, game.Env{Now: noon, Rand: dice, IDs: &counter{}}
}

// play plays the game: users come and companies are founded, cells are picked, then things happen
// at random, a turn now and then.
func (g *wholeGame) play(did map[string]int, refused map[game.Code]int) {
	d := generator{g.t, g}
	orders := []order{d.user(1), d.user(2), d.user(3), d.user(4), d.company(1, "firm 1"), d.company(2, "firm 2"), d.company(3, "firm 3")}
	for _, o := range orders {
		g.apply(o, did, refused)
	}
	for range d.number(0, 8, "before") {
		g.apply(d.people(oneOf(d, "people", []string{"user", "join", "join", "rename or move", "found", "leave", "name"})), did, refused)
	}
	g.apply(d.stage(game.StageCellSelect, true), did, refused)
	for _, c := range slices.Clone(g.s.Companies) {
		g.apply(d.cell(c.ID), did, refused)
	}
	for range d.number(60, 160, "orders") {
		g.apply(d.random(), did, refused)
	}
	if rapid.Bool().Draw(g.t, "to the end") {
		g.apply(d.stage(game.StageEnd, false), did, refused)
		g.apply(d.random(), did, refused)
	}
}

// apply carries out an order on a copy, as the store does, and judges what has come of it.
func (g *wholeGame) apply(o order, did map[string]int, refused map[game.Code]int) {
	before, after := deep(g.s), g.s.Clone()
	copied := deep(after)
	events, err := o.do(after, g.env)
	g.orders = append(g.orders, o)
	if !reflect.DeepEqual(g.s, before) {
		g.t.Fatalf("%s on a copy has changed\n%s\nto\n%s", o.name, dump(before), dump(g.s))
	}
	if err != nil {
		refusal, ok := errors.AsType[*game.Refusal](err)
		if !ok || len(events) > 0 || !reflect.DeepEqual(after, copied) {
			g.t.Fatalf("%s was refused with %v, but told %v and left\n%s\nwhere there was\n%s", o.name, err, events, dump(after), dump(copied))
		}
		refused[refusal.Code]++
		return
	}
	did[o.name]++
	step := g.s.Step
	g.s, g.events = after, append(g.events, events...)
	if g.s.Step > step {
		did["turn"]++
	}
	for _, e := range events {
		g.eventModel.apply(g.t, e)
	}
	g.eventModel.compare(g.t, g.s)
	if o.book != nil {
		o.book(g.ledger, g.s)
	}
	g.ledger.compare(g.t, g.s)
	if won := g.eventModel.ended; before.Stage != game.StageEnd && g.s.Stage == game.StageEnd {
		want := &game.Ended{
			SessionID: "S", Capital: g.ledger.best(g.s, g.ledger.capital),
			Reputation: g.ledger.best(g.s, func(a *account) int64 { return a.reputation }),
		}
		if !reflect.DeepEqual(won, want) {
			g.t.Fatalf("told that %+v and %+v have won, by the ledger %+v and %+v", won.Capital, won.Reputation, want.Capital, want.Reputation)
		}
	}
	for _, c := range g.s.Companies {
		checkAccount(g.t, g.rules, c)
		checkGoods(g.t, c.Goods, g.s.Capacity(c))
	}
}

// again carries the same orders out once more, and expects the same.
func (g *wholeGame) again() {
	s, env := g.begin()
	var events []game.Event
	for _, o := range g.orders {
		after := s.Clone()
		more, err := o.do(after, env)
		if err == nil {
			s, events = after, append(events, more...)
		}
	}
	if !reflect.DeepEqual(events, g.events) || dump(s) != dump(g.s) || !s.Deadline.Equal(g.s.Deadline) {
		g.t.Fatalf("the same orders have come to\n%s\nand then to\n%s", dump(g.s), dump(s))
	}
}

// deep returns a copy of s that shares nothing with it that a command could change.
func deep(s *game.Session) *game.Session {
	c := *s
	c.Cells, c.Users, c.Offers = slices.Clone(s.Cells), slices.Clone(s.Users), slices.Clone(s.Offers)
	c.Companies = slices.Clone(s.Companies)
	for i, p := range c.Companies {
		company := *p
		company.Goods, company.Credits = slices.Clone(p.Goods), slices.Clone(p.Credits)
		company.Deposits, company.Factories = slices.Clone(p.Deposits), slices.Clone(p.Factories)
		c.Companies[i] = &company
	}
	return &c
}

// orderKinds are the kinds of orders that are given at random. What stands there more often is.
func orderKinds() []string {
	kinds := []string{
		"user", "rename or move", "delete user", "found", "join", "leave", "delete company", "pick", "improve", "credit", "pay credit", "deposit",
		"withdraw", "pay taxes", "money", "items", "name", "refit", "refit many", "produce", "auto", "offer", "update offer", "cancel offer", "buy", "stage", "expire",
	}
	for kind, more := range map[string]int{
		"stage": 10, "expire": 5, "auto": 3, "refit many": 1, "offer": 4, "buy": 5, "update offer": 1, "cancel offer": 1, "credit": 3, "deposit": 3,
		"pay credit": 4, "withdraw": 2, "pay taxes": 1, "money": 4, "items": 2, "improve": 3,
	} {
		kinds = append(kinds, slices.Repeat([]string{kind}, more)...)
	}
	slices.Sort(kinds)
	return kinds
}

// generator draws orders for a game as it is now.
type generator struct {
	t *rapid.T
	g *wholeGame
}

// below draws a number from 0 to n-1, each equally likely, where rapid's own integers are mostly
// small.
func (d generator) below(n uint64, of string) (v uint64) {
	for bits := 1; bits < 4*int(n); bits *= 2 {
		v <<= 1
		if rapid.Bool().Draw(d.t, of) {
			v++
		}
	}
	return v % n
}

func (d generator) number(from, to int64, of string) int64 {
	return from + int64(d.below(uint64(to-from+1), of))
}

// oneOf draws one of a list, each equally likely.
func oneOf[T any](d generator, of string, list []T) T { return list[d.below(uint64(len(list)), of)] }

// one is one of ids, or now and then one that is not among them.
func (d generator) one(ids []int64, of string) int64 {
	if len(ids) == 0 || d.number(0, 29, "nobody") == 0 {
		return 999
	}
	return oneOf(d, of, ids)
}

func (d generator) userID() int64 {
	var ids []int64
	for _, u := range d.g.s.Users {
		ids = append(ids, u.ID)
	}
	return d.one(ids, "user")
}

func (d generator) companyID() int64 {
	var ids []int64
	for _, c := range d.g.s.Companies {
		ids = append(ids, c.ID)
	}
	return d.one(ids, "company")
}

func (d generator) offerID() int64 {
	var ids []int64
	for _, o := range d.g.s.Offers {
		ids = append(ids, o.ID)
	}
	return d.one(ids, "offer")
}

func (d generator) factoryID() int64 {
	var ids []int64
	if c := d.g.s.Company(d.companyID()); c != nil {
		for _, f := range c.Factories {
			ids = append(ids, f.ID)
		}
	}
	return d.one(ids, "factory")
}

func (d generator) resource() string {
	names := []string{"nothing"}
	for _, r := range d.g.rules.Resources {
		names = append(names, r.Name)
	}
	return oneOf(d, "resource", names)
}

// good is often what some factory is fitted for at the start.
func (d generator) good() string {
	if rapid.Bool().Draw(d.t, "any") {
		return d.resource()
	}
	return oneOf(d, "kit", d.g.rules.Pickable).StartKit
}

func (d generator) random() order {
	switch kind := oneOf(d, "order", orderKinds()); kind {
	case "user", "rename or move", "delete user", "found", "join", "leave", "delete company", "name":
		return d.people(kind)
	case "refit", "refit many", "produce", "auto":
		return d.factory(kind)
	case "offer", "update offer", "cancel offer", "buy":
		return d.exchange(kind)
	case "pick":
		return d.cell(d.companyID())
	case "stage":
		return d.stage(oneOf(d, "stage", []game.Stage{game.StageCellSelect, game.StageGame, game.StageGame, game.StageGame}), rapid.Bool().Draw(d.t, "schedule"))
	case "expire":
		return order{kind, func(s *game.Session, env game.Env) ([]game.Event, error) {
			env.Now = s.Deadline.Add(time.Millisecond)
			return s.Expire(env)
		}, advanced}
	default:
		return d.bank(kind)
	}
}

func (d generator) stage(to game.Stage, schedule bool) order {
	return order{"stage", func(s *game.Session, env game.Env) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: to, Schedule: schedule}, env)
	}, advanced}
}

// advanced books what a session that has been advanced has come to.
func advanced(l *ledger, s *game.Session) {
	switch {
	case s.Stage == game.StageEnd:
		l.end()
	case s.Step > l.step:
		l.turn(s)
	}
}

func (d generator) cell(company int64) order {
	free := append(d.g.s.FreeCells(), game.Position{X: 3, Y: 3}, game.Position{X: 7, Y: 1})
	p := oneOf(d, "cell", free)
	return order{
		"pick", func(s *game.Session, env game.Env) ([]game.Event, error) { return s.PickCell(company, p, env) },
		func(l *ledger, s *game.Session) { l.settle(s.Company(company), s.CellType(s.Company(company))) },
	}
}

func (d generator) user(id int64) order {
	name := fmt.Sprint("user ", id)
	return order{"user", func(s *game.Session, _ game.Env) ([]game.Event, error) {
		_, events, err := s.CreateUser(id, name)
		return events, err
	}, nil}
}

func (d generator) company(user int64, name string) order {
	return order{
		"found", func(s *game.Session, env game.Env) ([]game.Event, error) { return found(name, user, env)(s) },
		func(l *ledger, s *game.Session) { l.found(s.Companies[len(s.Companies)-1].ID) },
	}
}
