package breaking

import (
	"fmt"
	"slices"
	"strings"
)

// values is a pair of types at one place of a message.
type values struct {
	sets     *sets
	old, new view
	// nullAbsent: in the new contract, null at this place counts as absence, which is allowed.
	nullAbsent bool
	// codes: both are the protocol's error codes, for which there are rules of their own.
	codes bool
}

// valueRules returns the rules about what values are accepted.
func valueRules() []rule[values] {
	var all []rule[values]
	all = append(all, typeRules()...)
	all = append(all, nullRules()...)
	all = append(all, closedRules()...)
	for _, l := range limits() {
		all = append(all, l.rules()...)
	}
	all = append(all, fieldRules()...)
	all = append(all, defaultRules()...)
	all = append(all, unionRules()...)
	return append(all, secretRules()...)
}

// one is a change at the pair itself.
func one(format string, args ...any) []change {
	return []change{{text: fmt.Sprintf(format, args...)}}
}

// quoted is a list of words for a sentence.
func quoted(words []string) string { return strings.Join(words, ", ") }

func typeRules() []rule[values] {
	return []rule[values]{
		{Rule{
			"sent-type-changed", "A value has another JSON type: what clients send is refused.", Error, Sent, Changed,
		}, typeChanged},
		{Rule{
			"sent-type-narrowed", "A value may no longer have one of its JSON types: clients that send it are refused.", Error, Sent, Changed,
		}, typeNarrowed},
		{Rule{
			"sent-type-widened", "A value may have one more JSON type.", Info, Sent, Changed,
		}, typeWidened},
		{Rule{
			"received-type-changed", "A value has another JSON type: clients cannot read it.", Error, Received, Changed,
		}, typeChanged},
		{Rule{
			"received-type-widened", "A value may have one more JSON type, which clients cannot read.", Error, Received, Changed,
		}, typeWidened},
		{Rule{
			"received-type-narrowed", "A value no longer has one of its JSON types.", Info, Received, Changed,
		}, typeNarrowed},
	}
}

func typeChanged(v values) []change {
	before, after := v.old.types(), v.new.types()
	lost, gained := without(before, after), without(after, before)
	if len(lost) == 0 || len(gained) == 0 {
		return nil
	}
	return one("%s became %s", quoted(before), quoted(after))
}

func typeNarrowed(v values) []change {
	before, after := v.old.types(), v.new.types()
	if lost := without(before, after); len(lost) > 0 && len(without(after, before)) == 0 {
		return one("no longer possible: %s", quoted(lost))
	}
	return nil
}

func typeWidened(v values) []change {
	before, after := v.old.types(), v.new.types()
	if gained := without(after, before); len(gained) > 0 && len(without(before, after)) == 0 {
		return one("possible as well: %s", quoted(gained))
	}
	return nil
}

func nullRules() []rule[values] {
	lost := func(v values) bool { return v.old.null && !v.new.null }
	gained := func(v values) bool { return !v.old.null && v.new.null }
	return []rule[values]{
		{Rule{
			"sent-null-removed", "A value may no longer be null: clients that send null are refused.", Error, Sent, Changed,
		}, when("null is no longer accepted", func(v values) bool { return lost(v) && !v.nullAbsent })},
		{Rule{
			"sent-null-became-absence", "Null had a meaning of its own and now means that the field is absent.", Warning, Sent, Changed,
		}, when("null now means that the field is absent", func(v values) bool { return lost(v) && v.nullAbsent })},
		{Rule{
			"sent-null-added", "A value may be null.", Info, Sent, Changed,
		}, when("null is accepted as well", gained)},
		{Rule{
			"received-null-added", "A value may be null, which clients do not expect.", Error, Received, Changed,
		}, when("null is possible as well", gained)},
		{Rule{
			"received-null-removed", "A value is no longer null.", Info, Received, Changed,
		}, when("null is no longer possible", lost)},
	}
}

// when says a text where a condition holds.
func when(text string, holds func(values) bool) func(values) []change {
	return func(v values) []change {
		if !holds(v) {
			return nil
		}
		return one("%s", text)
	}
}

func secretRules() []rule[values] {
	both := func(v values) bool { return v.old.text != nil && v.new.text != nil }
	return []rule[values]{
		{Rule{
			"secret-removed", "A string is no longer secret: it may be logged and shown in errors from now on.", Warning, Both, Changed,
		}, when("x-secret was removed", func(v values) bool { return both(v) && v.old.text.Secret && !v.new.text.Secret })},
		{Rule{
			"secret-added", "A string is secret: it is no longer logged nor shown in errors.", Info, Both, Changed,
		}, when("x-secret was added", func(v values) bool { return both(v) && !v.old.text.Secret && v.new.text.Secret })},
	}
}

func closedRules() []rule[values] {
	return []rule[values]{
		{Rule{
			"sent-const-changed", "The only value that is accepted is another one: what clients send is refused.", Error, Sent, Changed,
		}, constChanged},
		{Rule{
			"sent-value-removed", "Of the values that were accepted, some are not any more: clients that send them are refused.", Error, Sent, Changed,
		}, func(v values) []change { return lostValues("no longer accepted", v, v.old, v.new) }},
		{Rule{
			"sent-value-added", "More values than those of the enum or constant are accepted.", Info, Sent, Changed,
		}, func(v values) []change { return lostValues("accepted as well", v, v.new, v.old) }},
		{Rule{
			"received-const-changed", "The only value that there was is another one: clients do not know it.", Error, Received, Changed,
		}, constChanged},
		{Rule{
			"received-value-added", "There are values that were not possible: clients do not know them.", Error, Received, Changed,
		}, func(v values) []change { return lostValues("possible as well", v, v.new, v.old) }},
		{Rule{
			"received-value-removed", "Of the values that were possible, some are not any more.", Info, Received, Changed,
		}, func(v values) []change { return lostValues("no longer possible", v, v.old, v.new) }},
	}
}

func constChanged(v values) []change {
	if isConstChanged(v) {
		return one("%s became %s", v.old.values[0].json, v.new.values[0].json)
	}
	return nil
}

func isConstChanged(v values) bool {
	return v.old.closed && v.new.closed && len(v.old.values) == 1 && len(v.new.values) == 1 && !v.old.values[0].equals(v.new.values[0])
}

// lostValues says which values are in from, but not in to, where at least one of them is closed. Values of a JSON type that the
// other does not have are the business of the rules about types.
func lostValues(what string, v values, from, to view) []change {
	if v.codes || isConstChanged(v) || (!from.closed && !to.closed) {
		return nil
	}
	var all []value
	for _, name := range from.types() {
		if !slices.Contains(to.types(), name) {
			continue
		}
		part, ok := v.sets.finitePart(from, name)
		if !ok {
			return one("%s: all but %s", what, quoted(jsonOf(to.values, func(one value) bool { return slices.Contains(from.types(), one.jsonType()) })))
		}
		all = append(all, part...)
	}
	if lost := jsonOf(all, func(one value) bool { return !to.admits(one) }); len(lost) > 0 {
		return one("%s: %s", what, quoted(lost))
	}
	return nil
}

// jsonOf returns the JSON texts of those values that satisfy a condition.
func jsonOf(all []value, which func(value) bool) []string {
	var out []string
	for _, one := range all {
		if which(one) {
			out = append(out, one.json)
		}
	}
	return out
}
