package breaking

import (
	"fmt"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// objectPair is two types of objects without variants.
type objectPair struct {
	old, new       *members
	oldPos, newPos ir.Pos
	sets           *sets
}

// inObjects makes a rule's function of one that looks at objects.
func inObjects(find func(objectPair) []change) func(values) []change {
	return func(v values) []change {
		if !v.old.plain() || !v.new.plain() {
			return nil
		}
		return find(objectPair{v.old.members, v.new.members, v.old.pos, v.new.pos, v.sets})
	}
}

// dropped says something of each field that is gone, was possible, and satisfies a condition.
func dropped(text string, which func(p objectPair, f *ir.Field) bool) func(values) []change {
	return inObjects(func(p objectPair) []change {
		var all []change
		for _, f := range p.old.fields {
			if p.new.field(f.Name) == nil && p.old.may(f) && which(p, f) {
				all = append(all, change{text: fmt.Sprintf(text, f.Name) + p.renamed(f), path: "." + f.Name, old: f.Type.Pos, new: p.newPos})
			}
		}
		return all
	})
}

// renamed asks whether a field that is gone has another name now: one that is new, and the only one with its type.
func (p objectPair) renamed(f *ir.Field) string {
	var like []string
	for _, g := range p.new.fields {
		if p.old.field(g.Name) == nil && p.sets.alike(f.Type, g.Type) {
			like = append(like, g.Name)
		}
	}
	if len(like) != 1 {
		return ""
	}
	return fmt.Sprintf(" (is it %q now?)", like[0])
}

// alike reports whether two types of fields are the same for certain: the same definition, or scalars with the same limits.
func (s *sets) alike(a, b *ir.Type) bool {
	if a.Kind == ir.Ref || b.Kind == ir.Ref {
		return a.Kind == b.Kind && a.Ref.Name == b.Ref.Name && a.Nullable == b.Nullable
	}
	v := values{old: s.look(a), new: s.look(b), sets: s}
	if v.old.array != nil || v.old.object != nil || v.old.null != v.new.null || v.old.closed != v.new.closed ||
		!slices.Equal(v.old.types(), v.new.types()) || !slices.Equal(v.old.values, v.new.values) {
		return false
	}
	return !slices.ContainsFunc(limits(), func(l limit) bool {
		lost, gained := l.between(v)
		return lost != "" || gained != ""
	})
}

// added says something of each field that is new, is possible, and satisfies a condition.
func added(text string, which func(p objectPair, g *ir.Field) bool) func(values) []change {
	return inObjects(func(p objectPair) []change {
		var all []change
		for _, g := range p.new.fields {
			if p.old.field(g.Name) == nil && p.new.may(g) && which(p, g) {
				all = append(all, change{text: fmt.Sprintf(text, g.Name), path: "." + g.Name, old: p.oldPos, new: g.Type.Pos})
			}
		}
		return all
	})
}

// kept says something of each field that both have and that satisfies a condition.
func kept(text func(f, g *ir.Field) string, which func(p objectPair, f, g *ir.Field) bool) func(values) []change {
	return inObjects(func(p objectPair) []change {
		var all []change
		for _, f := range p.old.fields {
			if g := p.new.field(f.Name); g != nil && which(p, f, g) {
				all = append(all, change{text: text(f, g), path: "." + f.Name, old: f.Type.Pos, new: g.Type.Pos})
			}
		}
		return all
	})
}

// saying is a text about a field.
func saying(format string) func(f, g *ir.Field) string {
	return func(f, _ *ir.Field) string { return fmt.Sprintf(format, f.Name) }
}

func fieldRules() []rule[values] {
	return append(sentFieldRules(), receivedFieldRules()...)
}

func sentFieldRules() []rule[values] {
	return []rule[values]{
		{Rule{
			"sent-required-field-added", "There is a new field that must be given: clients that do not know it are refused.", Error, Sent, Added,
		}, added("field %q is new and required", func(_ objectPair, g *ir.Field) bool { return g.Required })},
		{Rule{
			"sent-field-made-required", "A field that could be left out must be given: clients that leave it out are refused.", Error, Sent, Changed,
		}, kept(saying("field %q must be given now"), func(p objectPair, f, g *ir.Field) bool { return g.Required && !p.old.always(f) })},
		{Rule{
			"sent-field-refused", "A field is gone, and no other keys are accepted: clients that send it are refused.", Error, Sent, Removed,
		}, dropped("field %q is refused now", func(p objectPair, _ *ir.Field) bool { return !p.new.others })},
		{Rule{
			"sent-field-removed", "A field is gone: clients that send it are not heard.", Warning, Sent, Removed,
		}, dropped("field %q means nothing any more", func(p objectPair, _ *ir.Field) bool { return p.new.others })},
		{Rule{
			"sent-field-made-optional", "A field may be left out.", Info, Sent, Changed,
		}, kept(saying("field %q may be left out now"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.always(g) })},
		{Rule{
			"sent-field-added", "There is a new field that may be given.", Info, Sent, Added,
		}, added("field %q is new", func(_ objectPair, g *ir.Field) bool { return !g.Required })},
	}
}

func receivedFieldRules() []rule[values] {
	return []rule[values]{
		{Rule{
			"received-field-removed", "A field that was always there is gone, one that was required or `x-always`: clients that read it fail.", Error, Received, Removed,
		}, dropped("field %q is gone", func(_ objectPair, f *ir.Field) bool { return f.Required || f.Always })},
		{Rule{
			"received-field-made-optional", "A field that was always there may be missing: clients that read it fail.", Error, Received, Changed,
		}, kept(saying("field %q may be missing now"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.always(g) && !g.Always })},
		{Rule{
			"received-field-unknown", "There is a new field, and clients refuse keys that they do not know.", Error, Received, Added,
		}, added("field %q is new, and old clients refuse other keys", func(p objectPair, _ *ir.Field) bool { return !p.old.others })},
		{Rule{
			"received-field-made-always", "A field that was required is `x-always`: our side goes on writing it, but nobody may rely on it.", Warning, Received, Changed,
		}, kept(saying("field %q is no longer required, only always written"), func(p objectPair, f, g *ir.Field) bool { return f.Required && !p.new.always(g) && g.Always })},
		{Rule{
			"received-always-removed", "A field lost `x-always`: clients that found it in every message may miss it.", Warning, Received, Changed,
		}, kept(saying("field %q is no longer always written"), func(_ objectPair, f, g *ir.Field) bool { return !f.Required && f.Always && !g.Required && !g.Always })},
		{Rule{
			"received-optional-field-removed", "A field that was there at times is gone for good.", Warning, Received, Removed,
		}, dropped("field %q is gone", func(_ objectPair, f *ir.Field) bool { return !f.Required && !f.Always })},
		{Rule{
			"received-field-made-required", "A field is always there.", Info, Received, Changed,
		}, kept(saying("field %q is always there now"), func(p objectPair, f, g *ir.Field) bool {
			return !p.old.always(f) && (g.Required || g.Always && !f.Always)
		})},
		{Rule{
			"received-field-added", "There is a new field, which clients look away from.", Info, Received, Added,
		}, added("field %q is new", func(p objectPair, _ *ir.Field) bool { return p.old.others })},
	}
}

func defaultRules() []rule[values] {
	text := func(f, g *ir.Field) string {
		return fmt.Sprintf("field %q stood for %s when absent and stands for %s", f.Name, defaultText(f), defaultText(g))
	}
	changed := func(_ objectPair, f, g *ir.Field) bool {
		return !f.Required && !g.Required && defaultText(f) != defaultText(g)
	}
	return []rule[values]{
		{Rule{
			"sent-default-changed", "A field that clients leave out stands for another value: their requests mean something else.", Warning, Sent, Changed,
		}, kept(text, changed)},
		{Rule{
			"received-default-changed", "A field that is absent stands for another value: clients go on reading the old one into it.", Warning, Received, Changed,
		}, kept(text, changed)},
	}
}

func defaultText(f *ir.Field) string {
	if f.Default == nil {
		return "nothing"
	}
	return f.Default.JSON
}

func unionRules() []rule[values] {
	return []rule[values]{
		{Rule{
			"sent-variant-removed", "A union has lost a variant: clients that send it are refused.", Error, Sent, Removed,
		}, variants("variant %q is gone", func(v values) (from, to *ir.OneOf) { return v.old.object.Union, v.new.object.Union })},
		{Rule{
			"sent-variant-added", "A union has a new variant.", Info, Sent, Added,
		}, variants("variant %q is new", func(v values) (from, to *ir.OneOf) { return v.new.object.Union, v.old.object.Union })},
		{Rule{
			"sent-tag-changed", "Another field tells the variants of a union apart: what clients send is refused.", Error, Sent, Changed,
		}, tagChanged},
		{Rule{
			"sent-union-unmatched", "Objects became variants of a union, or variants one object, and what clients send is not covered for certain.", Error, Sent, Changed,
		}, unmatched(Sent)},
		{Rule{
			"received-variant-added", "A union has a new variant, which clients do not know.", Error, Received, Added,
		}, variants("variant %q is new", func(v values) (from, to *ir.OneOf) { return v.new.object.Union, v.old.object.Union })},
		{Rule{
			"received-variant-removed", "A union has lost a variant: it is not sent any more.", Info, Received, Removed,
		}, variants("variant %q is gone", func(v values) (from, to *ir.OneOf) { return v.old.object.Union, v.new.object.Union })},
		{Rule{
			"received-tag-changed", "Another field tells the variants of a union apart: clients cannot tell them.", Error, Received, Changed,
		}, tagChanged},
		{Rule{
			"received-union-unmatched", "Objects became variants of a union, or variants one object, and clients do not know all of them for certain.", Error, Received, Changed,
		}, unmatched(Received)},
	}
}

func areUnions(v values) bool {
	return v.old.object != nil && v.new.object != nil && v.old.object.Kind == ir.Union && v.new.object.Kind == ir.Union &&
		!v.old.closed && !v.new.closed
}

// variants says something of each variant of one union that the other lacks.
func variants(text string, order func(values) (from, to *ir.OneOf)) func(values) []change {
	return func(v values) []change {
		if !areUnions(v) || v.old.object.Union.Tag != v.new.object.Union.Tag {
			return nil
		}
		from, to := order(v)
		var all []change
		for _, one := range from.Variants {
			if variant(to, one.Value) == nil && v.sets.hasValue(one.Type) {
				all = append(all, change{text: fmt.Sprintf(text, one.Value), path: "<" + one.Value + ">"})
			}
		}
		return all
	}
}

// variant returns the type of the variant that a tag chooses, or nil.
func variant(u *ir.OneOf, tag string) *ir.Type {
	for _, v := range u.Variants {
		if v.Value == tag {
			return v.Type
		}
	}
	return nil
}

func tagChanged(v values) []change {
	if !areUnions(v) || v.old.object.Union.Tag == v.new.object.Union.Tag {
		return nil
	}
	return one("variants were told apart by %q and are by %q", v.old.object.Union.Tag, v.new.object.Union.Tag)
}
