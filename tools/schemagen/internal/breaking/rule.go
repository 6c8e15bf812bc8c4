package breaking

import "seg.example/tools/schemagen/internal/ir"

// Severity says how bad a change is for clients that are out there.
type Severity uint8

// The severities, the worst last.
const (
	Info    Severity = iota // worth a line in the changelog
	Warning                 // accepted by every schema, but clients may rely on what it was
	Error                   // breaks clients: something is refused, misread or missing
)

// String is "info", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "unknown"
}

// Direction says whose frames a rule is about.
type Direction uint8

// The directions.
const (
	Both     Direction = iota // of messages as such
	Sent                      // what clients send: requests
	Received                  // what clients receive: answers, broadcasts and frames
)

// String is "both", "sent" or "received".
func (d Direction) String() string {
	switch d {
	case Both:
		return "both"
	case Sent:
		return "sent"
	case Received:
		return "received"
	}
	return "unknown"
}

// Section is the part of a changelog that a change belongs to when it breaks nothing.
type Section uint8

// The sections, in the order in which a changelog has them.
const (
	Added Section = iota
	Changed
	Removed
)

// String is "Added", "Changed" or "Removed".
func (s Section) String() string {
	switch s {
	case Added:
		return "Added"
	case Changed:
		return "Changed"
	case Removed:
		return "Removed"
	}
	return "unknown"
}

// Rule is one kind of change.
type Rule struct {
	ID        string // lower-case words joined by hyphens
	What      string // the change, and what it does to a client, in a sentence
	Severity  Severity
	Direction Direction
	Section   Section
}

// rule is a Rule with the function that finds such changes in a pair of things.
type rule[Pair any] struct {
	Rule

	find func(Pair) []change
}

// change is one place at which a rule has found something.
type change struct {
	text     string
	path     string // of what has changed, or behind the path of the pair where that has one
	old, new ir.Pos // the zero Pos: that of the pair
}

// Rules returns the records of all rules, in the order of the documentation.
func Rules() []Rule {
	var all []Rule
	for _, r := range contractRules() {
		all = append(all, r.Rule)
	}
	for _, r := range requestRules() {
		all = append(all, r.Rule)
	}
	for _, r := range broadcastRules() {
		all = append(all, r.Rule)
	}
	for _, r := range valueRules() {
		all = append(all, r.Rule)
	}
	return all
}
