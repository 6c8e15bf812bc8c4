package game_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"seg.example/internal/game"
)

// move is something that happens to a session: the operator's command, or the end of its timer.
type move struct {
	name  string
	apply func(s *game.Session, env game.Env) ([]game.Event, error)
	turn  bool // in stage Game it plays a turn
}

// moves are all that can happen between two turns. seen is the step that the operator sees.
func moves(seen int64) []move {
	ask := func(stage game.Stage, schedule bool, expected *int64) func(*game.Session, game.Env) ([]game.Event, error) {
		return func(s *game.Session, env game.Env) ([]game.Event, error) {
			return s.SetStage(game.StageOrder{Stage: stage, Schedule: schedule, ExpectedStep: expected}, env)
		}
	}
	return []move{
		{"Game", ask(inGame, true, nil), true},
		{"Game without a timer", ask(inGame, false, nil), true},
		{fmt.Sprintf("Game at step %d", seen), ask(inGame, true, &seen), true},
		{"CellSelect", ask(picking, true, nil), false},
		{"ChangeTurn", ask(inPause, true, nil), false},
		{"timer", func(s *game.Session, env game.Env) ([]game.Event, error) {
			env.Now = s.Deadline
			return s.Expire(env)
		}, true},
		{"timer that is late by an hour", func(s *game.Session, env game.Env) ([]game.Event, error) {
			env.Now = s.Deadline.Add(time.Hour)
			return s.Expire(env)
		}, true},
		{"timer of an earlier deadline", func(s *game.Session, env game.Env) ([]game.Event, error) {
			env.Now = s.Deadline.Add(-time.Millisecond)
			return s.Expire(env)
		}, false},
	}
}

// TestNoStepSkippedOrPlayedTwice tries every order of up to seven moves. Once, asking for Game in ChangeTurn played a turn: step 3 in the pause
// became step 4, and nobody could play turn 3.
func TestNoStepSkippedOrPlayedTwice(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*game.Ruleset{"without pauses": rules, "with pauses": paused} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := at(r, picking, 0)
			s.MaxSteps, s.Deadline = 5, noon
			s.Cells = make([]string, r.Map.Rows*r.Map.Cols)
			tried := 0
			explore(t, s, map[int64]bool{}, nil, &tried)
			if tried < 50_000 {
				t.Errorf("got %d moves tried, want at least 50,000: the search is broken", tried)
			}
		})
	}
}

// explore tries every move on s, then every move after it. playable holds the steps that the session has spent in stage Game. path is how
// s was reached.
func explore(t *testing.T, s *game.Session, playable map[int64]bool, path []string, tried *int) {
	t.Helper()
	if len(path) == 7 || t.Failed() {
		return
	}
	for _, m := range moves(s.Step) {
		*tried++
		after := s.Clone()
		_, err := m.apply(after, newEnv())
		here := append(slices.Clip(path), m.name)
		if problem := wrongMove(s, after, m, err); problem != "" {
			t.Fatalf("%s, after %q from step %d in %s to step %d in %s", problem, here, s.Step, s.Stage, after.Step, after.Stage)
		}
		if after.Step > s.Step && s.Stage != picking && !playable[s.Step] {
			t.Fatalf("nobody could play turn %d: after %q step %d begins", s.Step, here, after.Step)
		}
		if err != nil || after.Stage == atEnd {
			continue
		}
		next := map[int64]bool{}
		for step := range playable {
			next[step] = true
		}
		if after.Stage == inGame {
			next[after.Step] = true
		}
		explore(t, after, next, here, tried)
	}
}

// wrongMove says what is wrong with a move from one state to another; "": nothing.
func wrongMove(from, to *game.Session, m move, err error) string {
	refusal := new(game.Refusal)
	switch played := to.Step - from.Step; {
	case err != nil && !errors.As(err, &refusal):
		return err.Error()
	case err != nil && (played != 0 || to.Stage != from.Stage):
		return "a refused move has changed the session"
	case err != nil:
		return ""
	case played < 0 || played > 1:
		return fmt.Sprintf("%d turns were played at once", played)
	case from.Stage == inPause && (played != 0 || to.Stage != inGame):
		return "the end of a pause did something else"
	case from.Stage == inGame && m.turn && to.Stage != atEnd && played != 1:
		return "a turn was not played"
	case !m.turn && played != 0:
		return "a turn was played"
	}
	return ""
}

// TestExpectedStep_doubleClick: a second click on "next turn", and a click after the timer has played the turn, are conflicts that name the
// present step. They used to play a second turn.
func TestExpectedStep_doubleClick(t *testing.T) {
	t.Parallel()
	three := int64(3)
	next := func(s *game.Session) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: inGame, Schedule: true, ExpectedStep: &three}, newEnv())
	}
	s := at(rules, inGame, 3)
	s.Deadline = noon
	clicked := done(t, s, next, moved(inGame, inGame, 4))
	timed := done(t, s, expire, moved(inGame, inGame, 4))
	for name, s := range map[string]*game.Session{"a second click": clicked, "a click after the timer": timed} {
		_, err := next(s)
		refusal := new(game.Refusal)
		if !errors.As(err, &refusal) || refusal.Code != game.CodeConflict || refusal.Field != "expected_step" ||
			refusal.Text != "The session is at step 4 in stage Game, not at step 3" {
			t.Errorf("%s: got %v, want a conflict at step 4", name, err)
		}
		if s.Step != 4 {
			t.Errorf("%s: got step %d, want 4", name, s.Step)
		}
	}
}

// outdated fails unless a command is a conflict about field with this text.
func outdated(t *testing.T, err error, field, text string) {
	t.Helper()
	refusal := new(game.Refusal)
	if !errors.As(err, &refusal) || refusal.Code != game.CodeConflict || refusal.Field != field || refusal.Text != text {
		t.Errorf("got %#v, want a conflict about %s: %s", err, field, text)
	}
}

// TestCreditID_shiftedIndex: the credit at an index is another one after an earlier credit was paid off. Who gives the id does not pay the
// wrong credit.
func TestCreditID_shiftedIndex(t *testing.T) {
	t.Parallel()
	s := playing(t, rules, client(func(c *game.Company) {
		c.Credits = []game.Credit{{ID: 7, TotalToPay: 100, StepsTotal: 5}, {ID: 9, TotalToPay: 2_000, StepsTotal: 5}}
	}))
	pay := func(s *game.Session, index, id, amount int64) error {
		_, err := s.PayCredit(game.CreditPayment{CompanyID: 1, Index: index, ID: &id, Amount: amount}, newEnv())
		return err
	}
	outdated(t, pay(s, 0, 9, 50), "credit_id", "The credit 9 has the index 1 now, not 0")
	if err := pay(s, 0, 7, 100); err != nil {
		t.Fatal(err)
	}
	outdated(t, pay(s, 1, 9, 50), "credit_id", "The credit 9 has the index 0 now, not 1")
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return nil, pay(s, 0, 7, 50) })
	if err := pay(s, 0, 9, 50); err != nil || s.Company(1).Credits[0].Paid != 50 {
		t.Errorf("got %v and %+v, want 50 paid", err, s.Company(1).Credits)
	}
}

// TestDepositID_shiftedIndex is the same for deposits.
func TestDepositID_shiftedIndex(t *testing.T) {
	t.Parallel()
	s := playing(t, rules, client(func(c *game.Company) {
		c.Deposits = []game.Deposit{{ID: 7, CurrentBalance: 100, StepsTotal: 5}, {ID: 9, CurrentBalance: 2_000, StepsTotal: 5}}
	}))
	take := func(s *game.Session, index, id int64) error {
		_, err := s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: 1, Index: index, ID: &id}, newEnv())
		return err
	}
	if err := take(s, 0, 7); err != nil {
		t.Fatal(err)
	}
	outdated(t, take(s, 1, 9), "deposit_id", "The deposit 9 has the index 0 now, not 1")
	refused(t, s, game.CodeNotFound, func(s *game.Session) ([]game.Event, error) { return nil, take(s, 0, 7) })
	if err := take(s, 0, 9); err != nil || len(s.Company(1).Deposits) != 0 {
		t.Errorf("got %v and %+v, want it withdrawn", err, s.Company(1).Deposits)
	}
}

// TestExpectedLevel_doubleClick: a double click on "improve" used to buy two levels.
func TestExpectedLevel_doubleClick(t *testing.T) {
	t.Parallel()
	s := playing(t, rules, client(func(c *game.Company) { c.Balance = 200_000 }))
	one := int64(1)
	improve := func() error {
		_, err := s.Improve(game.ImprovementOrder{CompanyID: 1, Improvement: game.ImproveWarehouse, ExpectedLevel: &one}, newEnv())
		return err
	}
	if err := improve(); err != nil {
		t.Fatal(err)
	}
	outdated(t, improve(), "expected_level", "The warehouse of "+s.Company(1).Name+" has level 2, not 1")
	if got := s.Company(1).Levels.Warehouse; got != 2 {
		t.Errorf("got level %d, want 2", got)
	}
}

// TestExpectedSellAmount_changedOffer: a seller could halve the units of a trade between the buyer's look and its purchase, at the same price.
func TestExpectedSellAmount_changedOffer(t *testing.T) {
	t.Parallel()
	s := playing(t, rules, firm(1, nil), firm(2, nil))
	s.Offers = []game.Offer{{ID: 3, CompanyID: 1, Resource: "stone", PerTrade: 5, Trades: 4, Type: game.OfferMoney, Price: 10}}
	ten := int64(10)
	_, _, err := s.Buy(game.Purchase{OfferID: 3, CompanyID: 2, Quantity: 1, ExpectedPerTrade: &ten}, newEnv())
	outdated(t, err, "expected_sell_amount_per_trade", "One trade sells 5 of stone")
	if got := s.Offers[0].Trades; got != 4 {
		t.Errorf("got %d trades left, want 4", got)
	}
}
