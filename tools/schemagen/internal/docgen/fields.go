package docgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
)

// fields is the table of an object's fields. Those of objects that have no name of their own stand in it too, behind a dot.
func (b *builder) fields(t *ir.Type, caption rich, anchor string) table {
	made := table{anchor: anchor, caption: caption, head: []string{"Field", "Type", "Presence", "What it is"}}
	b.rows(&made, "", t)
	return made
}

func (b *builder) rows(to *table, prefix string, t *ir.Type) {
	if t.Kind != ir.Object {
		return
	}
	for _, f := range t.Object.Fields {
		name := prefix + f.Name
		to.rows = append(to.rows, []rich{code(name), b.words(f.Type), plain(presence(t, f)), b.meaning(f)})
		b.inlined(to, name, f.Type)
	}
	if t.Object.Extra != nil {
		name := prefix + "*"
		what := sentences(plain("Every other member."), b.inline(t.Object.Extra.Doc), b.limits(t.Object.Extra))
		to.rows = append(to.rows, []rich{code(name), b.words(t.Object.Extra), plain("optional"), what})
		b.inlined(to, name, t.Object.Extra)
	}
}

// inlined adds the fields of an object that stands inline.
func (b *builder) inlined(to *table, name string, t *ir.Type) {
	if t == nil || t.Kind == ir.Ref || t.Name != "" {
		return
	}
	switch t.Kind {
	case ir.Object:
		b.rows(to, name+".", t)
	case ir.Array:
		b.inlined(to, name+"[]", t.Array.Item)
	case ir.Map:
		b.inlined(to, name+".*", t.Map.Value)
	case ir.Raw:
		b.inlined(to, name, t.Raw.Object)
		b.inlined(to, name, t.Raw.Array)
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
}

// presence says whether a field is there.
func presence(t *ir.Type, f *ir.Field) string {
	switch {
	case f.Required:
		return "required"
	case f.Always && !t.Object.NullAbsent:
		return "always"
	}
	return "optional"
}

// meaning says what a field is, and what its values are held to.
func (b *builder) meaning(f *ir.Field) rich {
	var doc, absent rich
	for t := f.Type; doc == nil; t = t.Ref {
		if doc = b.inline(f.Doc); doc == nil {
			doc = b.inline(t.Doc)
		}
		if t.Kind != ir.Ref {
			break
		}
	}
	if f.Default != nil {
		absent = join(plain("Absent: "), code(f.Default.JSON), plain("."))
	}
	return sentences(doc, b.limits(f.Type), absent)
}

// words says which values a type holds. Names lead to where they are described; scalars are spelled out, because their names say
// nothing to somebody who writes a frame by hand.
func (b *builder) words(t *ir.Type) rich {
	if mayBeNull(t) {
		return join(b.core(t), plain(" or null"))
	}
	return b.core(t)
}

// mayBeNull reports whether a type or one of the references to it accepts null beside what it holds.
func mayBeNull(t *ir.Type) bool {
	for ; t.Kind == ir.Ref; t = t.Ref {
		if t.Nullable {
			return true
		}
	}
	return t.Nullable
}

// core is words without null.
func (b *builder) core(t *ir.Type) rich {
	if t.Kind == ir.Ref {
		named := t.Ref
		switch t.Deref().Kind {
		case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Null:
			return join(b.written(t.Deref()), plain(" "), b.named(named))
		case ir.Raw:
			if slices.Contains(b.writing, t.Deref()) { // inside itself its name says it all
				return b.named(named)
			}
			b.writing = append(b.writing, t.Deref())
			defer func() { b.writing = b.writing[:len(b.writing)-1] }()
			return join(b.written(t.Deref()), plain(" "), b.named(named))
		case ir.Enum, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref:
		}
		return b.named(named)
	}
	return b.written(t)
}

// named is a name that leads to what has it.
func (b *builder) named(t *ir.Type) rich { return link(t.Name, b.links[t.Name]) }

// written says which values a type holds that stands inline.
func (b *builder) written(t *ir.Type) rich {
	switch t.Kind {
	case ir.Boolean:
		return plain("boolean")
	case ir.Integer:
		return plain("integer")
	case ir.Number:
		return plain("number")
	case ir.String:
		return plain("string")
	case ir.Enum:
		var all []rich
		for _, v := range t.Enum {
			all = append(all, code(jsonString(v.Value)))
		}
		return join(plain("one of "), commas(all))
	case ir.Const:
		return code(t.Const.JSON)
	case ir.Array:
		return join(plain("array of "), b.words(t.Array.Item))
	case ir.Object:
		return plain("object")
	case ir.Map:
		return join(plain("map of "), b.words(t.Map.Value))
	case ir.Union:
		return b.oneOf(t.Union)
	case ir.Raw:
		return b.raw(t.Raw)
	case ir.Ref:
		return b.core(t)
	case ir.Null:
	}
	return plain("null")
}

func (b *builder) oneOf(u *ir.OneOf) rich {
	var all []rich
	for i, v := range u.Variants {
		if i > 0 {
			all = append(all, plain(" or "))
		}
		all = append(all, b.words(v.Type))
	}
	return join(all...)
}

// raw lists the JSON types that a value may have, or the values themselves where there are only some.
func (b *builder) raw(a *ir.AnyOf) rich {
	if a.Any {
		return plain("any JSON value")
	}
	var all []rich
	for _, v := range a.Enum {
		all = append(all, code(v.JSON))
	}
	if len(all) > 0 {
		return join(plain("one of "), commas(all))
	}
	for _, part := range []*ir.Type{a.String, a.Number} {
		if part != nil {
			all = append(all, b.written(part))
		}
	}
	if a.Boolean {
		all = append(all, plain("boolean"))
	}
	for _, part := range []*ir.Type{a.Array, a.Object} {
		if part != nil {
			all = append(all, b.written(part))
		}
	}
	if a.Null {
		all = append(all, plain("null"))
	}
	var joined rich
	for i, r := range all {
		if i > 0 {
			joined = append(joined, span{text: " or "})
		}
		joined = append(joined, r...)
	}
	return joined
}

// limits says what the values of a type are held to. A pattern is meant literally. What has a name says it where it is described,
// but for scalars.
func (b *builder) limits(t *ir.Type) rich {
	core := t.Deref()
	switch core.Kind {
	case ir.String:
		held := literalPattern(core)
		if core.String.Secret {
			held = sentences(held, plain("Secret: never show or log it."))
		}
		return held
	case ir.Raw:
		return sentences(b.part(core.Raw.String), b.part(core.Raw.Number))
	case ir.Array, ir.Map, ir.Object:
		if t.Kind != ir.Ref {
			return b.partLimits(core)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.Enum:
		return plain(phrase.Limits(core))
	case ir.Const, ir.Union, ir.Ref, ir.Null:
	}
	return nil
}

// partLimits says what a value with parts and what its parts are held to.
func (b *builder) partLimits(t *ir.Type) rich {
	held := plain(phrase.Limits(t))
	if t.Kind == ir.Array {
		return sentences(held, b.each("Each item: ", t.Array.Item))
	}
	if t.Kind == ir.Map {
		return sentences(held, b.each("Each key: ", t.Map.Names), b.each("Each value: ", t.Map.Value))
	}
	return held
}

// part says what values of one JSON type among several are held to.
func (b *builder) part(t *ir.Type) rich {
	if t == nil {
		return nil
	}
	held := b.limits(t)
	if held.String() == "" {
		return nil
	}
	return join(plain("Of the "), b.written(t.Deref()), plain(": "), held)
}

// each says what the parts of a value are, and what they are held to.
func (b *builder) each(which string, t *ir.Type) rich {
	if t == nil {
		return nil
	}
	said := b.limits(t)
	if t.Kind != ir.Ref {
		said = sentences(b.inline(t.Doc), said)
	}
	if said.String() == "" {
		return nil
	}
	return join(plain(which), said)
}

// literalPattern is what phrase says of a string, its pattern as something meant literally.
func literalPattern(t *ir.Type) rich {
	said := phrase.Limits(t)
	if t.String.Pattern == nil {
		return plain(said)
	}
	before, after, found := strings.Cut(said, t.String.Pattern.Source)
	if !found {
		return plain(said)
	}
	return join(plain(before), code(t.String.Pattern.Source), plain(after))
}

// types describes every type that is no message and that no message describes.
func (b *builder) types() section {
	s := section{anchor: "types", title: "Types"}
	planned := b.planned()
	for _, t := range b.contract.Types {
		if !planned[t] && b.links[t.Name] == "type-"+t.Name && b.inside[t] == "" {
			s.entries = append(s.entries, b.typeEntry(t))
		}
	}
	return s
}

// planned are the types of messages that nobody serves yet.
func (b *builder) planned() map[*ir.Type]bool {
	all := map[*ir.Type]bool{}
	for _, m := range b.contract.Requests() {
		all[m.Type] = m.Planned
	}
	for _, m := range b.contract.Broadcasts {
		all[m.Type] = m.Planned
	}
	for _, m := range b.contract.Frames {
		all[m.Type] = m.Planned
	}
	return all
}

func (b *builder) typeEntry(t *ir.Type) entry {
	e := entry{anchor: "type-" + t.Name, title: t.Name, badge: "type", blocks: paragraphs(b.inline(t.Doc))}
	switch core := t.Deref(); t.Kind {
	case ir.Object:
		e.blocks = append(e.blocks, paragraphs(b.limits(t))...)
		if len(t.Object.Fields) > 0 || t.Object.Extra != nil {
			e.blocks = append(e.blocks, b.fields(t, plain("Fields"), ""))
		}
	case ir.Enum:
		rows := [][]rich{}
		for _, v := range core.Enum {
			rows = append(rows, []rich{code(jsonString(v.Value)), b.inline(v.Doc)})
		}
		e.blocks = append(e.blocks, table{caption: plain("Values"), head: []string{"Value", "What it is"}, rows: rows})
	case ir.Union:
		var all []rich
		for _, v := range t.Union.Variants {
			all = append(all, join(code(t.Union.Tag), plain(" is "), code(jsonString(v.Value)), plain(": "), b.words(v.Type)))
		}
		e.blocks = append(e.blocks, list{all})
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Array, ir.Map, ir.Raw, ir.Ref, ir.Null:
		e.blocks = append(e.blocks, para{sentences(join(plain("Type: "), b.written(t), plain(".")), b.limits(t))})
		made := table{caption: plain("Fields"), head: []string{"Field", "Type", "Presence", "What it is"}}
		unnamed := *t
		unnamed.Name = ""
		if b.inlined(&made, "", &unnamed); len(made.rows) > 0 {
			e.blocks = append(e.blocks, made)
		}
	}
	if t.Nullable {
		e.blocks = append(e.blocks, para{plain("It may be null.")})
	}
	for i, one := range first(b.examples.Of(t.Name, example.Good), shown) {
		if i == 0 {
			e.blocks = append(e.blocks, listing{"The value", "json", pretty(one.Value)})
		}
	}
	e.blocks = append(e.blocks, b.more(t.Name, example.Good)...)
	return e
}

// codes describes the reasons of refusals.
func (b *builder) codes() section {
	s := section{
		anchor: "codes", title: "Error codes",
		blocks: paragraphs(b.inline("A refusal has a text for people and one of these codes for programs.")),
	}
	general := map[string]bool{}
	for _, c := range b.contract.General {
		general[c] = true
	}
	for _, v := range b.contract.Codes.Enum {
		e := entry{anchor: "code-" + v.Value, title: v.Value, badge: "code", blocks: paragraphs(b.inline(v.Doc))}
		if general[v.Value] {
			e.blocks = append(e.blocks, para{plain("Every request can be refused with it.")})
		}
		if users := b.refusedWith(v.Value); len(users) > 0 {
			e.blocks = append(e.blocks, para{join(plain("Refused with it: "), commas(users), plain("."))})
		}
		s.entries = append(s.entries, e)
	}
	return s
}

// refusedWith are the requests that can be refused with a code, besides those that all can.
func (b *builder) refusedWith(code string) []rich {
	var users []rich
	for _, n := range b.contract.Nouns {
		for _, m := range b.requests(n) {
			for _, c := range m.Errors {
				if c == code {
					users = append(users, link(m.Wire, b.links[m.Wire]))
				}
			}
		}
	}
	return users
}
