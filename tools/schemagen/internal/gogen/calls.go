package gogen

import (
	"errors"
	"fmt"
	"go/format"
	"math/big"
	"regexp"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// Calls prints calls of package client's methods, for documentation.
type Calls struct {
	wire    *wire
	answers map[string]routeAnswer // by wire type
	methods map[string]string      // by wire type
	events  map[string]string      // types of broadcasts, by wire type
}

// NewCalls prepares calls of what Client prints for c. It refuses what Wire and Client refuse.
func NewCalls(c *ir.Contract) (*Calls, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	copies, err := copyRuntime(clientRuntime, "clientrt", "client", Options{})
	if err != nil {
		return nil, err
	}
	e := &clientEmitter{contract: c, nouns: nouns}
	if err := e.plan(copies); err != nil {
		return nil, err
	}
	g := &wire{bodies: map[*ir.Type]string{}, taken: map[string]bool{}, files: map[string]bool{}}
	g.name(c)
	if len(g.problems) > 0 {
		return nil, errors.Join(g.problems...)
	}
	calls := &Calls{wire: g, methods: e.methods, events: e.events, answers: map[string]routeAnswer{}}
	for _, n := range nouns {
		for _, m := range n.requests {
			calls.answers[m.ir.Wire] = m.answer
		}
	}
	return calls, nil
}

// Call returns the statement by which a program makes request m, which is served: a call of a method of a client c, with a context
// ctx. Each member of fields, an object, that is a field of m is given; a null that counts as absent is not. It is formatted, and
// ends without a line feed.
func (k *Calls) Call(m *ir.Request, fields *schema.Value) (string, error) {
	result := "answer, err"
	if k.answers[m.Wire].goType == "" {
		result = "err"
	}
	text := result + " := c." + k.methods[m.Wire] + "(ctx, &" + k.object(m.Type, fields) + ")"
	made, err := format.Source([]byte(text))
	if err != nil {
		return "", fmt.Errorf("the call of %s does not parse: %w\n%s", m.Wire, err, text)
	}
	return string(made), nil
}

// Event returns the name of the type of package client that stands for broadcast b, which is served.
func (k *Calls) Event(b *ir.Broadcast) string { return k.events[b.Wire] }

// identifier is a name that package wire declares, in the text of a type.
var identifier = regexp.MustCompile(`\b[A-Z]\w*`)

// qualified is a type of package wire as other packages write it.
func qualified(typ string) string { return identifier.ReplaceAllString(typ, "wire.$0") }

// composite is a composite literal: on one line where it is short.
func composite(typ string, parts []string) string {
	one := typ + "{" + strings.Join(parts, ", ") + "}"
	if len(parts) == 0 || len(one) <= 88 && !strings.Contains(one, "\n") {
		return one
	}
	return typ + "{\n" + strings.Join(parts, ",\n") + ",\n}"
}

// value is the expression of v as a t.
func (k *Calls) value(t *ir.Type, v *schema.Value) string {
	core, nullable := resolve(t)
	if !nullable {
		return k.core(t, core, v)
	}
	if v.Kind == schema.Null {
		return qualified("Null["+k.wire.coreType(core)+"]") + "{}"
	}
	return "wire.NotNull" + k.argument(core) + "(" + k.core(core, core, v) + ")"
}

// argument is the type argument that a generic function needs where a constant would not tell its type.
func (k *Calls) argument(core *ir.Type) string {
	switch core.Kind {
	case ir.Integer, ir.Number, ir.Raw:
	case ir.String:
		if !core.String.Secret {
			return ""
		}
	case ir.Boolean, ir.Enum, ir.Const, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref, ir.Null:
		return ""
	}
	return "[" + qualified(k.wire.coreType(core)) + "]"
}

// core is the expression of v, which is not null, as a core; t is what core is called where it stands.
func (k *Calls) core(t, core *ir.Type, v *schema.Value) string {
	switch core.Kind {
	case ir.Boolean, ir.Number:
		return string(schema.JSON(v))
	case ir.Integer:
		if r, ok := new(big.Rat).SetString(v.Text); ok && r.IsInt() {
			return r.Num().String()
		}
		return "0"
	case ir.String:
		return quote(v.Text)
	case ir.Enum:
		for _, e := range core.Enum {
			if e.Value == v.Text {
				return "wire." + enumName(k.wire.bodies[core], e)
			}
		}
		return quote(v.Text)
	case ir.Array:
		return k.array(t, core, v)
	case ir.Object:
		return k.object(core, v)
	case ir.Map:
		return composite(qualified(k.wire.typeOf(t)), k.entries(core.Map.Value, v.Members))
	case ir.Union:
		return k.union(core, v)
	case ir.Raw:
		return quote(string(schema.JSON(v)))
	case ir.Const, ir.Null, ir.Ref:
	}
	return "struct{}{}"
}

func (k *Calls) array(t, core *ir.Type, v *schema.Value) string {
	items := make([]string, 0, len(v.Items))
	own := qualified(k.wire.typeOf(core.Array.Item)) + "{"
	for _, item := range v.Items {
		text := k.value(core.Array.Item, item)
		if strings.HasPrefix(text, own) { // a literal among others does without its type
			text = text[len(own)-1:]
		}
		items = append(items, text)
	}
	return composite(qualified(k.wire.typeOf(t)), items)
}

func (k *Calls) entries(value *ir.Type, members []schema.Member) []string {
	parts := make([]string, 0, len(members))
	for _, m := range members {
		parts = append(parts, "{Key: "+quote(m.Key)+", Value: "+k.value(value, m.Value)+"}")
	}
	return parts
}

func (k *Calls) union(core *ir.Type, v *schema.Value) string {
	name := "wire." + k.wire.bodies[core]
	tag := v.Get(core.Union.Tag)
	for _, variant := range core.Union.Variants {
		if tag != nil && variant.Value == tag.Text {
			return composite(name, []string{variantName(variant) + ": &" + k.object(variant.Type.Deref(), v)})
		}
	}
	return name + "{}"
}

// object is the expression of v as the object t.
func (k *Calls) object(t *ir.Type, v *schema.Value) string {
	var parts []string
	known := map[string]bool{}
	for i, f := range t.Object.Fields {
		known[f.Name] = true
		if text := k.field(t, f, v.Get(f.Name)); text != "" {
			parts = append(parts, fieldNames(t)[i]+": "+text)
		}
	}
	if t.Object.Extra != nil {
		var rest []schema.Member
		for _, m := range v.Members {
			if !known[m.Key] {
				rest = append(rest, m)
			}
		}
		if len(rest) > 0 {
			parts = append(parts, extraName(t)+": "+
				composite(qualified("Map["+k.wire.typeOf(t.Object.Extra)+"]"), k.entries(t.Object.Extra, rest)))
		}
	}
	return composite("wire."+k.wire.bodies[t], parts)
}

// field is the expression of a field of t; empty where its zero value says the same.
func (k *Calls) field(t *ir.Type, f *ir.Field, v *schema.Value) string {
	_, nullable := resolve(f.Type)
	if v != nil && v.Kind == schema.Null && !nullable && t.Object.NullAbsent {
		v = nil
	}
	if v == nil {
		return k.absent(f)
	}
	switch presenceOf(f) {
	case unstored:
		return ""
	case plain, blank:
		if f.Recursive {
			return k.boxed(f.Type, v)
		}
		return k.value(f.Type, v)
	case optional:
	}
	core, _ := resolve(f.Type)
	switch {
	case f.Recursive:
		return "wire.Some(" + k.boxed(f.Type, v) + ")"
	case nullable:
		return "wire.Some(" + k.value(f.Type, v) + ")"
	}
	return "wire.Some" + k.argument(core) + "(" + k.value(f.Type, v) + ")"
}

// absent is the expression of a field that is not given: one with a default gets it, since its zero value would be sent.
func (k *Calls) absent(f *ir.Field) string {
	if f.Default == nil || f.Default.JSON == "null" {
		return ""
	}
	if _, nullable := resolve(f.Type); !nullable && (f.Default.JSON == "false" || f.Default.JSON == "0" || f.Default.JSON == `""`) {
		return ""
	}
	v, err := schema.Parse("default", []byte(f.Default.JSON))
	if err != nil {
		return "" // canonical JSON text parses
	}
	return k.value(f.Type, v)
}

// boxed is the expression of a value that stands behind a pointer.
func (k *Calls) boxed(t *ir.Type, v *schema.Value) string {
	core, nullable := resolve(t)
	if v.Kind == schema.Null && nullable {
		return qualified("Null[*"+k.wire.coreType(core)+"]") + "{}"
	}
	pointer := "&" + k.core(core, core, v)
	if nullable {
		return "wire.NotNull(" + pointer + ")"
	}
	return pointer
}
