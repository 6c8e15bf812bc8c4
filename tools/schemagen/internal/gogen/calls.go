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

// Calls prints calls of the methods of package client, for documentation.
type Calls struct {
	wire    *wireEmitter
	answers map[string]routeAnswer // by wire type
	methods map[string]string      // by wire type
	events  map[string]string      // types of broadcasts, by wire type
}

// NewCalls prepares calls of the methods that Client generates for c. It returns the errors of Wire
// and Client.
func NewCalls(c *ir.Contract) (*Calls, error) {
	nouns, err := routeNouns(c)
	if err != nil {
		return nil, err
	}
	copies, err := copyRuntime(clientRuntime, "client", Options{})
	if err != nil {
		return nil, err
	}
	e := &clientEmitter{contract: c, nouns: nouns}
	if err := e.plan(copies); err != nil {
		return nil, err
	}
	g := &wireEmitter{goNames: map[*ir.Type]string{}, declared: map[string]bool{}, usedFileNames: map[string]bool{}}
	g.assignNames(c)
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

// Call returns the Go statement that sends request m, which must not be planned: a call of a method
// of the client c with the context ctx. fields is an object with the values of m's fields; unknown
// members and a null that counts as absent are left out. The statement is formatted and has no
// trailing line feed.
func (k *Calls) Call(m *ir.Request, fields *schema.Value) (string, error) {
	result := "answer, err"
	if k.answers[m.Wire].goType == "" {
		result = "err"
	}
	text := result + " := c." + k.methods[m.Wire] + "(ctx, &" + k.object(m.Type, fields) + ")"
	source, err := format.Source([]byte(text))
	if err != nil {
		return "", fmt.Errorf("the call of %s does not parse: %w\n%s", m.Wire, err, text)
	}
	return string(source), nil
}

// Event returns the type name of broadcast b in package client. b must not be planned.
func (k *Calls) Event(b *ir.Broadcast) string { return k.events[b.Wire] }

// identifier matches the names of package wire in the text of a type.
var identifier = regexp.MustCompile(`\b[A-Z]\w*`)

// qualified returns a type of package wire as other packages write it.
func qualified(typ string) string { return identifier.ReplaceAllString(typ, "wire.$0") }

// compositeLiteral returns a composite literal, on one line if it is short.
func compositeLiteral(typ string, parts []string) string {
	one := typ + "{" + strings.Join(parts, ", ") + "}"
	if len(parts) == 0 || len(one) <= 88 && !strings.Contains(one, "\n") {
		return one
	}
	return typ + "{\n" + strings.Join(parts, ",\n") + ",\n}"
}

// value returns the expression of v as type t.
func (k *Calls) value(t *ir.Type, v *schema.Value) string {
	core, nullable := derefNullable(t)
	if !nullable {
		return k.nonNull(t, core, v)
	}
	if v.Kind == schema.Null {
		return qualified("Null["+k.wire.nonNullType(core)+"]") + "{}"
	}
	return "wire.NotNull" + k.typeArgument(core) + "(" + k.nonNull(core, core, v) + ")"
}

// typeArgument returns the type argument of a generic function if an untyped constant would not
// infer it.
func (k *Calls) typeArgument(core *ir.Type) string {
	switch core.Kind {
	case ir.Integer, ir.Number, ir.Raw:
	case ir.String:
		if !core.String.Secret {
			return ""
		}
	case ir.Boolean, ir.Enum, ir.Const, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref, ir.Null:
		return ""
	}
	return "[" + qualified(k.wire.nonNullType(core)) + "]"
}

// nonNull returns the expression of v, which is not null, as type core. t is the type at the place
// of use.
func (k *Calls) nonNull(t, core *ir.Type, v *schema.Value) string {
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
				return "wire." + enumName(k.wire.goNames[core], e)
			}
		}
		return quote(v.Text)
	case ir.Array:
		return k.array(t, core, v)
	case ir.Object:
		return k.object(core, v)
	case ir.Map:
		return compositeLiteral(qualified(k.wire.typeOf(t)), k.entries(core.Map.Value, v.Members))
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
	itemType := qualified(k.wire.typeOf(core.Array.Item)) + "{"
	for _, item := range v.Items {
		text := k.value(core.Array.Item, item)
		if strings.HasPrefix(text, itemType) { // the literal of an element needs no type
			text = text[len(itemType)-1:]
		}
		items = append(items, text)
	}
	return compositeLiteral(qualified(k.wire.typeOf(t)), items)
}

func (k *Calls) entries(value *ir.Type, members []schema.Member) []string {
	parts := make([]string, 0, len(members))
	for _, m := range members {
		parts = append(parts, "{Key: "+quote(m.Key)+", Value: "+k.value(value, m.Value)+"}")
	}
	return parts
}

func (k *Calls) union(core *ir.Type, v *schema.Value) string {
	name := "wire." + k.wire.goNames[core]
	tag := v.Get(core.Union.Tag)
	for _, variant := range core.Union.Variants {
		if tag != nil && variant.Value == tag.Text {
			return compositeLiteral(name, []string{variantName(variant) + ": &" + k.object(variant.Type.Deref(), v)})
		}
	}
	return name + "{}"
}

// object returns the expression of v as the object t.
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
				compositeLiteral(qualified("Map["+k.wire.typeOf(t.Object.Extra)+"]"), k.entries(t.Object.Extra, rest)))
		}
	}
	return compositeLiteral("wire."+k.wire.goNames[t], parts)
}

// field returns the expression of a field of t; empty if the zero value has the same meaning.
func (k *Calls) field(t *ir.Type, f *ir.Field, v *schema.Value) string {
	_, nullable := derefNullable(f.Type)
	if v != nil && v.Kind == schema.Null && !nullable && t.Object.NullAbsent {
		v = nil
	}
	if v == nil {
		return k.absentField(f)
	}
	switch presenceOf(f) {
	case notStored:
		return ""
	case plainField, emptyRawField:
		if f.Recursive {
			return k.pointer(f.Type, v)
		}
		return k.value(f.Type, v)
	case optField:
	}
	core, _ := derefNullable(f.Type)
	switch {
	case f.Recursive:
		return "wire.Some(" + k.pointer(f.Type, v) + ")"
	case nullable:
		return "wire.Some(" + k.value(f.Type, v) + ")"
	}
	return "wire.Some" + k.typeArgument(core) + "(" + k.value(f.Type, v) + ")"
}

// absentField returns the expression of an absent field. A field with a default gets the default,
// since its zero value would be sent.
func (k *Calls) absentField(f *ir.Field) string {
	if f.Default == nil || f.Default.JSON == "null" {
		return ""
	}
	if _, nullable := derefNullable(f.Type); !nullable && (f.Default.JSON == "false" || f.Default.JSON == "0" || f.Default.JSON == `""`) {
		return ""
	}
	v, err := schema.Parse("default", []byte(f.Default.JSON))
	if err != nil {
		return "" // canonical JSON text parses
	}
	return k.value(f.Type, v)
}

// pointer returns the expression of a pointer to a value.
func (k *Calls) pointer(t *ir.Type, v *schema.Value) string {
	core, nullable := derefNullable(t)
	if v.Kind == schema.Null && nullable {
		return qualified("Null[*"+k.wire.nonNullType(core)+"]") + "{}"
	}
	pointer := "&" + k.nonNull(core, core, v)
	if nullable {
		return "wire.NotNull(" + pointer + ")"
	}
	return pointer
}
