package breaking

import "seg.example/tools/schemagen/internal/ir"

// Severity says how severe a change is for existing clients.
type Severity uint8

// The severities, the most severe last.
const (
	Info    Severity = iota // worth a line in the changelog
	Warning                 // all schemas accept it, but clients may rely on the old behaviour
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

// Direction says which messages a rule is about.
type Direction uint8

// The directions.
const (
	Both     Direction = iota // both directions, or the message itself
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

// Section is the section of the changelog for a change that does not break clients.
type Section uint8

// The sections, in the order of the changelog.
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

// Rule describes one kind of change.
type Rule struct {
	ID        string // lower-case words joined by hyphens
	What      string // the change and its consequence for clients, as a sentence
	Severity  Severity
	Direction Direction
	Section   Section
}

// rule is a Rule with the function that finds its changes in a pair.
type rule[Pair any] struct {
	Rule

	find func(Pair) []change
}

// change is one place where a rule found something.
type change struct {
	text     string
	path     string // appended to the path of the pair, if that has one
	old, new ir.Pos // the zero Pos means that of the pair
}

// Rules returns all rules, in the order of the documentation.
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
