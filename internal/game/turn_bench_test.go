package game_test

import (
	"fmt"
	"slices"
	"testing"

	"seg.example/internal/game"
)

// workingSession is a session in Game with 30 companies of 90 factories each. All of them work in
// every turn, as the warehouses of its rules hold enough of everything; the goods that they make
// are those of classic in turn.
func workingSession(tb testing.TB) *game.Session {
	tb.Helper()
	const companies, factories = 30, 90
	rules := classicWith(func(r *game.Ruleset) {
		r.Warehouse = slices.Repeat([]game.Level{{Figure: 1_000_000_000}}, game.MaxLevel)
	})
	var all game.Goods
	var kits []string
	for _, r := range rules.Resources {
		all = append(all, stock(r.Name, 1_000_000))
		if r.Production != nil {
			kits = append(kits, r.Name)
		}
	}
	s := sessionInGame(tb, rules)
	s.MaxSteps = game.MaxSteps
	for i := range int64(companies) {
		c := newCompany(i+1, all)
		c.Cell, c.OwnerID = i, i+1
		for k := range int64(factories) {
			f := making(i*factories+k+1, kits[k%int64(len(kits))], yes, yes)
			if n := rules.Good(f.Kit).Production.Turns; k%2 == 0 && n > 1 {
				f.Done, f.Needed = 1, n // not all in step
			}
			c.Factories = append(c.Factories, f)
		}
		s.Companies = append(s.Companies, c)
		s.Users = append(s.Users, game.User{ID: i + 1, Username: fmt.Sprint("user ", i+1), CompanyID: c.ID, SessionID: s.ID})
	}
	return s
}

// BenchmarkTurn plays one turn of 30 companies with 90 working factories each. The limit is 5 ms.
func BenchmarkTurn(b *testing.B) {
	s, env := workingSession(b), newEnv()
	b.ReportAllocs()
	told := 0
	for b.Loop() {
		events, err := s.Clone().SetStage(game.StageOrder{Stage: game.StageGame}, env)
		if err != nil {
			b.Fatal(err)
		}
		told = len(events)
	}
	b.ReportMetric(float64(told), "events/turn")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/0.005, "of-limit")
}
