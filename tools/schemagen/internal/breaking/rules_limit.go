package breaking

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/constraintdoc"
)

// limit is one constraint, with four rules: it may become tighter or looser, in either direction.
type limit struct {
	name            string // as in the ids of its rules
	tighter, looser string // what happens to it, as in the ids of its rules
	tight, loose    string // the same as the beginning of a sentence
	keyword         string // in place of tight and loose, where it says enough
	// compare says how a value that was accepted may be refused now, and how one that was refused may be accepted now; both are
	// said where that cannot be known. Empty: in no way.
	compare func(before, after view) (lost, gained string)
	// receivedLooser is how bad it is that the server may send more; Error unless said otherwise.
	receivedLooser Severity
	why            string // why that is no error
}

// rules are the four rules of a limit. Where a limit has become both tighter and looser, the harmless half is not told.
func (l limit) rules() []rule[values] {
	id := func(direction, word string) string { return direction + "-" + l.name + "-" + word }
	lost := func(alone bool) func(values) []change {
		return func(v values) []change {
			lost, gained := l.between(v)
			if lost == "" || (alone && gained != "") {
				return nil
			}
			return one("%s", lost)
		}
	}
	gained := func(alone bool) func(values) []change {
		return func(v values) []change {
			lost, gained := l.between(v)
			if gained == "" || (alone && lost != "") {
				return nil
			}
			return one("%s", gained)
		}
	}
	looser := "clients may receive what they refuse."
	if l.why != "" {
		looser = l.why
	}
	if l.keyword != "" {
		l.tight, l.loose = "`"+l.keyword+"` was "+l.tighter, "`"+l.keyword+"` was "+l.looser
	}
	return []rule[values]{
		{Rule{
			id("sent", l.tighter), l.tight + ": what clients send may be refused.", Error, Sent, Changed,
		}, lost(false)},
		{Rule{
			id("sent", l.looser), l.loose + ": clients may send more.", Info, Sent, Changed,
		}, gained(true)},
		{Rule{
			id("received", l.looser), l.loose + ": " + looser, l.receivedLooser, Received, Changed,
		}, gained(false)},
		{Rule{
			id("received", l.tighter), l.tight + ": the server sends less.", Info, Received, Changed,
		}, lost(true)},
	}
}

// between compares the limit in two types; closed ones have none.
func (l limit) between(v values) (lost, gained string) {
	if v.old.closed || v.new.closed {
		return "", ""
	}
	return l.compare(v.old, v.new)
}

// limits lists the constraints.
func limits() []limit {
	all := numberLimits()
	all = append(all, textLimits()...)
	all = append(all, arrayLimits()...)
	all = append(all, objectLimits()...)
	for i := range all {
		if all[i].why == "" {
			all[i].receivedLooser = Error
		}
	}
	return all
}

func countText(n *int) string {
	if n == nil {
		return "none"
	}
	return strconv.Itoa(*n)
}

func textLimits() []limit {
	ofTexts := func(compare func(before, after *texts) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if before.text == nil || after.text == nil {
				return "", ""
			}
			return compare(before.text, after.text)
		}
	}
	return []limit{
		{name: "min-length", keyword: "minLength", tighter: "raised", looser: "lowered", compare: ofTexts(compareMinLengths)},
		{name: "max-length", keyword: "maxLength", tighter: "lowered", looser: "raised", compare: ofTexts(compareMaxLengths)},
		{name: "pattern", keyword: "pattern", tighter: "tightened", looser: "loosened", compare: ofTexts(comparePatterns)},
		{name: "format", keyword: "format", tighter: "tightened", looser: "loosened", compare: ofTexts(compareFormats)},
	}
}

func compareMinLengths(a, b *texts) (lost, gained string) {
	return inBothDirections(fmt.Sprintf("minLength was %d and is %d", a.MinLength, b.MinLength), a, b, func(inner, outer *texts) bool {
		return inner.least < outer.MinLength
	})
}

func compareMaxLengths(a, b *texts) (lost, gained string) {
	return inBothDirections(fmt.Sprintf("maxLength was %s and is %s", countText(a.MaxLength), countText(b.MaxLength)), a, b, func(inner, outer *texts) bool {
		return exceeds(inner.most, outer.MaxLength)
	})
}

func compareFormats(a, b *texts) (lost, gained string) {
	name := func(f ir.Format) string {
		if f == ir.FormatNone {
			return "none"
		}
		return constraintdoc.FormatName(f)
	}
	return inBothDirections(fmt.Sprintf("format was %s and is %s", name(a.Format), name(b.Format)), a, b, func(inner, outer *texts) bool {
		return !inner.ofFormat(outer.Format)
	})
}

func arrayLimits() []limit {
	ofArrays := func(compare func(before, after *arrays) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if before.array == nil || after.array == nil {
				return "", ""
			}
			return compare(before.array, after.array)
		}
	}
	return []limit{
		{name: "min-items", keyword: "minItems", tighter: "raised", looser: "lowered", compare: ofArrays(func(a, b *arrays) (lost, gained string) {
			return inBothDirections(fmt.Sprintf("minItems was %d and is %d", a.MinItems, b.MinItems), a, b, func(inner, outer *arrays) bool {
				return inner.least < outer.MinItems
			})
		})},
		{name: "max-items", keyword: "maxItems", tighter: "lowered", looser: "raised", compare: ofArrays(func(a, b *arrays) (lost, gained string) {
			text := fmt.Sprintf("maxItems was %s and is %s", countText(a.MaxItems), countText(b.MaxItems))
			return inBothDirections(text, a, b, func(inner, outer *arrays) bool { return exceeds(inner.most, outer.MaxItems) })
		})},
		{name: "unique-items", keyword: "uniqueItems", tighter: "added", looser: "removed", compare: ofArrays(func(a, b *arrays) (lost, gained string) {
			if b.Unique && a.mayRepeat() {
				lost = "no two items may be equal any more"
			}
			if a.Unique && b.mayRepeat() {
				gained = "items may be equal"
			}
			return lost, gained
		})},
	}
}

func objectLimits() []limit {
	ofObjects := func(compare func(before, after *members) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if !before.plain() || !after.plain() {
				return "", ""
			}
			return compare(before.members, after.members)
		}
	}
	return []limit{
		{name: "min-properties", keyword: "minProperties", tighter: "raised", looser: "lowered", compare: ofObjects(func(a, b *members) (lost, gained string) {
			return inBothDirections(fmt.Sprintf("minProperties was %d and is %d", a.least, b.least), a, b, func(inner, outer *members) bool {
				return inner.smallest < outer.least
			})
		})},
		{name: "max-properties", keyword: "maxProperties", tighter: "lowered", looser: "raised", compare: ofObjects(func(a, b *members) (lost, gained string) {
			text := fmt.Sprintf("maxProperties was %s and is %s", countText(a.most), countText(b.most))
			return inBothDirections(text, a, b, func(inner, outer *members) bool { return exceeds(inner.largest, outer.most) })
		})},
		{name: "property-names", keyword: "propertyNames", tighter: "tightened", looser: "loosened", compare: ofObjects(compareNames)},
		{name: "other-keys", keyword: "additionalProperties", tighter: "tightened", looser: "loosened", compare: ofObjects(compareOthers)},
	}
}

// compareNames compares what keys may look like. Keys are strings, so that the limits of strings tell.
func compareNames(a, b *members) (lost, gained string) {
	var losses, gains []string
	for _, l := range textLimits() {
		lost, gained := l.compare(view{text: a.names}, view{text: b.names})
		if lost != "" {
			losses = append(losses, "of keys, "+lost)
		}
		if gained != "" {
			gains = append(gains, "of keys, "+gained)
		}
	}
	if a.namedWithin(b) {
		losses = nil
	}
	if b.namedWithin(a) {
		gains = nil
	}
	return strings.Join(losses, "; "), strings.Join(gains, "; ")
}

// namedWithin reports whether it is certain that all keys of accepted objects have names that another type accepts.
func (m *members) namedWithin(outer *members) bool {
	for _, f := range m.fields {
		if m.may(f) && !admitsText(outer.names.StringLimits, f.Name) {
			return false
		}
	}
	return !m.mayHaveOthers() || m.names.within(outer.names)
}

// compareOthers compares what may stand under keys without a name. Two types for them are compared as any other two.
func compareOthers(a, b *members) (lost, gained string) {
	const refused, typed, ignored = 0, 1, 2
	state := func(m *members) int {
		switch {
		case !m.others:
			return refused
		case m.extra != nil && !isAny(m.extra):
			return typed
		}
		return ignored
	}
	words := []string{"refused", "held to a type", "accepted, whatever their value"}
	text := "other keys were " + words[state(a)] + " and are " + words[state(b)]
	return inBothDirections(text, a, b, func(inner, outer *members) bool {
		return inner.mayHaveOthers() && state(outer) < state(inner)
	})
}
