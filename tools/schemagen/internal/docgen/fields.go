package docgen

import (
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
)

// fieldTable is the table of an object's fields. It includes the fields of inline objects, with
// names such as `map_size.rows`.
func (b *builder) fieldTable(t *ir.Type, caption richText, anchor string) table {
	made := table{anchor: anchor, caption: caption, head: []string{"Field", "Type", "Presence", "Description"}}
	b.addFieldRows(&made, "", t)
	return made
}

func (b *builder) addFieldRows(to *table, prefix string, t *ir.Type) {
	if t.Kind != ir.Object {
		return
	}
	for _, f := range t.Object.Fields {
		name := prefix + f.Name
		to.rows = append(to.rows, []richText{code(name), b.typeText(f.Type), plain(presence(t, f)), b.fieldDescription(f)})
		b.addInlineFields(to, name, f.Type)
	}
	if t.Object.Extra != nil {
		name := prefix + "*"
		what := sentences(plain("All other fields."), b.parseText(t.Object.Extra.Doc), b.limits(t.Object.Extra))
		to.rows = append(to.rows, []richText{code(name), b.typeText(t.Object.Extra), plain("optional"), what})
		b.addInlineFields(to, name, t.Object.Extra)
	}
}

// addInlineFields adds the fields of an inline object.
func (b *builder) addInlineFields(to *table, name string, t *ir.Type) {
	if t == nil || t.Kind == ir.Ref || t.Name != "" {
		return
	}
	switch t.Kind {
	case ir.Object:
		b.addFieldRows(to, name+".", t)
	case ir.Array:
		b.addInlineFields(to, name+"[]", t.Array.Item)
	case ir.Map:
		b.addInlineFields(to, name+".*", t.Map.Value)
	case ir.Raw:
		b.addInlineFields(to, name, t.Raw.Object)
		b.addInlineFields(to, name, t.Raw.Array)
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
}

// presence says whether a field is present.
func presence(t *ir.Type, f *ir.Field) string {
	switch {
	case f.Required:
		return "required"
	case f.Always && !t.Object.NullAbsent:
		return "always"
	}
	return "optional"
}

// fieldDescription describes a field and the limits of its values.
func (b *builder) fieldDescription(f *ir.Field) richText {
	var doc, absent richText
	for t := f.Type; doc == nil; t = t.Ref {
		if doc = b.parseText(f.Doc); doc == nil {
			doc = b.parseText(t.Doc)
		}
		if t.Kind != ir.Ref {
			break
		}
	}
	if f.Default != nil {
		absent = concat(plain("Default: "), code(f.Default.JSON), plain("."))
	}
	return sentences(doc, b.limits(f.Type), absent)
}

// typeText describes the values of a type. Names are links. Scalars have their JSON type too,
// because their names alone do not help somebody who writes a frame by hand.
func (b *builder) typeText(t *ir.Type) richText {
	if acceptsNull(t) {
		return concat(b.nonNullType(t), plain(" or null"))
	}
	return b.nonNullType(t)
}

// acceptsNull reports whether a type or one of the references to it accepts null
// besides its other values.
func acceptsNull(t *ir.Type) bool {
	for ; t.Kind == ir.Ref; t = t.Ref {
		if t.Nullable {
			return true
		}
	}
	return t.Nullable
}

// nonNullType is typeText without null.
func (b *builder) nonNullType(t *ir.Type) richText {
	if t.Kind == ir.Ref {
		named := t.Ref
		switch t.Deref().Kind {
		case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Null:
			return concat(b.inlineType(t.Deref()), plain(" "), b.typeLink(named))
		case ir.Raw:
			if slices.Contains(b.expanding, t.Deref()) { // inside itself, the name is enough
				return b.typeLink(named)
			}
			b.expanding = append(b.expanding, t.Deref())
			defer func() { b.expanding = b.expanding[:len(b.expanding)-1] }()
			return concat(b.inlineType(t.Deref()), plain(" "), b.typeLink(named))
		case ir.Enum, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref:
		}
		return b.typeLink(named)
	}
	return b.inlineType(t)
}

// typeLink is the name of a type, with a link to its description.
func (b *builder) typeLink(t *ir.Type) richText { return link(t.Name, b.links[t.Name]) }

// inlineType describes the values of an inline type.
func (b *builder) inlineType(t *ir.Type) richText {
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
		var all []richText
		for _, v := range t.Enum {
			all = append(all, code(jsonString(v.Value)))
		}
		return concat(plain("one of "), commaList(all))
	case ir.Const:
		return code(t.Const.JSON)
	case ir.Array:
		return concat(plain("array of "), b.typeText(t.Array.Item))
	case ir.Object:
		return plain("object")
	case ir.Map:
		return concat(plain("map of "), b.typeText(t.Map.Value))
	case ir.Union:
		return b.oneOfText(t.Union)
	case ir.Raw:
		return b.anyOfText(t.Raw)
	case ir.Ref:
		return b.nonNullType(t)
	case ir.Null:
	}
	return plain("null")
}

func (b *builder) oneOfText(u *ir.OneOf) richText {
	var all []richText
	for i, v := range u.Variants {
		if i > 0 {
			all = append(all, plain(" or "))
		}
		all = append(all, b.typeText(v.Type))
	}
	return concat(all...)
}

// anyOfText lists the JSON types of a value, or its values if the type is an enumeration.
func (b *builder) anyOfText(a *ir.AnyOf) richText {
	if a.Any {
		return plain("any JSON value")
	}
	var all []richText
	for _, v := range a.Enum {
		all = append(all, code(v.JSON))
	}
	if len(all) > 0 {
		return concat(plain("one of "), commaList(all))
	}
	for _, part := range []*ir.Type{a.String, a.Number} {
		if part != nil {
			all = append(all, b.inlineType(part))
		}
	}
	if a.Boolean {
		all = append(all, plain("boolean"))
	}
	for _, part := range []*ir.Type{a.Array, a.Object} {
		if part != nil {
			all = append(all, b.inlineType(part))
		}
	}
	if a.Null {
		all = append(all, plain("null"))
	}
	var joined richText
	for i, r := range all {
		if i > 0 {
			joined = append(joined, span{text: " or "})
		}
		joined = append(joined, r...)
	}
	return joined
}

// limits describes the limits of a type's values. A pattern is code. The limits of named types are
// in their own entries, except those of scalars.
func (b *builder) limits(t *ir.Type) richText {
	core := t.Deref()
	switch core.Kind {
	case ir.String:
		text := literalPattern(core)
		if core.String.Secret {
			text = sentences(text, plain("Secret: never show or log it."))
		}
		return text
	case ir.Raw:
		return sentences(b.partLimits(core.Raw.String), b.partLimits(core.Raw.Number))
	case ir.Array, ir.Map, ir.Object:
		if t.Kind != ir.Ref {
			return b.containerLimits(core)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.Enum:
		return plain(constraintdoc.Describe(core))
	case ir.Const, ir.Union, ir.Ref, ir.Null:
	}
	return nil
}

// containerLimits describes the limits of an array, map or object, and those of its elements.
func (b *builder) containerLimits(t *ir.Type) richText {
	text := plain(constraintdoc.Describe(t))
	if t.Kind == ir.Array {
		return sentences(text, b.elementLimits("Each item: ", t.Array.Item))
	}
	if t.Kind == ir.Map {
		return sentences(text, b.elementLimits("Each key: ", t.Map.Names), b.elementLimits("Each value: ", t.Map.Value))
	}
	return text
}

// partLimits describes the limits of the values of one JSON type among several.
func (b *builder) partLimits(t *ir.Type) richText {
	if t == nil {
		return nil
	}
	text := b.limits(t)
	if text.String() == "" {
		return nil
	}
	text = slices.Clone(text)
	if first := &text[0]; !first.code {
		first.text = strings.ToLower(first.text[:1]) + first.text[1:]
	}
	return concat(plain("If "+constraintdoc.WithArticle(b.inlineType(t.Deref()).String())+": "), text)
}

// elementLimits describes the elements of a container and their limits.
func (b *builder) elementLimits(which string, t *ir.Type) richText {
	if t == nil {
		return nil
	}
	said := b.limits(t)
	if t.Kind != ir.Ref {
		said = sentences(b.parseText(t.Doc), said)
	}
	if said.String() == "" {
		return nil
	}
	return concat(plain(which), said)
}

// literalPattern is the text that phrase has for a string, with the pattern as code.
func literalPattern(t *ir.Type) richText {
	said := constraintdoc.Describe(t)
	if t.String.Pattern == nil {
		return plain(said)
	}
	before, after, found := strings.Cut(said, t.String.Pattern.Source)
	if !found {
		return plain(said)
	}
	return concat(plain(before), code(t.String.Pattern.Source), plain(after))
}

// typesSection describes every type that is not a message and is not described with one.
func (b *builder) typesSection() section {
	s := section{anchor: "types", title: "Types"}
	planned := b.plannedTypes()
	for _, t := range b.contract.Types {
		if !planned[t] && b.links[t.Name] == "type-"+t.Name && b.inlineAnswers[t] == "" {
			s.entries = append(s.entries, b.typeEntry(t))
		}
	}
	return s
}

// plannedTypes returns the types of messages that are planned only.
func (b *builder) plannedTypes() map[*ir.Type]bool {
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
	e := entry{anchor: "type-" + t.Name, title: t.Name, badge: "type", blocks: paragraphs(b.parseText(t.Doc))}
	switch core := t.Deref(); t.Kind {
	case ir.Object:
		e.blocks = append(e.blocks, paragraphs(b.limits(t))...)
		if len(t.Object.Fields) > 0 || t.Object.Extra != nil {
			e.blocks = append(e.blocks, b.fieldTable(t, plain("Fields"), ""))
		}
	case ir.Enum:
		rows := [][]richText{}
		for _, v := range core.Enum {
			rows = append(rows, []richText{code(jsonString(v.Value)), b.parseText(v.Doc)})
		}
		e.blocks = append(e.blocks, table{caption: plain("Values"), head: []string{"Value", "Description"}, rows: rows})
	case ir.Union:
		var all []richText
		for _, v := range t.Union.Variants {
			all = append(all, concat(code(t.Union.Tag), plain(" is "), code(jsonString(v.Value)), plain(": "), b.typeText(v.Type)))
		}
		e.blocks = append(e.blocks, list{all})
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Array, ir.Map, ir.Raw, ir.Ref, ir.Null:
		e.blocks = append(e.blocks, paragraph{sentences(concat(plain("Type: "), b.inlineType(t), plain(".")), b.limits(t))})
		made := table{caption: plain("Fields"), head: []string{"Field", "Type", "Presence", "Description"}}
		unnamed := *t
		unnamed.Name = ""
		if b.addInlineFields(&made, "", &unnamed); len(made.rows) > 0 {
			e.blocks = append(e.blocks, made)
		}
	}
	if t.Nullable {
		e.blocks = append(e.blocks, paragraph{plain("It may be null.")})
	}
	for i, one := range firstN(b.examples.Of(t.Name, example.Good), maxExamples) {
		if i == 0 {
			e.blocks = append(e.blocks, codeBlock{"The value", "json", pretty(one.Value)})
		}
	}
	e.blocks = append(e.blocks, b.moreExamples(t.Name, example.Good)...)
	return e
}

// codesSection describes the error codes.
func (b *builder) codesSection() section {
	s := section{
		anchor: "codes", title: "Error codes",
		blocks: paragraphs(b.parseText("An error has a text for people and one of these codes for programs.")),
	}
	general := map[string]bool{}
	for _, c := range b.contract.General {
		general[c] = true
	}
	for _, v := range b.contract.Codes.Enum {
		e := entry{anchor: "code-" + v.Value, title: v.Value, badge: "code", blocks: paragraphs(b.parseText(v.Doc))}
		if general[v.Value] {
			e.blocks = append(e.blocks, paragraph{plain("Every request can be refused with this code.")})
		}
		if users := b.refusedWith(v.Value); len(users) > 0 {
			e.blocks = append(e.blocks, paragraph{concat(plain("Requests that can be refused with this code: "), commaList(users), plain("."))})
		}
		s.entries = append(s.entries, e)
	}
	return s
}

// refusedWith lists the requests whose own error codes include a code.
func (b *builder) refusedWith(code string) []richText {
	var users []richText
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
