package game

import (
	"cmp"
	"slices"
	"time"
)

// Stage is a phase in the life of a session.
type Stage string

// The stages in order. ChangeTurn is the pause between two turns, in rulesets that have one.
const (
	StageFreeUserConnect Stage = "FreeUserConnect"
	StageCellSelect      Stage = "CellSelect"
	StageGame            Stage = "Game"
	StageChangeTurn      Stage = "ChangeTurn"
	StageEnd             Stage = "End"
)

// Limits of a session.
const (
	MaxSessionID    = 64   // characters of its id
	MaxSteps        = 1000 // steps until its end
	randomSessionID = 8    // characters of a random id
	maxSeed         = 1<<31 - 1
)

// Session is one game with everything in it. A command changes one session.
type Session struct {
	ID        string
	Stage     Stage
	Step      int64
	MaxSteps  int64
	Rules     *Ruleset
	Seed      int64      // random seed of the map, never shown to clients
	Cells     []string   // cell types by y·cols + x; empty until the map is laid out
	Deadline  time.Time  // when the timer advances the session, in whole milliseconds; zero: never
	Users     []User     // by id
	Companies []*Company // by id
	Offers    []Offer    // by id
	Deleted   bool       // set by Delete; the store then deletes the session

	// LastSeq is the sequence number of the newest stored event, 0 for none. Only the store reads
	// and writes it.
	LastSeq int64

	generation int64 // the session owns companies of this generation; it shares the others with its copies
}

// Clone returns a copy of s for a command to change. Both share the companies: a command copies a
// company before it changes it.
func (s *Session) Clone() *Session {
	c := *s
	c.Cells, c.Users = slices.Clone(s.Cells), slices.Clone(s.Users)
	c.Companies, c.Offers = slices.Clone(s.Companies), slices.Clone(s.Offers)
	c.generation++
	return &c
}

// clone returns a deep copy of c.
func (c *Company) clone() *Company {
	d := *c
	d.Credits, d.Deposits, d.Factories = slices.Clone(c.Credits), slices.Clone(c.Deposits), slices.Clone(c.Factories)
	return &d
}

// NewSessionOptions are the options of NewSession.
type NewSessionOptions struct {
	ID       string // "": random
	MaxSteps int64  // 0: the ruleset's default
}

// NewSession creates a session with rules. It refuses, with CodeInvalidField, an invalid id and a
// number of steps outside 1-MaxSteps. The store checks whether the id is free.
func NewSession(o NewSessionOptions, rules *Ruleset, d Rand) (*Session, error) {
	id, steps := o.ID, cmp.Or(o.MaxSteps, rules.Limits.Steps)
	if id == "" {
		id = RandomID(d, randomSessionID)
	}
	if !validSessionID(id) {
		return nil, Refuse(CodeInvalidField, "A session id has 1-%d of the characters A-Z a-z 0-9 _ -", MaxSessionID)
	}
	if steps < 1 || steps > MaxSteps {
		return nil, Refuse(CodeInvalidField, "A session has 1-%d steps", MaxSteps)
	}
	return &Session{
		ID: id, Stage: StageFreeUserConnect, MaxSteps: steps, Rules: rules, Seed: int64(d.IntN(maxSeed)), generation: 1,
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

// Delete marks s for deletion, in any stage. expected is the stage that the caller has seen; nil
// accepts any. It refuses to delete twice (CodeNotFound), and a stage other than the expected one
// (CodeConflict).
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

// CellCount is the number of cells of one type.
type CellCount struct {
	Type  string
	Count int64
}

// CellCounts returns the number of cells of each type on the map, sorted by type. It is empty
// before the map is laid out.
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

// SessionFilter selects sessions. A nil field matches every session.
type SessionFilter struct {
	ID    *string
	Stage *Stage
	Limit int // maximum number of results; 0: all
}
