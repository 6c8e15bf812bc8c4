package game

import (
	"cmp"
	"slices"
	"time"
)

// Stage is where a session stands in its life.
type Stage string

// The stages, in the order of a session's life. ChangeTurn is the pause between
// two turns, in rulesets that have one.
const (
	StageFreeUserConnect Stage = "FreeUserConnect"
	StageCellSelect      Stage = "CellSelect"
	StageGame            Stage = "Game"
	StageChangeTurn      Stage = "ChangeTurn"
	StageEnd             Stage = "End"
)

// Limits of a session.
const (
	MaxSessionID   = 64   // characters of its name
	MaxSteps       = 1000 // steps until its end
	drawnSessionID = 8    // characters of a drawn name
	maxSeed        = 1<<31 - 1
)

// Session is one game with everything in it: the unit that a command changes.
type Session struct {
	ID        string // its name
	Stage     Stage
	Step      int64
	MaxSteps  int64
	Rules     *Ruleset
	Seed      int64      // chance of the map: drawn when the session is made, never told
	Cells     []string   // cell types by y·cols + x; empty until the map is laid
	Deadline  time.Time  // when the session is advanced by itself, in whole milliseconds; zero: never
	Users     []User     // by number
	Companies []*Company // by id
	Offers    []Offer    // by id
	Deleted   bool       // set by Delete: the session is to go

	// LastSeq is the number of the newest event stored, 0 for none. It is the
	// store's: no rule reads or writes it.
	LastSeq int64

	edition int64 // companies of this edition are its own, the others are shared
}

// Clone returns a copy of s for a command to change. It shares with s what only
// changes as a whole: a company is the same pointer in both until the copy has
// changed it.
func (s *Session) Clone() *Session {
	c := *s
	c.Cells, c.Users = slices.Clone(s.Cells), slices.Clone(s.Users)
	c.Companies, c.Offers = slices.Clone(s.Companies), slices.Clone(s.Offers)
	c.edition++
	return &c
}

// clone copies c so that neither sees what is changed in the other.
func (c *Company) clone() *Company {
	d := *c
	d.Credits, d.Deposits, d.Factories = slices.Clone(c.Credits), slices.Clone(c.Deposits), slices.Clone(c.Factories)
	return &d
}

// NewSessionOptions are the choices of who makes a session.
type NewSessionOptions struct {
	ID       string // "": drawn
	MaxSteps int64  // 0: the ruleset's
}

// NewSession makes a session under rules. It refuses, with CodeInvalidField, a
// name that breaks the rules of names and a number of steps outside 1-MaxSteps.
// Whether the name is free is for the store to say.
func NewSession(o NewSessionOptions, rules *Ruleset, d Dice) (*Session, error) {
	id, steps := o.ID, cmp.Or(o.MaxSteps, rules.Limits.Steps)
	if id == "" {
		id = DrawID(d, drawnSessionID)
	}
	if !validSessionID(id) {
		return nil, Refuse(CodeInvalidField, "A session id has 1-%d of the characters A-Z a-z 0-9 _ -", MaxSessionID)
	}
	if steps < 1 || steps > MaxSteps {
		return nil, Refuse(CodeInvalidField, "A session has 1-%d steps", MaxSteps)
	}
	return &Session{
		ID: id, Stage: StageFreeUserConnect, MaxSteps: steps, Rules: rules, Seed: int64(d.Roll(maxSeed)), edition: 1,
	}, nil
}

func validSessionID(id string) bool {
	for i := range len(id) {
		c := id[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= MaxSessionID
}

// Delete marks s as to go, in any stage. expected is the stage that the caller has seen; nil: any. It refuses to delete twice
// (CodeNotFound), and a stage other than the expected one (CodeConflict).
func (s *Session) Delete(expected *Stage) ([]Event, error) {
	if s.Deleted {
		return nil, SessionNotFound()
	}
	if differs(expected, s.Stage) {
		return nil, s.otherStage(*expected)
	}
	s.Deleted, s.Deadline = true, time.Time{}
	return []Event{SessionDeleted{SessionID: s.ID}}, nil
}

// CellCount says how many cells of the map have a type.
type CellCount struct {
	Type  string
	Count int64
}

// CellCounts returns the cell types of the map by name, each with its number of
// cells; nothing before the map is laid.
func (s *Session) CellCounts() []CellCount {
	var counts []CellCount
	for _, cell := range s.Cells {
		i, known := slices.BinarySearchFunc(counts, cell, func(c CellCount, t string) int { return cmp.Compare(c.Type, t) })
		if !known {
			counts = slices.Insert(counts, i, CellCount{Type: cell})
		}
		counts[i].Count++
	}
	return counts
}

// SessionFilter says which sessions are asked for; what is nil is not looked at.
type SessionFilter struct {
	ID    *string
	Stage *Stage
	Limit int // at most so many; 0: all
}
