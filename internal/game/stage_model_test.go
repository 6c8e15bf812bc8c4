package game_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"seg.example/internal/game"
)

// place is the part of a session that the stage commands and timers depend on.
type place struct {
	stage game.Stage
	step  int64
	timer bool // a timer runs
}

// stageModel is an independent model of how a session without companies moves.
type stageModel struct {
	steps  int64 // of the game
	pauses bool  // between turns
}

// timed returns the place at a stage and a step, with its timer running if the stage has one.
func (m stageModel) timed(stage game.Stage, step int64, schedule bool) place {
	return place{stage, step, schedule && (stage == picking || stage == inGame || stage == inPause)}
}

// turn returns the place after a turn at p, or the end after the last turn.
func (m stageModel) turn(p place, schedule bool) place {
	if p.step == m.steps {
		return m.timed(atEnd, p.step, false)
	}
	return m.timed(inGame, p.step+1, schedule)
}

// setStage returns the place after update-session-stage, or the code of the refusal.
func (m stageModel) setStage(p place, o game.StageOrder) (place, game.Code) {
	order := map[game.Stage]int{connecting: 0, picking: 1, inGame: 2, inPause: 2, atEnd: 3}
	switch {
	case o.ExpectedStep != nil && *o.ExpectedStep != p.step || o.ExpectedStage != nil && *o.ExpectedStage != p.stage:
		return p, game.CodeConflict
	case p.stage == atEnd || order[o.Stage] < order[p.stage]:
		return p, game.CodeWrongStage
	case o.Stage == inPause:
		return p, game.CodeInvalidField
	case o.Stage == inGame && p.stage == inPause:
		return m.timed(inGame, p.step, o.Schedule), ""
	case o.Stage == inGame:
		return m.turn(p, o.Schedule), ""
	case o.Stage == p.stage:
		return p, ""
	}
	return m.timed(o.Stage, p.step, o.Schedule), ""
}

// expire returns the place after the end of the timer, or the code of the refusal.
func (m stageModel) expire(p place) (place, game.Code) {
	switch {
	case !p.timer:
		return p, game.CodeConflict
	case p.stage == inPause:
		return m.timed(inGame, p.step, true), ""
	}
	next := m.turn(p, true)
	if m.pauses && p.stage == inGame && next.stage == inGame {
		next.stage = inPause
	}
	return next, ""
}

// move is a transition of a session: a command of the operator, or the end of the timer.
type move struct {
	name  string
	apply func(s *game.Session) ([]game.Event, error)
	want  func(place) (place, game.Code)
	now   func(s *game.Session) time.Time
}

// moves returns all transitions. The operator may expect nothing, the present place, or any other.
func (m stageModel) moves() (moves []move) {
	noon := func(*game.Session) time.Time { return noon }
	stages := []game.Stage{connecting, picking, inGame, inPause, atEnd}
	expectedSteps, expectedStages := []*int64{nil}, []*game.Stage{nil}
	for step := range m.steps + 1 {
		expectedSteps = append(expectedSteps, &step)
	}
	for _, stage := range stages {
		expectedStages = append(expectedStages, &stage)
	}
	for _, stage := range stages {
		for _, schedule := range []bool{true, false} {
			for _, step := range expectedSteps {
				for _, seen := range expectedStages {
					o := game.StageOrder{Stage: stage, Schedule: schedule, ExpectedStep: step, ExpectedStage: seen}
					name := fmt.Sprintf("ask for %s, timer %t", stage, schedule)
					if step != nil {
						name += fmt.Sprintf(", at step %d", *step)
					}
					if seen != nil {
						name += fmt.Sprintf(", in %s", *seen)
					}
					moves = append(moves, move{
						name, func(s *game.Session) ([]game.Event, error) { return s.SetStage(o, newEnv()) },
						func(p place) (place, game.Code) { return m.setStage(p, o) }, noon,
					})
				}
			}
		}
	}
	tooEarly := func(p place) (place, game.Code) { return p, game.CodeConflict }
	for name, timer := range map[string]struct {
		late time.Duration
		want func(place) (place, game.Code)
	}{
		"the timer ends":                         {0, m.expire},
		"the timer ends, noticed an hour late":   {time.Hour, m.expire},
		"the end of an earlier timer, too early": {-time.Millisecond, tooEarly},
	} {
		now := func(s *game.Session) time.Time { return s.Deadline.Add(timer.late) }
		moves = append(moves, move{name, func(s *game.Session) ([]game.Event, error) {
			env := newEnv()
			env.Now = now(s)
			return s.Expire(env)
		}, timer.want, now})
	}
	return moves
}

// TestNoStepSkippedOrPlayedTwice tries every transition at every reachable place and compares the
// result with the model. Asking for Game in ChangeTurn once played a turn: step 3 in the pause
// became step 4, and nobody could play turn 3.
func TestNoStepSkippedOrPlayedTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules  *game.Ruleset
		model  stageModel
		places int
	}{
		// Two each of CellSelect and of Game at each step, with a timer and without;
		// FreeUserConnect; End at each step; with pauses, one at each step but the first, as it
		// begins with a timed turn.
		"without pauses": {rules, stageModel{steps: 4}, 2 + 2*4 + 1 + 5},
		"with pauses":    {paused, stageModel{steps: 4, pauses: true}, 2 + 2*4 + 1 + 5 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := at(c.rules, connecting, 0)
			first.MaxSteps = c.model.steps
			reached := map[place]bool{positionOf(first): true}
			for todo := []*game.Session{first}; len(todo) > 0; todo = todo[1:] {
				for _, m := range c.model.moves() {
					s := todo[0].Clone()
					err := m.make(s)
					to := positionOf(s)
					if err == nil {
						err = checkTransition(positionOf(todo[0]), to)
					}
					if err != nil {
						t.Fatalf("%s, at %+v: %v", m.name, positionOf(todo[0]), err)
					}
					if !reached[to] {
						reached[to] = true
						todo = append(todo, s)
					}
				}
			}
			if len(reached) != c.places {
				t.Errorf("got %d positions, want %d: %v", len(reached), c.places, reached)
			}
		})
	}
}

func positionOf(s *game.Session) place { return place{s.Stage, s.Step, !s.Deadline.IsZero()} }

// make executes a transition, and returns how the result differs from the model.
func (m *move) make(s *game.Session) error {
	from, now := positionOf(s), m.now(s)
	deadline := s.Deadline
	want, code := m.want(from)
	events, err := m.apply(s)
	refusal := new(game.Refusal)
	switch got := positionOf(s); {
	case code == "" && err != nil:
		return fmt.Errorf("got %w, want %+v", err, want)
	case code != "" && (!errors.As(err, &refusal) || refusal.Code != code):
		return fmt.Errorf("got %s, want a refusal with %s", fmt.Sprint(err), code)
	case got != want:
		return fmt.Errorf("got %+v, want %+v", got, want)
	case want == from && code != "" && (len(events) > 0 || s.Deadline != deadline):
		return fmt.Errorf("it was refused, with the events %v, and the deadline went from %s to %s", events, deadline, s.Deadline)
	case code == "" && len(events) > 0 && events[len(events)-1] != moved(from.stage, want.stage, want.step):
		return fmt.Errorf("got events %v", events)
	case code == "" && len(events) > 0 && want.timer && !s.Deadline.Equal(now.Add(lengthOf(s))):
		return fmt.Errorf("the deadline is %s, %s from now", s.Deadline, s.Deadline.Sub(now))
	}
	return nil
}

// lengthOf returns how long the stage of s lasts.
func lengthOf(s *game.Session) time.Duration {
	return map[game.Stage]time.Duration{
		picking: s.Rules.Timers.CellSelect, inGame: s.Rules.Timers.Turn, inPause: s.Rules.Timers.ChangeTurn,
	}[s.Stage]
}

// checkTransition checks invariants of a transition that do not depend on the model: a turn begins
// only after players could play the previous one, and no stage of a step is entered twice. So a
// command that states the step and the stage that its sender has seen is executed at most once.
func checkTransition(from, to place) error {
	rank := func(p place) int64 {
		return map[game.Stage]int64{connecting: 0, picking: 1, inPause: 2 + 2*p.step, inGame: 3 + 2*p.step, atEnd: 1 << 20}[p.stage]
	}
	left := from.stage != to.stage || from.step != to.step
	switch {
	case to.step != from.step && (to.step != from.step+1 || from.step > 0 && from.stage != inGame):
		return fmt.Errorf("step %d follows on step %d in %s", to.step, from.step, from.stage)
	case left && rank(to) <= rank(from):
		return fmt.Errorf("the session goes back, to %+v", to)
	}
	return nil
}
