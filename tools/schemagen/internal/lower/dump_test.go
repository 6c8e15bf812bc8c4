package lower_test

import (
	"fmt"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// dump prints a contract as text: a line for each type and field, with everything that is not zero.
func dump(c *ir.Contract) string {
	d := &dumper{}
	d.line("contract %s %s", c.Name, c.Version)
	if c.Codes != nil {
		d.line("codes %s", c.Codes.Name)
	}
	for _, t := range c.Types {
		d.line("type %s %s", t.Name, d.describe(t))
		d.inside(t)
	}
	for _, n := range c.Nouns {
		d.line("noun %s", n.Name)
		for _, r := range n.Requests {
			d.request(r)
		}
	}
	for _, b := range c.Broadcasts {
		d.line("broadcast %s %s of %s%s", b.Wire, b.Type.Name, b.Noun, flags(
			mark{b.Planned, "planned"}, mark{b.Delivery == ir.DeliverLatest, "latest by " + fieldName(b.Key)},
		))
	}
	for _, f := range c.Frames {
		d.line("frame %s %s%s", f.Wire, f.Type.Name, flags(mark{f.Planned, "planned"}))
	}
	return d.out.String()
}

type dumper struct {
	out   strings.Builder
	depth int
}

func (d *dumper) line(format string, args ...any) {
	d.out.WriteString(strings.Repeat("  ", d.depth) + fmt.Sprintf(format, args...) + "\n")
}

// mark is a word that is printed if set is true.
type mark struct {
	set  bool
	word string
}

func flags(all ...mark) string {
	out := ""
	for _, f := range all {
		if f.set {
			out += " " + f.word
		}
	}
	return out
}

func fieldName(f *ir.Field) string {
	if f == nil {
		return "-"
	}
	return f.Name
}

func (d *dumper) request(r *ir.Request) {
	d.depth++
	defer func() { d.depth-- }()
	answer := "null"
	if r.Answer != nil {
		answer = d.describe(r.Answer)
	}
	var emits []string
	for _, b := range r.Emits {
		emits = append(emits, b.Wire)
	}
	d.line("request %s %s -> %s%s", r.Wire, r.Type.Name, answer, flags(
		mark{r.ReplyAs == ir.ReplyFrame, "as frame"}, mark{r.Mutates, "mutates"}, mark{r.Planned, "planned"},
		mark{r.Auth == ir.AuthRequired, "auth by " + fieldName(r.Secret)},
		mark{r.Auth == ir.AuthOptional, "auth perhaps by " + fieldName(r.Secret)},
		mark{len(emits) > 0, "emits " + strings.Join(emits, ",")}, mark{len(r.Errors) > 0, "errors " + strings.Join(r.Errors, ",")},
	))
}

// describe prints a type on one line, without the types inside.
func (d *dumper) describe(t *ir.Type) string {
	if t == nil {
		return "-"
	}
	text := d.kind(t)
	if t.Nullable {
		text += " or null"
	}
	return text
}

func (d *dumper) kind(t *ir.Type) string {
	switch t.Kind {
	case ir.Boolean:
		return "boolean"
	case ir.Integer:
		l := t.Integer
		return "integer" + opt(" >=", l.Min) + opt(" <=", l.Max) + opt(" multiple of ", l.MultipleOf) + flags(mark{l.Coerce, "coerced"})
	case ir.Number:
		l := t.Number
		return "number" + text(" >=", l.Min) + text(" >", l.ExclusiveMin) + text(" <=", l.Max) + text(" <", l.ExclusiveMax) +
			text(" multiple of ", l.MultipleOf)
	case ir.String:
		return "string" + limits(t.String)
	case ir.Enum:
		var values []string
		for _, v := range t.Enum {
			values = append(values, fmt.Sprintf("%q", v.Value)+text(" as ", v.Alias)+text(": ", v.Doc))
		}
		return "enum " + strings.Join(values, " | ")
	case ir.Const:
		return "const " + t.Const.JSON
	case ir.Array:
		return "array" + count(t.Array.MinItems, t.Array.MaxItems) + flags(mark{t.Array.Unique, "unique"})
	case ir.Object:
		o := t.Object
		return "object" + count(o.MinProps, o.MaxProps) + flags(mark{o.Closed, "closed"}, mark{o.NullAbsent, "null-absent"}) + names(o.Names)
	case ir.Map:
		return "map" + count(t.Map.MinProps, t.Map.MaxProps) + names(t.Map.Names)
	case ir.Union:
		return "union by " + t.Union.Tag
	case ir.Raw:
		return "raw" + flags(mark{t.Raw.Any, "any"}, mark{t.Raw.Null, "null"}, mark{t.Raw.Boolean, "boolean"})
	case ir.Ref:
		return "-> " + t.Ref.Name
	case ir.Null:
		return "null"
	}
	return "?"
}

func opt(sign string, v *int64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(sign, *v)
}

func text[S ~string](sign string, v S) string {
	if v == "" {
		return ""
	}
	return sign + string(v)
}

func count(low int, high *int) string {
	switch {
	case high != nil:
		return fmt.Sprintf(" %d..%d", low, *high)
	case low > 0:
		return fmt.Sprintf(" %d..", low)
	}
	return ""
}

func limits(l *ir.StringLimits) string {
	out := count(l.MinLength, l.MaxLength) + flags(mark{l.Secret, "secret"})
	switch l.Format {
	case ir.FormatNone:
	case ir.FormatDateTime:
		out += " date-time"
	case ir.FormatUUID:
		out += " uuid"
	case ir.FormatURI:
		out += " uri"
	case ir.FormatEmail:
		out += " email"
	}
	if p := l.Pattern; p != nil {
		out += " /" + p.Source + "/"
		if p.OrEmpty {
			out += " empty or"
		}
		for _, s := range p.Steps {
			out += " "
			for _, r := range s.Ranges {
				out += fmt.Sprintf("[%q-%q]", r.Low, r.High)
			}
			out += fmt.Sprintf("{%d,%d}", s.Min, s.Max)
		}
	}
	return out
}

func names(t *ir.Type) string {
	if t == nil {
		return ""
	}
	return " names" + limits(t.String)
}

// inside prints the parts of a type, a line for each.
func (d *dumper) inside(t *ir.Type) {
	d.depth++
	defer func() { d.depth-- }()
	part := func(name string, inner *ir.Type) {
		if inner != nil {
			d.line("%s: %s", name, d.describe(inner))
			d.inside(inner)
		}
	}
	switch t.Kind {
	case ir.Array:
		part("item", t.Array.Item)
	case ir.Map:
		part("value", t.Map.Value)
	case ir.Object:
		for _, f := range t.Object.Fields {
			def := ""
			if f.Default != nil {
				def = "default " + f.Default.JSON
			}
			part(f.Name+flags(mark{f.Alias != "", "as " + f.Alias})+flags(mark{f.Required, "required"}, mark{f.Always, "always"},
				mark{f.Recursive, "recursive"}, mark{f.Default != nil, def}), f.Type)
		}
		part("extra", t.Object.Extra)
	case ir.Union:
		for _, v := range t.Union.Variants {
			part(v.Value, v.Type)
		}
	case ir.Raw:
		part("number", t.Raw.Number)
		part("string", t.Raw.String)
		part("array", t.Raw.Array)
		part("object", t.Raw.Object)
		for _, v := range t.Raw.Enum {
			d.line("value %s", v.JSON)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Ref, ir.Null:
	}
}
