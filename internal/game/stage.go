package game

import (
	"slices"
	"time"
)

// StageOrder asks for a session to be advanced.
type StageOrder struct {
	Stage    Stage
	Schedule bool // whether the timer of the new stage starts

	// ExpectedStep and ExpectedStage are what the caller has seen; nil: any. A session is at each step in each stage only once: an order with
	// both cannot be carried out twice.
	ExpectedStep  *int64
	ExpectedStage *Stage
}

// SetStage advances s by hand. StageGame plays a turn, also if s is in it already; after the last turn it ends the game instead. In
// StageChangeTurn it ends the pause and plays no turn. Asking for any other stage that s is in changes nothing. A change stops
// the running timer, and starts the next one if o says so.
//
// It refuses, in this order: a step and a stage other than the expected ones (CodeConflict); s in stage End, and a stage before its own
// (CodeWrongStage); StageChangeTurn, which cannot be asked for (CodeInvalidField).
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
		return nil, Refuse(CodeWrongStage, "A session never goes back, and this one is in stage %s", old)
	case o.Stage == StageChangeTurn:
		return nil, Refuse(CodeInvalidField, "%s comes by itself, and cannot be asked for", StageChangeTurn)
	case o.Stage == old && old != StageGame:
		return nil, nil
	}
	d := s.begin(env)
	if old == StageChangeTurn && o.Stage == StageGame {
		d.Stage = StageGame // the turn before the pause has been played
	} else {
		d.enter(o.Stage)
	}
	d.Deadline = time.Time{}
	if o.Schedule {
		d.schedule()
	}
	d.tellStage(old)
	return d.events, nil
}

// otherStage refuses a command whose caller expects another stage.
func (s *Session) otherStage(expected Stage) *Refusal {
	return Outdated("expected_stage", "The session is at step %d in stage %s, not in stage %s", s.Step, s.Stage, expected)
}

// Expire advances s by itself, as its deadline has come: from CellSelect to the
// game, from one turn to the next, to the pause between them and out of it, and
// at last to the end. However late it is called, that is one step, and the next
// deadline counts from now. Without a deadline, or before it, it refuses
// (CodeConflict).
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
		d.Deadline = time.Time{} // no time runs there
		return nil, nil
	}
	d.schedule()
	d.tellStage(old)
	return d.events, nil
}

// enter takes d to a stage, which is not before its own, or to the end when all turns have been played, and does what that brings
// with it.
func (d *deed) enter(to Stage) {
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
		// Nothing leads there.
	}
	d.Stage = to
}

// tellStage tells of what is the last event of each advance.
func (d *deed) tellStage(old Stage) {
	d.tell(StageUpdated{SessionID: d.ID, Old: old, New: d.Stage, Step: d.Step})
}

// open makes everything ready for the first turn.
func (d *deed) open() {
	if d.Stage == StageFreeUserConnect {
		d.layMap()
	}
	for _, c := range slices.Clone(d.Companies) {
		if len(d.usersOf(c.ID)) == 0 {
			d.removeCompany(c)
		}
	}
	chance := d.chance(chancePlaces)
	for _, c := range slices.Clone(d.Companies) {
		if c.Cell != NoCell {
			continue
		}
		free := d.freeCells()
		if len(free) == 0 {
			d.removeCompany(c)
			continue
		}
		d.settle(d.edit(c.ID), free[chance.Roll(len(free))])
	}
}

// schedule sets the deadline of the present stage, counted from now.
func (d *deed) schedule() {
	d.Deadline = time.Time{}
	if length := d.Rules.Timers.of(d.Stage); length > 0 {
		d.Deadline = time.UnixMilli(d.env.Now.UnixMilli()).Add(length)
	}
}

// of returns how long a stage lasts, 0 where no time runs.
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

// rank is the place of s in a session's life; the game and the pauses in it are one.
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

// SecondsLeft returns the time until s goes on by itself, in whole seconds,
// rounded up; 0 when it will not, or is overdue.
func (s *Session) SecondsLeft(now time.Time) int64 {
	if s.Deadline.IsZero() {
		return 0
	}
	return int64((max(0, s.Deadline.Sub(now)) + time.Second - 1) / time.Second)
}
