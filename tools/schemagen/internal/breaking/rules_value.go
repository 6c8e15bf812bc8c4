package breaking

import (
	"fmt"
	"slices"
	"strings"
)

// valuePair is a pair of types at one place of a message.
type valuePair struct {
	analyzer *analyzer
	old, new valueSet
	// nullAbsent: in the new contract, null at this place counts as absent, which is allowed.
	nullAbsent bool
	// codes: both are the protocol's error codes, which have separate rules.
	codes bool
}

// valueRules returns the rules about accepted values.
func valueRules() []rule[valuePair] {
	var all []rule[valuePair]
	all = append(all, typeRules()...)
	all = append(all, nullRules()...)
	all = append(all, enumRules()...)
	for _, l := range limits() {
		all = append(all, l.rules()...)
	}
	all = append(all, fieldRules()...)
	all = append(all, defaultRules()...)
	all = append(all, unionRules()...)
	return append(all, secretRules()...)
}

// singleChange returns a change at the pair itself.
func singleChange(format string, args ...any) []change {
	return []change{{text: fmt.Sprintf(format, args...)}}
}

// commaList returns a list of words for a sentence.
func commaList(words []string) string { return strings.Join(words, ", ") }

func typeRules() []rule[valuePair] {
	return []rule[valuePair]{
		{Rule{
			"sent-type-changed", "The JSON type of a value changed: what clients send is refused.", Error, Sent, Changed,
		}, typeChanged},
		{Rule{
			"sent-type-narrowed", "A value may no longer have one of its JSON types: requests with it are refused.", Error, Sent, Changed,
		}, typeNarrowed},
		{Rule{
			"sent-type-widened", "A value may have another JSON type too.", Info, Sent, Changed,
		}, typeWidened},
		{Rule{
			"received-type-changed", "The JSON type of a value changed: old clients cannot read it.", Error, Received, Changed,
		}, typeChanged},
		{Rule{
			"received-type-widened", "A value may have another JSON type too, which old clients cannot read.", Error, Received, Changed,
		}, typeWidened},
		{Rule{
			"received-type-narrowed", "A value no longer has one of its JSON types.", Info, Received, Changed,
		}, typeNarrowed},
	}
}

func typeChanged(v valuePair) []change {
	before, after := v.old.jsonTypes(), v.new.jsonTypes()
	lost, gained := difference(before, after), difference(after, before)
	if len(lost) == 0 || len(gained) == 0 {
		return nil
	}
	return singleChange("%s became %s", commaList(before), commaList(after))
}

func typeNarrowed(v valuePair) []change {
	before, after := v.old.jsonTypes(), v.new.jsonTypes()
	if lost := difference(before, after); len(lost) > 0 && len(difference(after, before)) == 0 {
		return singleChange("no longer possible: %s", commaList(lost))
	}
	return nil
}

func typeWidened(v valuePair) []change {
	before, after := v.old.jsonTypes(), v.new.jsonTypes()
	if gained := difference(after, before); len(gained) > 0 && len(difference(before, after)) == 0 {
		return singleChange("now also possible: %s", commaList(gained))
	}
	return nil
}

func nullRules() []rule[valuePair] {
	lost := func(v valuePair) bool { return v.old.null && !v.new.null }
	gained := func(v valuePair) bool { return !v.old.null && v.new.null }
	return []rule[valuePair]{
		{Rule{
			"sent-null-removed", "A value may no longer be null: requests with null are refused.", Error, Sent, Changed,
		}, changeIfPair("null is no longer accepted", func(v valuePair) bool { return lost(v) && !v.nullAbsent })},
		{Rule{
			"sent-null-became-absence", "Null had its own meaning and now means that the field is absent.", Warning, Sent, Changed,
		}, changeIfPair("null now means that the field is absent", func(v valuePair) bool { return lost(v) && v.nullAbsent })},
		{Rule{
			"sent-null-added", "A value may be null.", Info, Sent, Changed,
		}, changeIfPair("null is now accepted too", gained)},
		{Rule{
			"received-null-added", "A value may be null, which old clients do not expect.", Error, Received, Changed,
		}, changeIfPair("null is now possible too", gained)},
		{Rule{
			"received-null-removed", "A value is no longer null.", Info, Received, Changed,
		}, changeIfPair("null is no longer possible", lost)},
	}
}

// changeIfPair returns a function that reports a text if a condition holds for a pair of types.
func changeIfPair(text string, holds func(valuePair) bool) func(valuePair) []change {
	return func(v valuePair) []change {
		if !holds(v) {
			return nil
		}
		return singleChange("%s", text)
	}
}

func secretRules() []rule[valuePair] {
	both := func(v valuePair) bool { return v.old.str != nil && v.new.str != nil }
	return []rule[valuePair]{
		{Rule{
			"secret-removed", "A string is no longer secret: it may appear in logs and errors.", Warning, Both, Changed,
		}, changeIfPair("x-secret was removed", func(v valuePair) bool { return both(v) && v.old.str.Secret && !v.new.str.Secret })},
		{Rule{
			"secret-added", "A string is secret now: it no longer appears in logs and errors.", Info, Both, Changed,
		}, changeIfPair("x-secret was added", func(v valuePair) bool { return both(v) && !v.old.str.Secret && v.new.str.Secret })},
	}
}

func enumRules() []rule[valuePair] {
	return []rule[valuePair]{
		{Rule{
			"sent-const-changed", "The only accepted value changed: what clients send is refused.", Error, Sent, Changed,
		}, constChanged},
		{Rule{
			"sent-value-removed", "Some values are no longer accepted: requests with them are refused.", Error, Sent, Changed,
		}, func(v valuePair) []change { return missingValues("no longer accepted", v, v.old, v.new) }},
		{Rule{
			"sent-value-added", "Values were added to an enum or constant.", Info, Sent, Changed,
		}, func(v valuePair) []change { return missingValues("now also accepted", v, v.new, v.old) }},
		{Rule{
			"received-const-changed", "The only possible value changed: old clients do not know it.", Error, Received, Changed,
		}, constChanged},
		{Rule{
			"received-value-added", "Values were added: old clients do not know them.", Error, Received, Changed,
		}, func(v valuePair) []change { return missingValues("now also possible", v, v.new, v.old) }},
		{Rule{
			"received-value-removed", "Some values are no longer possible.", Info, Received, Changed,
		}, func(v valuePair) []change { return missingValues("no longer possible", v, v.old, v.new) }},
	}
}

func constChanged(v valuePair) []change {
	if isConstChanged(v) {
		return singleChange("%s became %s", v.old.values[0].json, v.new.values[0].json)
	}
	return nil
}

func isConstChanged(v valuePair) bool {
	return v.old.enumerated && v.new.enumerated && len(v.old.values) == 1 && len(v.new.values) == 1 && !v.old.values[0].equals(v.new.values[0])
}

// missingValues reports the values that are in from but not in to, if at least one of them is
// enumerated. The rules about types handle values of a JSON type that to lacks.
func missingValues(what string, v valuePair, from, to valueSet) []change {
	if v.codes || isConstChanged(v) || (!from.enumerated && !to.enumerated) {
		return nil
	}
	var all []value
	for _, name := range from.jsonTypes() {
		if !slices.Contains(to.jsonTypes(), name) {
			continue
		}
		part, ok := v.analyzer.finiteValuesOf(from, name)
		if !ok {
			return singleChange("%s: all but %s", what, commaList(jsonOf(to.values, func(one value) bool { return slices.Contains(from.jsonTypes(), one.jsonType()) })))
		}
		all = append(all, part...)
	}
	if lost := jsonOf(all, func(one value) bool { return !to.contains(one) }); len(lost) > 0 {
		return singleChange("%s: %s", what, commaList(lost))
	}
	return nil
}

// jsonOf returns the JSON texts of the values that satisfy a condition.
func jsonOf(all []value, which func(value) bool) []string {
	var out []string
	for _, one := range all {
		if which(one) {
			out = append(out, one.json)
		}
	}
	return out
}
