package breaking

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
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

// ordered words a limit of which a higher value, or none at all, accepts more.
func ordered(what string, before, after *int) (lost, gained string) {
	text := fmt.Sprintf("%s was %s and is %s", what, countText(before), countText(after))
	switch {
	case before == nil && after == nil, before != nil && after != nil && *before == *after:
		return "", ""
	case before == nil, after != nil && *after < *before:
		return text, ""
	default:
		return "", text
	}
}

// orderedUp words a limit of which a lower value accepts more.
func orderedUp(what string, before, after int) (lost, gained string) {
	gained, lost = ordered(what, &before, &after)
	return lost, gained
}

func countText(n *int) string {
	if n == nil {
		return "none"
	}
	return strconv.Itoa(*n)
}

func textLimits() []limit {
	texts := func(compare func(before, after *ir.StringLimits) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if before.text == nil || after.text == nil {
				return "", ""
			}
			return compare(before.text, after.text)
		}
	}
	return []limit{
		{name: "min-length", keyword: "minLength", tighter: "raised", looser: "lowered", compare: texts(func(a, b *ir.StringLimits) (lost, gained string) {
			return orderedUp("minLength", a.MinLength, b.MinLength)
		})},
		{name: "max-length", keyword: "maxLength", tighter: "lowered", looser: "raised", compare: texts(func(a, b *ir.StringLimits) (lost, gained string) {
			return ordered("maxLength", a.MaxLength, b.MaxLength)
		})},
		{name: "pattern", keyword: "pattern", tighter: "tightened", looser: "loosened", compare: texts(comparePatterns)},
		{name: "format", keyword: "format", tighter: "tightened", looser: "loosened", compare: texts(compareFormats)},
	}
}

func compareFormats(a, b *ir.StringLimits) (lost, gained string) {
	name := func(f ir.Format) string {
		if f == ir.FormatNone {
			return "none"
		}
		return phrase.FormatName(f)
	}
	text := fmt.Sprintf("format was %s and is %s", name(a.Format), name(b.Format))
	switch {
	case a.Format == b.Format:
		return "", ""
	case a.Format == ir.FormatNone:
		return text, ""
	case b.Format == ir.FormatNone:
		return "", text
	default:
		return text, text
	}
}

func arrayLimits() []limit {
	arrays := func(compare func(before, after *ir.ArrayOf) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if before.array == nil || after.array == nil {
				return "", ""
			}
			return compare(before.array, after.array)
		}
	}
	return []limit{
		{name: "min-items", keyword: "minItems", tighter: "raised", looser: "lowered", compare: arrays(func(a, b *ir.ArrayOf) (lost, gained string) {
			return orderedUp("minItems", a.MinItems, b.MinItems)
		})},
		{name: "max-items", keyword: "maxItems", tighter: "lowered", looser: "raised", compare: arrays(func(a, b *ir.ArrayOf) (lost, gained string) {
			return ordered("maxItems", a.MaxItems, b.MaxItems)
		})},
		{name: "unique-items", keyword: "uniqueItems", tighter: "added", looser: "removed", compare: arrays(func(a, b *ir.ArrayOf) (lost, gained string) {
			switch {
			case b.Unique && !a.Unique:
				return "no two items may be equal any more", ""
			case a.Unique && !b.Unique:
				return "", "items may be equal"
			}
			return "", ""
		})},
	}
}

func objectLimits() []limit {
	objects := func(compare func(before, after members) (lost, gained string)) func(before, after view) (lost, gained string) {
		return func(before, after view) (lost, gained string) {
			if !before.plain() || !after.plain() {
				return "", ""
			}
			return compare(membersOf(before.object), membersOf(after.object))
		}
	}
	return []limit{
		{name: "min-properties", keyword: "minProperties", tighter: "raised", looser: "lowered", compare: objects(func(a, b members) (lost, gained string) {
			return orderedUp("minProperties", a.least, b.least)
		})},
		{name: "max-properties", keyword: "maxProperties", tighter: "lowered", looser: "raised", compare: objects(func(a, b members) (lost, gained string) {
			return ordered("maxProperties", a.most, b.most)
		})},
		{name: "property-names", keyword: "propertyNames", tighter: "tightened", looser: "loosened", compare: objects(compareNames)},
		{name: "other-keys", keyword: "additionalProperties", tighter: "tightened", looser: "loosened", compare: objects(compareOthers)},
	}
}

// compareNames compares what keys may look like. Keys are strings, so that the limits of strings tell.
func compareNames(a, b members) (lost, gained string) {
	if a.closed && b.closed {
		return "", "" // the fields are all there is
	}
	before, after := names(a), names(b)
	var losses, gains []string
	for _, l := range textLimits() {
		lost, gained := l.compare(before, after)
		if lost != "" {
			losses = append(losses, "of keys, "+lost)
		}
		if gained != "" {
			gains = append(gains, "of keys, "+gained)
		}
	}
	return strings.Join(losses, "; "), strings.Join(gains, "; ")
}

// names is the view of an object's keys.
func names(m members) view {
	if m.names == nil {
		return view{text: &ir.StringLimits{}}
	}
	return look(m.names)
}

// compareOthers compares what may stand under keys without a name. Two types for them are compared as any other two.
func compareOthers(a, b members) (lost, gained string) {
	const refused, typed, ignored = 0, 1, 2
	state := func(m members) int {
		switch {
		case m.closed:
			return refused
		case m.extra != nil && !isAny(m.extra):
			return typed
		}
		return ignored
	}
	words := []string{"refused", "held to a type", "accepted, whatever their value"}
	before, after := state(a), state(b)
	text := "other keys were " + words[before] + " and are " + words[after]
	switch {
	case before == after:
		return "", ""
	case after < before:
		return text, ""
	default:
		return "", text
	}
}
