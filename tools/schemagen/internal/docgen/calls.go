package docgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// callsOf shows how a request is made: in TypeScript, in Go, from a shell, and as the frame itself. It shows nothing where nobody has
// given an example and none can be made up.
func (b *builder) callsOf(m *ir.Request) (calls, error) {
	frame := b.frameOf(m)
	if frame == nil {
		return calls{}, nil
	}
	own := ownFields(m, frame)
	goCall, err := b.calls.Call(m, own)
	if err != nil {
		return calls{}, err
	}
	b.made = append(b.made, made{m, goCall, frame})
	c := calls{[]listing{
		{"TypeScript", "ts", b.scriptCall(m, own)},
		{"Go", "go", goCall},
	}}
	if b.contract.Command != "" {
		c.listings = append(c.listings, listing{"Shell", "sh", b.command(m, own)})
	}
	c.listings = append(c.listings, listing{"JSON", "json", pretty(frame)})
	return c, nil
}

// frameOf is the frame that a request is shown as: its first example; without one, what it cannot do without, if a value can be made up
// that its schema accepts. Otherwise it is nil.
func (b *builder) frameOf(m *ir.Request) *schema.Value {
	if all := b.examples.Of(m.Wire, example.GoodRequest); len(all) > 0 {
		return all[0].Value
	}
	for _, s := range []sampler{{Ranks: b.ranks, hints: true}, {Ranks: b.ranks}} {
		if made := s.sample(m.Type); b.set.Judge(m.Type.Pos.File, m.Type.Name, made) == nil {
			return object(append([]schema.Member{member("type", text(m.Wire))}, made.Members...)...)
		}
	}
	return nil
}

// ownFields are the members of a frame that a program gives: fields of the request that are there, without the credential, which
// clients put in themselves.
func ownFields(m *ir.Request, frame *schema.Value) *schema.Value {
	own := object()
	for _, f := range m.Type.Object.Fields {
		v := frame.Get(f.Name)
		if v == nil || f == m.Secret || v.Kind == schema.Null && !takesNull(f.Type) {
			continue
		}
		own.Members = append(own.Members, member(f.Name, v))
	}
	return own
}

// takesNull reports whether null is a value of t, so that it does not count as absent.
func takesNull(t *ir.Type) bool {
	core := t.Deref()
	switch core.Kind {
	case ir.Null:
		return true
	case ir.Raw:
		return core.Raw.Any || core.Raw.Null
	case ir.Const:
		return core.Const.Kind == ir.NullValue
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Array, ir.Object, ir.Map, ir.Union, ir.Ref:
	}
	return mayBeNull(t)
}

// access is how a property is written behind what has it.
func access(name string) string {
	if identifier(name) {
		return "." + name
	}
	return "[" + jsonString(name) + "]"
}

// identifier reports whether a name can be written without quotes in TypeScript.
func identifier(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// scriptCall is the statement by which a TypeScript program makes a request. Where there is nothing to give, nothing is given.
func (b *builder) scriptCall(m *ir.Request, own *schema.Value) string {
	call := "const answer = await client" + access(b.methods[m.Wire]) + "("
	if len(own.Members) == 0 && !needsFields(m.Type) {
		return call + ");"
	}
	return call + scriptValue(own, "", scriptWidth-len(call)) + ");"
}

// scriptWidth is how long a line of TypeScript may be before it is broken.
const scriptWidth = 88

// needsFields reports whether something must be given to a request, its credential aside.
func needsFields(t *ir.Type) bool {
	for _, f := range t.Object.Fields {
		if core := f.Type.Deref(); f.Required && (core.Kind != ir.String || !core.String.Secret) {
			return true
		}
	}
	return false
}

// scriptValue is a value as TypeScript writes it, on one line where there is room for as many characters.
func scriptValue(v *schema.Value, lead string, room int) string {
	var parts []string
	open, end := "{ ", " }"
	switch v.Kind {
	case schema.Object:
		for _, m := range v.Members {
			parts = append(parts, propertyKey(m.Key)+": "+scriptValue(m.Value, lead+"  ", scriptWidth-len(lead)-len(m.Key)-4))
		}
	case schema.Array:
		open, end = "[", "]"
		for _, item := range v.Items {
			parts = append(parts, scriptValue(item, lead+"  ", scriptWidth-len(lead)-2))
		}
	case schema.Null, schema.False, schema.True, schema.Number, schema.String:
		return string(schema.JSON(v))
	}
	one := open + strings.Join(parts, ", ") + end
	switch {
	case len(parts) == 0:
		return strings.ReplaceAll(open+end, " ", "")
	case len(one) <= room && !strings.Contains(one, "\n"):
		return one
	}
	return strings.TrimSpace(open) + "\n" + lead + "  " + strings.Join(parts, ",\n"+lead+"  ") + ",\n" + lead + strings.TrimSpace(end)
}

// propertyKey is the name of a property in an object literal. In quotes, "__proto__" would be the object's prototype; in brackets
// it is a property.
func propertyKey(name string) string {
	switch {
	case name == "__proto__":
		return `["__proto__"]`
	case identifier(name):
		return name
	}
	return jsonString(name)
}

// command is the line by which a shell makes a request.
func (b *builder) command(m *ir.Request, own *schema.Value) string {
	words := []string{b.contract.Command, m.Wire}
	for _, f := range m.Type.Object.Fields {
		if v := own.Get(f.Name); v != nil {
			words = append(words, shellWord(argument(f, v)))
		}
	}
	return strings.Join(words, " ")
}

// argument gives a field a value in the shortest way that means it: FIELD=TEXT where the field is of one type that text stands for,
// FIELD:=JSON otherwise.
func argument(f *ir.Field, v *schema.Value) string {
	short := f.Name + "=" + v.Text
	core := f.Type.Deref()
	switch {
	case strings.HasPrefix(v.Text, "@"):
	case v.Kind == schema.String && (core.Kind == ir.String || core.Kind == ir.Enum) && (v.Text != "null" || !mayBeNull(f.Type)):
		return short
	case v.Kind == schema.Number && core.Kind == ir.Integer && strings.Trim(v.Text, "0123456789") == "":
		return short
	case (v.Kind == schema.True || v.Kind == schema.False) && (core.Kind == ir.Boolean || core.Kind == ir.Const):
		return f.Name + "=" + string(schema.JSON(v))
	}
	return f.Name + ":=" + string(schema.JSON(v))
}

// shellWord quotes a word for a POSIX shell where it has to be.
func shellWord(word string) string {
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-=:.,/@%+", r)
	}
	if word != "" && strings.IndexFunc(word, special) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// listening shows how a broadcast is listened to.
func (b *builder) listening(m *ir.Broadcast) calls {
	return calls{[]listing{
		{"TypeScript", "ts", "client.on(" + jsonString(m.Wire) + ", (event) => console.log(event.data));"},
		{"Go", "go", "if e, ok := event.(*client." + b.calls.Event(m) + "); ok {\n\tlog.Print(e.Data)\n}"},
	}}
}

// jsonString is a string as JSON, Go and TypeScript write it.
func jsonString(s string) string { return string(schema.AppendString(nil, s)) }
