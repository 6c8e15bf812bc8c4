package breaking

import (
	"seg.example/tools/schemagen/internal/ir"
)

// Compare returns what has changed between two contracts, the worst first; nothing when clients cannot notice a difference.
func Compare(before, after *ir.Contract) []Finding {
	c := &comparer{old: before, new: after, rules: valueRules(), sets: newSets(before, after)}
	c.contract()
	return c.found.sorted()
}

// comparer is the state of one comparison.
type comparer struct {
	old, new *ir.Contract
	rules    []rule[values]
	sets     *sets
	found    collector
	// visits counts how often a pair of types has been compared below the present message; open holds those that are being
	// compared, whose values contain themselves.
	visits map[typePair]int
	open   map[typePair]bool
}

// typePair is two types that are compared in one direction.
type typePair struct {
	old, new  *ir.Type
	direction Direction
}

// maxVisits bounds how many paths of one message are told of a shared type: types that use each other twice over would
// otherwise take time without end.
const maxVisits = 8

// tell notes the changes that a rule has found in a pair that stands at path.
func (c *comparer) tell(r Rule, path string, before, after ir.Pos, changes []change) {
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

func (c *comparer) contract() {
	for _, r := range contractRules() {
		c.tell(r.Rule, "", ir.Pos{}, ir.Pos{}, r.find(contracts{c.old, c.new}))
	}
	for _, p := range pairs(served(c.old.Requests()), served(c.new.Requests())) {
		c.request(p)
	}
	for _, p := range pairs(sentBroadcasts(c.old), sentBroadcasts(c.new)) {
		for _, r := range broadcastRules() {
			c.tell(r.Rule, p.old.Wire, p.old.Type.Pos, p.new.Type.Pos, r.find(p))
		}
		c.message(p.old.Wire+".data", p.old.Type, p.new.Type, Received)
	}
	for _, p := range pairs(sentFrames(c.old), sentFrames(c.new)) {
		c.message(p.old.Wire+".frame", p.old.Type, p.new.Type, Received)
	}
	for _, p := range looseTypes(c.old, c.new) {
		c.message(p.old.Name, p.old, p.new, Received)
	}
}

func (c *comparer) request(p pair[*ir.Request]) {
	for _, r := range requestRules() {
		c.tell(r.Rule, p.old.Wire, p.old.Type.Pos, p.new.Type.Pos, r.find(p))
	}
	c.message(p.old.Wire+".request", p.old.Type, p.new.Type, Sent)
	if !answerRulesApply(p) {
		c.message(p.old.Wire+".answer", answerOf(p.old), answerOf(p.new), Received)
	}
}

// answerOf is what a request is answered.
func answerOf(r *ir.Request) *ir.Type {
	if r.Answer == nil {
		return &ir.Type{Pos: r.Type.Pos, Kind: ir.Null}
	}
	return r.Answer
}

// message compares what stands at the top of a message.
func (c *comparer) message(path string, before, after *ir.Type, d Direction) {
	c.visits, c.open = map[typePair]int{}, map[typePair]bool{}
	c.types(place{path: path, direction: d}, before, after)
}

// place is where two types stand.
type place struct {
	path      string
	direction Direction
	// nullAbsent: both are fields that may be absent, and the new contract takes null for absence.
	nullAbsent bool
}

// at is a place further inside.
func (p place) at(step string) place { return place{path: p.path + step, direction: p.direction} }

// types compares two types and everything inside them.
func (c *comparer) types(at place, before, after *ir.Type) {
	key := typePair{before.Deref(), after.Deref(), at.direction}
	v := values{
		sets: c.sets, old: c.sets.look(before), new: c.sets.look(after), nullAbsent: at.nullAbsent,
		codes: before.Deref() == c.old.Codes && after.Deref() == c.new.Codes,
	}
	if c.open[key] || c.visits[key] >= maxVisits { // only whether null is accepted is said anew by each reference
		c.apply(nullRules(), at, v)
		return
	}
	c.open[key] = true
	c.visits[key]++
	defer delete(c.open, key)
	c.apply(c.rules, at, v)
	if v.old.closed || v.new.closed {
		return
	}
	if v.old.array != nil && v.new.array != nil && c.compared(at.direction, v.old.array.hasItems(), v.new.array.hasItems()) {
		c.types(at.at("[]"), v.old.array.Item, v.new.array.Item)
	}
	if v.old.object != nil && v.new.object != nil {
		c.objects(at, v.old, v.new)
	}
}

// apply tells what rules find in a pair.
func (c *comparer) apply(rules []rule[values], at place, v values) {
	for _, r := range rules {
		if r.Direction == at.direction || r.Direction == Both {
			c.tell(r.Rule, at.path, v.old.pos, v.new.pos, r.find(v))
		}
	}
}

// objects compares what is inside two types of objects.
func (c *comparer) objects(at place, before, after view) {
	unions := [2]bool{before.object.Kind == ir.Union, after.object.Kind == ir.Union}
	switch unions {
	case [2]bool{true, true}:
		c.unions(at, before.object.Union, after.object.Union)
	case [2]bool{true, false}, [2]bool{false, true}:
		for _, p := range c.sets.unionBesideObject(at.direction, before.object, after.object) {
			c.types(at.at(p.step), p.old, p.new)
		}
	case [2]bool{false, false}:
		c.fields(at, before.members, after.members)
	}
}

// unions compares the variants that both have.
func (c *comparer) unions(at place, before, after *ir.OneOf) {
	if before.Tag != after.Tag {
		return // a rule says so
	}
	for _, v := range before.Variants {
		if w := variant(after, v.Value); w != nil {
			c.types(at.at("<"+v.Value+">"), v.Type, w)
		}
	}
}

// fields compares the fields that both have, and those of one with what the other says of keys without a name. It leaves out those that
// no object has on the side that must not exceed the other.
func (c *comparer) fields(at place, before, after *members) {
	for _, f := range before.fields {
		inside := at.at("." + f.Name)
		switch g := after.field(f.Name); {
		case g != nil && c.compared(at.direction, before.may(f), after.may(g)):
			inside.nullAbsent = after.nullAbsent && !g.Required
			c.types(inside, f.Type, g.Type)
		case g == nil && after.extra != nil && c.compared(at.direction, before.may(f), after.takes(f.Name)):
			c.types(inside, f.Type, after.extra)
		}
	}
	for _, g := range after.fields {
		if before.field(g.Name) == nil && before.extra != nil && c.compared(at.direction, before.takes(g.Name), after.may(g)) {
			c.types(at.at("."+g.Name), before.extra, g.Type)
		}
	}
	if before.extra != nil && after.extra != nil && c.compared(at.direction, before.mayHaveOthers(), after.mayHaveOthers()) {
		c.types(at.at(".*"), before.extra, after.extra)
	}
}

// compared reports whether types inside need comparing: if values of them occur on the side that must not exceed the other.
func (*comparer) compared(d Direction, before, after bool) bool {
	if d == Received {
		return after
	}
	return before
}
