package breaking

import (
	"fmt"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// limit describes one constraint. It has four rules: the limit may become stricter or looser, in
// either direction.
type limit struct {
	name                    string // as in the IDs of its rules
	tighter, looser         string // the changes, as in the IDs of its rules
	tighterText, looserText string // the same, as the start of a sentence
	keyword                 string // the keyword; replaces tighterText and looserText
	// compare returns how an accepted value may be refused now, and how a refused value may be
	// accepted now. It returns both if the limits cannot be compared; an empty text means never.
	compare func(before, after valueSet) (lost, gained string)
	// receivedLooser is the severity if the server may send more; Error unless receivedText is set.
	receivedLooser Severity
	receivedText   string // the consequence in that case, instead of the usual one
}

// rules returns the four rules of a limit. If a limit became both stricter and looser, the harmless
// change is not reported.
func (l limit) rules() []rule[valuePair] {
	id := func(direction, word string) string { return direction + "-" + l.name + "-" + word }
	lost := func(alone bool) func(valuePair) []change {
		return func(v valuePair) []change {
			lost, gained := l.compareLimit(v)
			if lost == "" || (alone && gained != "") {
				return nil
			}
			return singleChange("%s", lost)
		}
	}
	gained := func(alone bool) func(valuePair) []change {
		return func(v valuePair) []change {
			lost, gained := l.compareLimit(v)
			if gained == "" || (alone && lost != "") {
				return nil
			}
			return singleChange("%s", gained)
		}
	}
	looser := "old clients may refuse what they receive."
	if l.receivedText != "" {
		looser = l.receivedText
	}
	if l.keyword != "" {
		l.tighterText, l.looserText = "`"+l.keyword+"` was "+l.tighter, "`"+l.keyword+"` was "+l.looser
	}
	return []rule[valuePair]{
		{Rule{
			id("sent", l.tighter), l.tighterText + ": what clients send may be refused.", Error, Sent, Changed,
		}, lost(false)},
		{Rule{
			id("sent", l.looser), l.looserText + ": clients may send more.", Info, Sent, Changed,
		}, gained(true)},
		{Rule{
			id("received", l.looser), l.looserText + ": " + looser, l.receivedLooser, Received, Changed,
		}, gained(false)},
		{Rule{
			id("received", l.tighter), l.tighterText + ": the server sends less.", Info, Received, Changed,
		}, lost(true)},
	}
}

// compareLimit compares the limit of two types. Enumerated types have no limits.
func (l limit) compareLimit(v valuePair) (lost, gained string) {
	if v.old.enumerated || v.new.enumerated {
		return "", ""
	}
	return l.compare(v.old, v.new)
}

// limits returns all constraints.
func limits() []limit {
	all := numberLimits()
	all = append(all, textLimits()...)
	all = append(all, arrayLimits()...)
	all = append(all, objectLimits()...)
	for i := range all {
		if all[i].receivedText == "" {
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
	ofTexts := func(compare func(before, after *stringSet) (lost, gained string)) func(before, after valueSet) (lost, gained string) {
		return func(before, after valueSet) (lost, gained string) {
			if before.str == nil || after.str == nil {
				return "", ""
			}
			return compare(before.str, after.str)
		}
	}
	return []limit{
		{name: "min-length", keyword: "minLength", tighter: "raised", looser: "lowered", compare: ofTexts(compareMinLengths)},
		{name: "max-length", keyword: "maxLength", tighter: "lowered", looser: "raised", compare: ofTexts(compareMaxLengths)},
		{name: "pattern", keyword: "pattern", tighter: "tightened", looser: "loosened", compare: ofTexts(comparePatterns)},
		{name: "format", keyword: "format", tighter: "tightened", looser: "loosened", compare: ofTexts(compareFormats)},
	}
}

func compareMinLengths(a, b *stringSet) (lost, gained string) {
	return compareBothWays(fmt.Sprintf("minLength was %d and is %d", a.MinLength, b.MinLength), a, b, func(inner, outer *stringSet) bool {
		return inner.minLen < outer.MinLength
	})
}

func compareMaxLengths(a, b *stringSet) (lost, gained string) {
	return compareBothWays(fmt.Sprintf("maxLength was %s and is %s", countText(a.MaxLength), countText(b.MaxLength)), a, b, func(inner, outer *stringSet) bool {
		return exceeds(inner.maxLen, outer.MaxLength)
	})
}

func compareFormats(a, b *stringSet) (lost, gained string) {
	name := func(f ir.Format) string {
		if f == ir.FormatNone {
			return "none"
		}
		return constraintdoc.FormatName(f)
	}
	return compareBothWays(fmt.Sprintf("format was %s and is %s", name(a.Format), name(b.Format)), a, b, func(inner, outer *stringSet) bool {
		return !inner.allOfFormat(outer.Format)
	})
}

func arrayLimits() []limit {
	ofArrays := func(compare func(before, after *arraySet) (lost, gained string)) func(before, after valueSet) (lost, gained string) {
		return func(before, after valueSet) (lost, gained string) {
			if before.array == nil || after.array == nil {
				return "", ""
			}
			return compare(before.array, after.array)
		}
	}
	return []limit{
		{name: "min-items", keyword: "minItems", tighter: "raised", looser: "lowered", compare: ofArrays(func(a, b *arraySet) (lost, gained string) {
			return compareBothWays(fmt.Sprintf("minItems was %d and is %d", a.MinItems, b.MinItems), a, b, func(inner, outer *arraySet) bool {
				return inner.minLen < outer.MinItems
			})
		})},
		{name: "max-items", keyword: "maxItems", tighter: "lowered", looser: "raised", compare: ofArrays(func(a, b *arraySet) (lost, gained string) {
			text := fmt.Sprintf("maxItems was %s and is %s", countText(a.MaxItems), countText(b.MaxItems))
			return compareBothWays(text, a, b, func(inner, outer *arraySet) bool { return exceeds(inner.maxLen, outer.MaxItems) })
		})},
		{name: "unique-items", keyword: "uniqueItems", tighter: "added", looser: "removed", compare: ofArrays(func(a, b *arraySet) (lost, gained string) {
			if b.Unique && a.mayRepeat() {
				lost = "equal items are no longer allowed"
			}
			if a.Unique && b.mayRepeat() {
				gained = "equal items are allowed"
			}
			return lost, gained
		})},
	}
}

func objectLimits() []limit {
	ofObjects := func(compare func(before, after *objectSet) (lost, gained string)) func(before, after valueSet) (lost, gained string) {
		return func(before, after valueSet) (lost, gained string) {
			if !before.isPlainObject() || !after.isPlainObject() {
				return "", ""
			}
			return compare(before.properties, after.properties)
		}
	}
	return []limit{
		{name: "min-properties", keyword: "minProperties", tighter: "raised", looser: "lowered", compare: ofObjects(func(a, b *objectSet) (lost, gained string) {
			return compareBothWays(fmt.Sprintf("minProperties was %d and is %d", a.minProps, b.minProps), a, b, func(inner, outer *objectSet) bool {
				return inner.effectiveMin < outer.minProps
			})
		})},
		{name: "max-properties", keyword: "maxProperties", tighter: "lowered", looser: "raised", compare: ofObjects(func(a, b *objectSet) (lost, gained string) {
			text := fmt.Sprintf("maxProperties was %s and is %s", countText(a.maxProps), countText(b.maxProps))
			return compareBothWays(text, a, b, func(inner, outer *objectSet) bool { return exceeds(inner.effectiveMax, outer.maxProps) })
		})},
		{name: "property-names", keyword: "propertyNames", tighter: "tightened", looser: "loosened", compare: ofObjects(compareNames)},
		{name: "other-keys", keyword: "additionalProperties", tighter: "tightened", looser: "loosened", compare: ofObjects(compareOthers)},
	}
}

// compareNames compares propertyNames. Keys are strings, so the limits of strings apply.
func compareNames(a, b *objectSet) (lost, gained string) {
	var losses, gains []string
	for _, l := range textLimits() {
		lost, gained := l.compare(valueSet{str: a.keyNames}, valueSet{str: b.keyNames})
		if lost != "" {
			losses = append(losses, "of keys: "+lost)
		}
		if gained != "" {
			gains = append(gains, "of keys: "+gained)
		}
	}
	if a.keysSubsetOf(b) {
		losses = nil
	}
	if b.keysSubsetOf(a) {
		gains = nil
	}
	return strings.Join(losses, "; "), strings.Join(gains, "; ")
}

// keysSubsetOf reports whether outer certainly accepts the names of all keys of the accepted
// objects.
func (m *objectSet) keysSubsetOf(outer *objectSet) bool {
	for _, f := range m.fields {
		if m.mayBePresent(f) && !acceptsString(outer.keyNames.StringLimits, f.Name) {
			return false
		}
	}
	return !m.mayHaveOtherKeys() || m.keyNames.subsetOf(outer.keyNames)
}

// compareOthers compares whether unknown keys are refused, restricted or free. If both restrict
// them, compareFields compares the types.
func compareOthers(a, b *objectSet) (lost, gained string) {
	const refused, typed, ignored = 0, 1, 2
	state := func(m *objectSet) int {
		switch {
		case !m.allowsOtherKeys:
			return refused
		case m.additional != nil && !isAny(m.additional):
			return typed
		}
		return ignored
	}
	words := []string{"refused", "restricted to a type", "accepted with any value"}
	text := "unknown keys were " + words[state(a)] + " and are " + words[state(b)]
	return compareBothWays(text, a, b, func(inner, outer *objectSet) bool {
		return inner.mayHaveOtherKeys() && state(outer) < state(inner)
	})
}
