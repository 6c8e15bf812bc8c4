package breaking

import (
	"seg.example/tools/schemagen/internal/ir"
)

// Compare returns the changes between two contracts, the most severe first. The result is empty if
// clients cannot observe a difference.
func Compare(before, after *ir.Contract) []Finding {
	c := &comparer{old: before, new: after, rules: valueRules(), analyzer: newAnalyzer(before, after)}
	c.compareContracts()
	return c.found.sorted()
}

// comparer is the state of one comparison.
type comparer struct {
	old, new *ir.Contract
	rules    []rule[valuePair]
	analyzer *analyzer
	found    collector
	// visits counts how often a pair of types has been compared inside the current message.
	// inProgress holds the pairs whose comparison has not finished, to end the recursion on
	// recursive types.
	visits     map[typePair]int
	inProgress map[typePair]bool
}

// typePair is a pair of types that is compared in one direction.
type typePair struct {
	old, new  *ir.Type
	direction Direction
}

// maxVisits bounds how many paths of one message are reported for a shared type. Without it, types
// that refer to each other several times would take exponential time.
const maxVisits = 8

// report adds the changes that a rule found in a pair at path.
func (c *comparer) report(r Rule, path string, before, after ir.Pos, changes []change) {
	for _, ch := range changes {
		if ch.old == (ir.Pos{}) {
			ch.old = before
		}
		if ch.new == (ir.Pos{}) {
			ch.new = after
		}
		c.found.add(Finding{Rule: r, Text: ch.text, Paths: []string{path + ch.path}, Old: ch.old, New: ch.new})
	}
}

// compareContracts compares everything in both contracts.
func (c *comparer) compareContracts() {
	for _, r := range contractRules() {
		c.report(r.Rule, "", ir.Pos{}, ir.Pos{}, r.find(contractPair{c.old, c.new}))
	}
	for _, p := range matchMessages(servedRequests(c.old.Requests()), servedRequests(c.new.Requests())) {
		c.compareRequest(p)
	}
	for _, p := range matchMessages(servedBroadcasts(c.old), servedBroadcasts(c.new)) {
		for _, r := range broadcastRules() {
			c.report(r.Rule, p.old.Wire, p.old.Type.Pos, p.new.Type.Pos, r.find(p))
		}
		c.compareMessage(p.old.Wire+".data", p.old.Type, p.new.Type, Received)
	}
	for _, p := range matchMessages(servedFrames(c.old), servedFrames(c.new)) {
		c.compareMessage(p.old.Wire+".frame", p.old.Type, p.new.Type, Received)
	}
	for _, p := range unusedTypes(c.old, c.new) {
		c.compareMessage(p.old.Name, p.old, p.new, Received)
	}
}

func (c *comparer) compareRequest(p pair[*ir.Request]) {
	for _, r := range requestRules() {
		c.report(r.Rule, p.old.Wire, p.old.Type.Pos, p.new.Type.Pos, r.find(p))
	}
	c.compareMessage(p.old.Wire+".request", p.old.Type, p.new.Type, Sent)
	if !answerRulesApply(p) {
		c.compareMessage(p.old.Wire+".answer", answerOf(p.old), answerOf(p.new), Received)
	}
}

// answerOf returns the type of a request's answer.
func answerOf(r *ir.Request) *ir.Type {
	if r.Answer == nil {
		return &ir.Type{Pos: r.Type.Pos, Kind: ir.Null}
	}
	return r.Answer
}

// compareMessage compares the types of a message.
func (c *comparer) compareMessage(path string, before, after *ir.Type, d Direction) {
	c.visits, c.inProgress = map[typePair]int{}, map[typePair]bool{}
	c.compareTypes(location{path: path, direction: d}, before, after)
}

// location says where two types are.
type location struct {
	path      string
	direction Direction
	// nullAbsent: both are optional fields, and in the new contract null counts as absent.
	nullAbsent bool
}

// child returns the location of a part.
func (p location) child(step string) location {
	return location{path: p.path + step, direction: p.direction}
}

// compareTypes compares two types and all types inside them.
func (c *comparer) compareTypes(at location, before, after *ir.Type) {
	key := typePair{before.Deref(), after.Deref(), at.direction}
	v := valuePair{
		analyzer: c.analyzer, old: c.analyzer.setOf(before), new: c.analyzer.setOf(after), nullAbsent: at.nullAbsent,
		codes: before.Deref() == c.old.Codes && after.Deref() == c.new.Codes,
	}
	if c.inProgress[key] || c.visits[key] >= maxVisits { // each reference decides for itself whether null is accepted
		c.applyRules(nullRules(), at, v)
		return
	}
	c.inProgress[key] = true
	c.visits[key]++
	defer delete(c.inProgress, key)
	c.applyRules(c.rules, at, v)
	if v.old.enumerated || v.new.enumerated {
		return
	}
	if v.old.array != nil && v.new.array != nil && c.mustCompare(at.direction, v.old.array.hasItems(), v.new.array.hasItems()) {
		c.compareTypes(at.child("[]"), v.old.array.Item, v.new.array.Item)
	}
	if v.old.object != nil && v.new.object != nil {
		c.compareObjects(at, v.old, v.new)
	}
}

// applyRules reports what the rules find in a pair.
func (c *comparer) applyRules(rules []rule[valuePair], at location, v valuePair) {
	for _, r := range rules {
		if r.Direction == at.direction || r.Direction == Both {
			c.report(r.Rule, at.path, v.old.pos, v.new.pos, r.find(v))
		}
	}
}

// compareObjects compares the types inside two object types.
func (c *comparer) compareObjects(at location, before, after valueSet) {
	unions := [2]bool{before.object.Kind == ir.Union, after.object.Kind == ir.Union}
	switch unions {
	case [2]bool{true, true}:
		c.compareUnions(at, before.object.Union, after.object.Union)
	case [2]bool{true, false}, [2]bool{false, true}:
		for _, p := range c.analyzer.pairUnionWithObject(at.direction, before.object, after.object) {
			c.compareTypes(at.child(p.step), p.old, p.new)
		}
	case [2]bool{false, false}:
		c.compareFields(at, before.properties, after.properties)
	}
}

// compareUnions compares the variants that both unions have.
func (c *comparer) compareUnions(at location, before, after *ir.OneOf) {
	if before.Tag != after.Tag {
		return // a rule reports it
	}
	for _, v := range before.Variants {
		if w := variant(after, v.Value); w != nil {
			c.compareTypes(at.child("<"+v.Value+">"), v.Type, w)
		}
	}
}

// compareFields compares the fields that both objects have, and a field that only one has with the
// additionalProperties of the other. It skips fields that cannot occur in the objects that must be
// accepted.
func (c *comparer) compareFields(at location, before, after *objectSet) {
	for _, f := range before.fields {
		inside := at.child("." + f.Name)
		switch g := after.field(f.Name); {
		case g != nil && c.mustCompare(at.direction, before.mayBePresent(f), after.mayBePresent(g)):
			inside.nullAbsent = after.nullAbsent && !g.Required
			c.compareTypes(inside, f.Type, g.Type)
		case g == nil && after.additional != nil && c.mustCompare(at.direction, before.mayBePresent(f), after.mayHaveKey(f.Name)):
			c.compareTypes(inside, f.Type, after.additional)
		}
	}
	for _, g := range after.fields {
		if before.field(g.Name) == nil && before.additional != nil && c.mustCompare(at.direction, before.mayHaveKey(g.Name), after.mayBePresent(g)) {
			c.compareTypes(at.child("."+g.Name), before.additional, g.Type)
		}
	}
	if before.additional != nil && after.additional != nil && c.mustCompare(at.direction, before.mayHaveOtherKeys(), after.mayHaveOtherKeys()) {
		c.compareTypes(at.child(".*"), before.additional, after.additional)
	}
}

// mustCompare reports whether types inside must be compared: whether their values occur on the side
// that must be a subset of the other.
func (*comparer) mustCompare(d Direction, before, after bool) bool {
	if d == Received {
		return after
	}
	return before
}
