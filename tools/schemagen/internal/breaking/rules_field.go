package breaking

import (
	"fmt"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// objectPair is a pair of object types that are not unions.
type objectPair struct {
	old, new       *objectSet
	oldPos, newPos ir.Pos
	analyzer       *analyzer
}

// forObjects adapts a function about objects to any pair of types.
func forObjects(find func(objectPair) []change) func(valuePair) []change {
	return func(v valuePair) []change {
		if !v.old.isPlainObject() || !v.new.isPlainObject() {
			return nil
		}
		return find(objectPair{v.old.properties, v.new.properties, v.old.pos, v.new.pos, v.analyzer})
	}
}

// removedFields returns a function that reports each removed field that could be present and
// satisfies a condition.
func removedFields(text string, which func(p objectPair, f *ir.Field) bool) func(valuePair) []change {
	return forObjects(func(p objectPair) []change {
		var all []change
		for _, f := range p.old.fields {
			if p.new.field(f.Name) == nil && p.old.mayBePresent(f) && which(p, f) {
				all = append(all, change{text: fmt.Sprintf(text, f.Name) + p.renameHint(f), path: "." + f.Name, old: f.Type.Pos, new: p.newPos})
			}
		}
		return all
	})
}

// renameHint suggests the new name of a removed field if exactly one new field has the same type;
// empty otherwise.
func (p objectPair) renameHint(f *ir.Field) string {
	var like []string
	for _, g := range p.new.fields {
		if p.old.field(g.Name) == nil && p.analyzer.sameType(f.Type, g.Type) {
			like = append(like, g.Name)
		}
	}
	if len(like) != 1 {
		return ""
	}
	return fmt.Sprintf(" (was it renamed to %q?)", like[0])
}

// sameType reports whether the types of two fields are certainly the same: the same definition, or
// scalars with the same limits.
func (s *analyzer) sameType(a, b *ir.Type) bool {
	if a.Kind == ir.Ref || b.Kind == ir.Ref {
		return a.Kind == b.Kind && a.Ref.Name == b.Ref.Name && a.Nullable == b.Nullable
	}
	v := valuePair{old: s.setOf(a), new: s.setOf(b), analyzer: s}
	if v.old.array != nil || v.old.object != nil || v.old.null != v.new.null || v.old.enumerated != v.new.enumerated ||
		!slices.Equal(v.old.jsonTypes(), v.new.jsonTypes()) || !slices.Equal(v.old.values, v.new.values) {
		return false
	}
	return !slices.ContainsFunc(limits(), func(l limit) bool {
		lost, gained := l.compareLimit(v)
		return lost != "" || gained != ""
	})
}

// addedFields returns a function that reports each new field that can be present and satisfies a
// condition.
func addedFields(text string, which func(p objectPair, g *ir.Field) bool) func(valuePair) []change {
	return forObjects(func(p objectPair) []change {
		var all []change
		for _, g := range p.new.fields {
			if p.old.field(g.Name) == nil && p.new.mayBePresent(g) && which(p, g) {
				all = append(all, change{text: fmt.Sprintf(text, g.Name), path: "." + g.Name, old: p.oldPos, new: g.Type.Pos})
			}
		}
		return all
	})
}

// commonFields returns a function that reports each field of both objects that satisfies a
// condition.
func commonFields(text func(f, g *ir.Field) string, which func(p objectPair, f, g *ir.Field) bool) func(valuePair) []change {
	return forObjects(func(p objectPair) []change {
		var all []change
		for _, f := range p.old.fields {
			if g := p.new.field(f.Name); g != nil && which(p, f, g) {
				all = append(all, change{text: text(f, g), path: "." + f.Name, old: f.Type.Pos, new: g.Type.Pos})
			}
		}
		return all
	})
}

// fieldText returns a text about a field.
func fieldText(format string) func(f, g *ir.Field) string {
	return func(f, _ *ir.Field) string { return fmt.Sprintf(format, f.Name) }
}

func fieldRules() []rule[valuePair] {
	return append(sentFieldRules(), receivedFieldRules()...)
}

func sentFieldRules() []rule[valuePair] {
	return []rule[valuePair]{
		{Rule{
			"sent-required-field-added", "A new field is required: requests of clients that do not know it are refused.", Error, Sent, Added,
		}, addedFields("field %q is new and required", func(_ objectPair, g *ir.Field) bool { return g.Required })},
		{Rule{
			"sent-field-made-required", "An optional field is required now: requests without it are refused.", Error, Sent, Changed,
		}, commonFields(fieldText("field %q is required now"), func(p objectPair, f, g *ir.Field) bool { return g.Required && !p.old.alwaysPresent(f) })},
		{Rule{
			"sent-field-refused", "A field was removed and unknown keys are refused: requests with it are refused.", Error, Sent, Removed,
		}, removedFields("field %q is refused now", func(p objectPair, _ *ir.Field) bool { return !p.new.allowsOtherKeys })},
		{Rule{
			"sent-field-removed", "A field was removed: the server ignores it.", Warning, Sent, Removed,
		}, removedFields("field %q is ignored now", func(p objectPair, _ *ir.Field) bool { return p.new.allowsOtherKeys })},
		{Rule{
			"sent-field-made-optional", "A required field is optional now.", Info, Sent, Changed,
		}, commonFields(fieldText("field %q is optional now"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.alwaysPresent(g) })},
		{Rule{
			"sent-field-added", "There is a new optional field.", Info, Sent, Added,
		}, addedFields("field %q is new", func(_ objectPair, g *ir.Field) bool { return !g.Required })},
	}
}

func receivedFieldRules() []rule[valuePair] {
	return []rule[valuePair]{
		{Rule{
			"received-field-removed", "A field that was required or `x-always` was removed: clients that read it fail.", Error, Received, Removed,
		}, removedFields("field %q was removed", func(_ objectPair, f *ir.Field) bool { return f.Required || f.Always })},
		{Rule{
			"received-field-made-optional", "A required field may be missing now: clients that read it fail.", Error, Received, Changed,
		}, commonFields(fieldText("field %q may be missing now"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.alwaysPresent(g) && !g.Always })},
		{Rule{
			"received-field-unknown", "There is a new field, and old clients refuse unknown keys.", Error, Received, Added,
		}, addedFields("field %q is new, and old clients refuse unknown keys", func(p objectPair, _ *ir.Field) bool { return !p.old.allowsOtherKeys })},
		{Rule{
			"received-field-made-always", "A required field is `x-always` now: our side still writes it, but clients must not rely on it.", Warning, Received, Changed,
		}, commonFields(fieldText("field %q is no longer required, only always written"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.alwaysPresent(g) && g.Always })},
		{Rule{
			"received-always-removed", "A field lost `x-always`: clients that expect it in every message may fail.", Warning, Received, Changed,
		}, commonFields(fieldText("field %q is no longer always written"), func(_ objectPair, f, g *ir.Field) bool { return !f.Required && f.Always && !g.Required && !g.Always })},
		{Rule{
			"received-optional-field-removed", "An optional field was removed.", Warning, Received, Removed,
		}, removedFields("field %q was removed", func(_ objectPair, f *ir.Field) bool { return !f.Required && !f.Always })},
		{Rule{
			"received-field-made-required", "An optional field is always present now.", Info, Received, Changed,
		}, commonFields(fieldText("field %q is always present now"), func(p objectPair, f, g *ir.Field) bool {
			return !p.old.alwaysPresent(f) && (g.Required || g.Always && !f.Always)
		})},
		{Rule{
			"received-field-added", "There is a new field, which old clients ignore.", Info, Received, Added,
		}, addedFields("field %q is new", func(p objectPair, _ *ir.Field) bool { return p.old.allowsOtherKeys })},
	}
}

func defaultRules() []rule[valuePair] {
	text := func(f, g *ir.Field) string {
		return fmt.Sprintf("the default of field %q was %s and is %s", f.Name, defaultText(f), defaultText(g))
	}
	changed := func(_ objectPair, f, g *ir.Field) bool {
		return !f.Required && !g.Required && defaultText(f) != defaultText(g)
	}
	return []rule[valuePair]{
		{Rule{
			"sent-default-changed", "The default of an optional field changed: requests without it mean something else.", Warning, Sent, Changed,
		}, commonFields(text, changed)},
		{Rule{
			"received-default-changed", "The default of an optional field changed: old clients still assume the old one.", Warning, Received, Changed,
		}, commonFields(text, changed)},
	}
}

func defaultText(f *ir.Field) string {
	if f.Default == nil {
		return "none"
	}
	return f.Default.JSON
}

func unionRules() []rule[valuePair] {
	return []rule[valuePair]{
		{Rule{
			"sent-variant-removed", "A variant of a union was removed: requests with it are refused.", Error, Sent, Removed,
		}, variantsOnlyIn("variant %q was removed", func(v valuePair) (from, to *ir.OneOf) { return v.old.object.Union, v.new.object.Union })},
		{Rule{
			"sent-variant-added", "A union has a new variant.", Info, Sent, Added,
		}, variantsOnlyIn("variant %q is new", func(v valuePair) (from, to *ir.OneOf) { return v.new.object.Union, v.old.object.Union })},
		{Rule{
			"sent-tag-changed", "The discriminator of a union changed: what clients send is refused.", Error, Sent, Changed,
		}, tagChanged},
		{Rule{
			"sent-union-unmatched", "An object became a union or the reverse, and the new type may refuse what clients send.", Error, Sent, Changed,
		}, unionUnmatched(Sent)},
		{Rule{
			"received-variant-added", "A union has a new variant, which old clients do not know.", Error, Received, Added,
		}, variantsOnlyIn("variant %q is new", func(v valuePair) (from, to *ir.OneOf) { return v.new.object.Union, v.old.object.Union })},
		{Rule{
			"received-variant-removed", "A variant of a union was removed: the server no longer sends it.", Info, Received, Removed,
		}, variantsOnlyIn("variant %q was removed", func(v valuePair) (from, to *ir.OneOf) { return v.old.object.Union, v.new.object.Union })},
		{Rule{
			"received-tag-changed", "The discriminator of a union changed: old clients cannot distinguish the variants.", Error, Received, Changed,
		}, tagChanged},
		{Rule{
			"received-union-unmatched", "An object became a union or the reverse, and old clients may not know all of its values.", Error, Received, Changed,
		}, unionUnmatched(Received)},
	}
}

func areUnions(v valuePair) bool {
	return v.old.object != nil && v.new.object != nil && v.old.object.Kind == ir.Union && v.new.object.Kind == ir.Union &&
		!v.old.enumerated && !v.new.enumerated
}

// variantsOnlyIn returns a function that reports each variant of one union that the other lacks.
func variantsOnlyIn(text string, order func(valuePair) (from, to *ir.OneOf)) func(valuePair) []change {
	return func(v valuePair) []change {
		if !areUnions(v) || v.old.object.Union.Tag != v.new.object.Union.Tag {
			return nil
		}
		from, to := order(v)
		var all []change
		for _, one := range from.Variants {
			if variant(to, one.Value) == nil && v.analyzer.hasValue(one.Type) {
				all = append(all, change{text: fmt.Sprintf(text, one.Value), path: "<" + one.Value + ">"})
			}
		}
		return all
	}
}

// variant returns the type of the variant with a discriminator value, or nil.
func variant(u *ir.OneOf, tag string) *ir.Type {
	for _, v := range u.Variants {
		if v.Value == tag {
			return v.Type
		}
	}
	return nil
}

func tagChanged(v valuePair) []change {
	if !areUnions(v) || v.old.object.Union.Tag == v.new.object.Union.Tag {
		return nil
	}
	return singleChange("the discriminator was %q and is %q", v.old.object.Union.Tag, v.new.object.Union.Tag)
}
