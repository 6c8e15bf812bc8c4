package game

import (
	"slices"
	"time"
)

// StageOrder is a request to advance a session.
type StageOrder struct {
	Stage    Stage
	Schedule bool // start the timer of the new stage

	// ExpectedStep and ExpectedStage are what the caller has seen; nil accepts any. A session is in
	// each stage of each step only once, so an order with both cannot be executed twice.
	ExpectedStep  *int64
	ExpectedStage *Stage
}

// SetStage advances s on request. StageGame plays a turn, also if s is already in StageGame; after
// the last turn it ends the game instead. In StageChangeTurn it ends the pause and plays no turn. A
// request for the present stage otherwise changes nothing. A change stops the running timer, and
// starts the next one if o.Schedule is set.
//
// It refuses, in this order: a step and a stage other than the expected ones (CodeConflict); s in
// stage End, and an earlier stage (CodeWrongStage); StageChangeTurn, which only the timer starts
// (CodeInvalidField).
func (s *Session) SetStage(o StageOrder, env Env) ([]Event, error) {
	old := s.Stage
	switch {
	case differs(o.ExpectedStep, s.Step):
		return nil, Outdated("expected_step", "The session is at step %d in stage %s, not at step %d", s.Step, old, *o.ExpectedStep)
	case differs(o.ExpectedStage, old):
		return nil, s.otherStage(*o.ExpectedStage)
	case old == StageEnd:
		return nil, Refuse(CodeWrongStage, "The game is over")
	case o.Stage.rank() < old.rank():
		return nil, Refuse(CodeWrongStage, "A session cannot go back to an earlier stage; this one is in stage %s", old)
	case o.Stage == StageChangeTurn:
		return nil, Refuse(CodeInvalidField, "Only the timer starts stage %s", StageChangeTurn)
	case o.Stage == old && old != StageGame:
		return nil, nil
	}
	d := s.begin(env)
	if old == StageChangeTurn && o.Stage == StageGame {
		d.Stage = StageGame // the turn before the pause has already been played
	} else {
		d.enter(o.Stage)
	}
	d.Deadline = time.Time{}
	if o.Schedule {
		d.schedule()
	}
	d.emitStage(old)
	return d.events, nil
}

// otherStage refuses a command whose caller expects another stage.
func (s *Session) otherStage(expected Stage) *Refusal {
	return Outdated("expected_stage", "The session is at step %d in stage %s, not in stage %s", s.Step, s.Stage, expected)
}

// Expire advances s because its deadline has passed: from CellSelect to the first turn, from one
// turn to the next or to the pause between them, from the pause to the next turn, and finally to
// the end. One call makes one such step, however late it comes, and the next deadline counts from
// now. It refuses a call without a deadline or before it (CodeConflict).
func (s *Session) Expire(env Env) ([]Event, error) {
	if s.Deadline.IsZero() || env.Now.Before(s.Deadline) {
		return nil, Refuse(CodeConflict, "The time of this stage is not over")
	}
	d := s.begin(env)
	old := d.Stage
	switch old {
	case StageCellSelect:
		d.enter(StageGame)
	case StageGame:
		d.enter(StageGame)
		if d.Stage == StageGame && d.Rules.Timers.ChangeTurn > 0 {
			d.Stage = StageChangeTurn
		}
	case StageChangeTurn:
		d.Stage = StageGame
	case StageFreeUserConnect, StageEnd:
		d.Deadline = time.Time{} // these stages have no timer
		return nil, nil
	}
	d.schedule()
	d.emitStage(old)
	return d.events, nil
}

// enter changes to a stage, which must not be an earlier one, or to StageEnd if all turns have been
// played, with everything that happens at the start of that stage.
func (d *mutation) enter(to Stage) {
	if to == StageGame && d.Step >= d.MaxSteps {
		to = StageEnd
	}
	switch to {
	case StageCellSelect:
		d.layMap()
	case StageGame:
		if d.Step == 0 {
			d.open()
		}
		d.playTurn()
	case StageEnd:
		d.end()
	case StageFreeUserConnect, StageChangeTurn:
		// SetStage and Expire never enter these.
	}
	d.Stage = to
}

// emitStage emits the last event of each change of stage or step.
func (d *mutation) emitStage(old Stage) {
	d.emit(StageUpdated{SessionID: d.ID, Old: old, New: d.Stage, Step: d.Step})
}

// open prepares the first turn: it lays out the map if that has not happened, removes companies
// without users, and gives each company without a cell a random free one. Companies that find no
// free cell are removed.
func (d *mutation) open() {
	if d.Stage == StageFreeUserConnect {
		d.layMap()
	}
	for _, c := range slices.Clone(d.Companies) {
		if len(d.usersOf(c.ID)) == 0 {
			d.removeCompany(c)
		}
	}
	random := d.random(randomPlaces)
	for _, c := range slices.Clone(d.Companies) {
		if c.Cell != NoCell {
			continue
		}
		free := d.freeCells()
		if len(free) == 0 {
			d.removeCompany(c)
			continue
		}
		d.settle(d.mutable(c.ID), free[random.IntN(len(free))])
	}
}

// schedule sets the deadline of the present stage, counted from now.
func (d *mutation) schedule() {
	d.Deadline = time.Time{}
	if length := d.Rules.Timers.of(d.Stage); length > 0 {
		d.Deadline = time.UnixMilli(d.env.Now.UnixMilli()).Add(length)
	}
}

// of returns the duration of a stage, 0 for a stage without a timer.
func (t *Timers) of(s Stage) time.Duration {
	switch s {
	case StageCellSelect:
		return t.CellSelect
	case StageGame:
		return t.Turn
	case StageChangeTurn:
		return t.ChangeTurn
	case StageFreeUserConnect, StageEnd:
	}
	return 0
}

// rank returns the position of s in the order of stages. The game and its pauses share one.
func (s Stage) rank() int {
	switch s {
	case StageFreeUserConnect:
		return 0
	case StageCellSelect:
		return 1
	case StageGame, StageChangeTurn:
		return 2
	case StageEnd:
	}
	return 3
}

// SecondsLeft returns the time until the timer advances s, in whole seconds, rounded up. It is 0
// without a timer and after the deadline.
func (s *Session) SecondsLeft(now time.Time) int64 {
	if s.Deadline.IsZero() {
		return 0
	}
	return int64((max(0, s.Deadline.Sub(now)) + time.Second - 1) / time.Second)
}
