package game_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// thousands formats a number as README.md does: 12,000.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// readme returns README.md with each run of white space as one space, so that line breaks do not count.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// wantInReadme expects that README.md contains a sentence with the computed figures.
func wantInReadme(t *testing.T, format string, figures ...any) {
	t.Helper()
	for i, f := range figures {
		if n, ok := f.(int64); ok {
			figures[i] = thousands(n)
		}
	}
	if want := fmt.Sprintf(format, figures...); !strings.Contains(readme(t), want) {
		t.Errorf("README.md does not say %q", want)
	}
}

// mustRun applies a command to a copy of s and returns the copy.
func mustRun(t *testing.T, s *game.Session, do command) *game.Session {
	t.Helper()
	next := s.Clone()
	if _, err := do(next); err != nil {
		t.Fatal(err)
	}
	return next
}

// nextTurn plays a turn on a copy of s and returns the copy.
func nextTurn(t *testing.T, s *game.Session) *game.Session {
	t.Helper()
	return mustRun(t, s, advance(inGame, false))
}

// TestReadme_examples computes each worked example of README.md by the rules.
func TestReadme_examples(t *testing.T) {
	t.Parallel()
	t.Run("refit", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct{ row, from, to string }{
			{"unfitted → iron (level 1)", "", "iron"},
			{"iron (1) → tools (2)", "iron", "tools"},
			{"unfitted → cart (3)", "", "cart"},
			{"cart (3) → tools (2)", "cart", "tools"},
		} {
			s := sessionInGame(t, rules, newCompany(1, nil, fitted(1, c.from)))
			s = mustRun(t, s, func(s *game.Session) ([]game.Event, error) { return s.RefitFactory(1, c.to, nil) })
			wantInReadme(t, "| %v | %v |", c.row, s.Companies[0].Factories[0].Refit)
		}
	})
	t.Run("production", func(t *testing.T) {
		t.Parallel()
		s := sessionInGame(t, rules, newCompany(1, game.Goods{stock("iron", 3), stock("planks", 2)}, making(1, "tools", yes, no)))
		s.Step = 3
		s = nextTurn(t, s)
		if s.Step != 4 || len(s.Companies[0].Goods) > 0 {
			t.Errorf("at step %d: got goods %v, want none", s.Step, s.Companies[0].Goods)
		}
		s = nextTurn(t, s)
		if s.Step != 5 {
			t.Errorf("got step %d, want 5", s.Step)
		}
		wantInReadme(t, "Tools need 3 iron and 2 planks, take 2 turns, and give 1 unit. A factory that starts in turn 4 takes the materials in turn 4 "+
			"and stores %v tools in turn %v.", s.Companies[0].Goods.Amount("tools"), s.Step)
	})
	t.Run("improvement", func(t *testing.T) {
		t.Parallel()
		c := newCompany(1, nil)
		s := sessionInGame(t, rules, c)
		c.Cell = int64(slices.Index(s.Cells, "mountain"))
		for i := range rules.BuildingsOn("mountain").Factory[0].Figure {
			c.Factories = append(c.Factories, game.Factory{ID: 100 + i})
		}
		before := int64(len(c.Factories))
		s = mustRun(t, s, improve(1, game.ImproveFactory, "", newEnv()))
		c = s.Companies[0]
		wantInReadme(t, "raises its factory level from 1 to %v. It pays %v and has %v factories instead of %v; the %v new ones are unfitted.",
			c.Levels.Factory, 10_000-c.Balance, int64(len(c.Factories)), before, int64(len(c.Factories))-before)
	})
	t.Run("exchange", func(t *testing.T) {
		t.Parallel()
		s := sessionInGame(t, rules, newCompany(1, game.Goods{stock("iron", 20)}), newCompany(2, nil))
		env := newEnv()
		s = mustRun(t, s, func(s *game.Session) ([]game.Event, error) {
			_, events, err := s.CreateOffer(game.NewOffer{CompanyID: 1, Resource: "iron", PerTrade: 5, Trades: 4, For: game.ForMoney(300)}, env)
			return events, err
		})
		wantInReadme(t, "Company A offers 4 trades of 5 iron for 300 each: %v iron leave its warehouse.", 20-s.Companies[0].Goods.Total())
		s = mustRun(t, s, buy(game.Purchase{OfferID: s.Offers[0].ID, CompanyID: 2, Quantity: 3}))
		seller, buyer := s.Companies[0], s.Companies[1]
		wantInReadme(t, "Company B buys 3 trades: B pays %v and gets %v iron. A's income grows by %v.",
			10_000-buyer.Balance, buyer.Goods.Amount("iron"), seller.ThisTurnIncome)
		if left := s.Offers[0]; left.Trades != 1 || left.PerTrade != 5 {
			t.Errorf("got the offer %+v, want one trade of 5", left)
		}
	})
	t.Run("credit", func(t *testing.T) {
		t.Parallel()
		s := mustRun(t, sessionInGame(t, rules, newCompany(1, nil)), takeCredit(10_000, 5))
		total := s.Companies[0].Credits[0].TotalToPay
		s = nextTurn(t, s)
		wantInReadme(t, "Reputation 20, amount 10,000, term 5 turns: 20 %% interest after 1 free turn. Total: 10,000 + 10,000 × 20 %% × 4 = %v. "+
			"The first turn asks for %v / 5 = %v.", total, total, s.Companies[0].Credits[0].NeedPay)
	})
	t.Run("deposit", func(t *testing.T) {
		t.Parallel()
		s := sessionInGame(t, rules, newCompany(1, nil))
		s.Step = 3
		s = mustRun(t, s, takeDeposit(5_000, 4))
		deposit := s.Companies[0].Deposits[0]
		before := s.Companies[0].Balance
		for len(s.Companies[0].Deposits) > 0 {
			s = nextTurn(t, s)
		}
		wantInReadme(t, "Reputation 20, amount 5,000, term 4 turns, made at step 3: 5 %% or %v per turn. It can be withdrawn from step %v. After its term it "+
			"pays %v.", deposit.IncomePerTurn, deposit.CanWithdrawFrom, s.Companies[0].Balance-before)
	})
	t.Run("tax", func(t *testing.T) {
		t.Parallel()
		c := newCompany(1, nil)
		c.ThisTurnIncome = 8_000
		s := nextTurn(t, sessionInGame(t, rules, c))
		wantInReadme(t, "A small company sold goods for 8,000 in the last turn. Its tax debt grows by %v.", s.Companies[0].TaxDebt)
	})
	t.Run("prison", func(t *testing.T) {
		t.Parallel()
		c := newCompany(1, nil)
		c.Reputation = 0
		s := sessionInGame(t, rules, c)
		s.Step = 4
		s = nextTurn(t, s)
		from := s.Step
		for s.Companies[0].InPrison() {
			s = nextTurn(t, s)
		}
		wantInReadme(t, "goes to prison in the turn from step 4 to step %v. It leaves in the turn that makes step %v (4 + 8).", from, s.Step)
	})
	t.Run("capital", func(t *testing.T) {
		t.Parallel()
		c := newCompany(1, game.Goods{stock("iron", 10)})
		c.Balance, c.TaxDebt, c.Credits = 3_000, 480, []game.Credit{{ID: 1, TotalToPay: 18_000, Paid: 15_000}}
		s := sessionInGame(t, rules, c)
		events, err := s.SetStage(game.StageOrder{Stage: atEnd}, newEnv())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e, ok := e.(game.Ended); ok {
				wantInReadme(t, "capital 3,000 + 800 − 3,000 − 480 = %v.", e.Capital.Value)
				return
			}
		}
		t.Errorf("got events %v, want Ended", listed(events))
	})
}

// TestReadme_figures compares the tables of README.md with the ruleset classic.
func TestReadme_figures(t *testing.T) {
	t.Parallel()
	r := builtIn(t, "classic")
	var capacity []string
	for _, l := range r.Warehouse {
		capacity = append(capacity, thousands(l.Figure))
	}
	wantInReadme(t, "| warehouse capacity | %v |", strings.Join(capacity, " | "))
	for _, b := range r.Buildings {
		var cells []string
		for i := range b.Station {
			cells = append(cells, fmt.Sprintf("%d / %d", b.Station[i].Figure, b.Factory[i].Figure))
			if b.Station[i].Cost != r.Warehouse[i].Cost || b.Factory[i].Cost != r.Warehouse[i].Cost {
				t.Errorf("%v: README.md says that all improvements cost the same", b.CellType)
			}
		}
		name := b.CellType
		if name == "mountain" {
			name += ": extraction per turn / factories"
		}
		wantInReadme(t, "| %v | %v |", name, strings.Join(cells, " | "))
	}
	for _, p := range r.Pickable {
		wantInReadme(t, "| %v | %v | %v |", p.Type, p.Resource, p.StartKit)
	}
	for _, good := range r.Resources {
		p := good.Production
		if p == nil {
			continue
		}
		wantInReadme(t, "| %v | %v | %v |", good.Name, good.Level, good.BasePrice)
		for _, m := range p.Materials {
			row := fmt.Sprintf("| %v | %d | %v |", good.Name, good.Level, thousands(good.BasePrice))
			_, rest, _ := strings.Cut(readme(t), row)
			columns := strings.Split(rest, "|")
			if want := fmt.Sprintf("%d %v", m.Amount, m.Resource); !slices.Contains(strings.Split(strings.TrimSpace(columns[0]), ", "), want) {
				t.Errorf("README.md does not say that %v needs %v", good.Name, want)
			}
			if got, want := strings.TrimSpace(columns[1])+" | "+strings.TrimSpace(columns[2]), fmt.Sprintf("%d | %d", p.Output, p.Turns); got != want {
				t.Errorf("README.md says output and turns of %v are %v, want %v", good.Name, got, want)
			}
		}
	}
	wantInReadme(t, "Levels 1 to 4 cost 0, %v, %v and %v. All companies start at level 1, with a balance of %v and a reputation of %v.",
		r.Warehouse[1].Cost, r.Warehouse[2].Cost, r.Warehouse[3].Cost, r.Start.Balance, r.Start.Reputation)
	wantInReadme(t, "Credits and deposits: %v to %v. Reputation: tax paid +%v, tax late −%v per turn, credit paid off +%v, credit late −%v per turn. "+
		"Turn time %v s, time to pick a cell %v s, %v turns, at most %v companies of %v users.",
		r.Credit.Min, r.Credit.Max, r.Reputation.TaxPaid, -r.Reputation.TaxLate, r.Reputation.CreditGained, -r.Reputation.CreditLost,
		int64(r.Timers.Turn.Seconds()), int64(r.Timers.CellSelect.Seconds()), r.Limits.Steps, r.Limits.Companies, r.Limits.Players)
}
