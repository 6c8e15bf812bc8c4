package docgen

import (
	"strings"

	"seg.example/tools/schemagen/internal/example"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// callExamples shows a request in TypeScript, Go, as a shell command and as JSON. It shows nothing
// if the request has no example and none can be generated.
func (b *builder) callExamples(m *ir.Request) (codeTabs, error) {
	frame := b.sampleFrame(m)
	if frame == nil {
		return codeTabs{}, nil
	}
	own := ownFields(m, frame)
	goCall, err := b.calls.Call(m, own)
	if err != nil {
		return codeTabs{}, err
	}
	b.sampleCalls = append(b.sampleCalls, sampleCall{m, goCall, frame})
	c := codeTabs{[]codeBlock{
		{"TypeScript", "ts", b.tsCall(m, own)},
		{"Go", "go", goCall},
	}}
	if b.contract.Command != "" {
		c.listings = append(c.listings, codeBlock{"Shell", "sh", b.shellCall(m, own)})
	}
	c.listings = append(c.listings, codeBlock{"JSON", "json", pretty(frame)})
	return c, nil
}

// sampleFrame is the frame that the documentation shows for a request: its first example, or else a
// generated frame with the required fields, if the schema accepts it. Otherwise it is nil.
func (b *builder) sampleFrame(m *ir.Request) *schema.Value {
	if all := b.examples.Of(m.Wire, example.GoodRequest); len(all) > 0 {
		return all[0].Value
	}
	for _, s := range []sampler{{Depths: b.ranks, hints: true}, {Depths: b.ranks}} {
		if made := s.sample(m.Type); b.set.Validate(m.Type.Pos.File, m.Type.Name, made) == nil {
			return object(append([]schema.Member{member("type", text(m.Wire))}, made.Members...)...)
		}
	}
	return nil
}

// ownFields returns the fields of a frame that a program passes to the client: the fields of the
// request without the credential, which clients add themselves.
func ownFields(m *ir.Request, frame *schema.Value) *schema.Value {
	own := object()
	for _, f := range m.Type.Object.Fields {
		v := frame.Get(f.Name)
		if v == nil || f == m.Secret || v.Kind == schema.Null && !hasNullValue(f.Type) {
			continue
		}
		own.Members = append(own.Members, member(f.Name, v))
	}
	return own
}

// hasNullValue reports whether null is a value of t. If it is not, null counts as absent.
func hasNullValue(t *ir.Type) bool {
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
	return acceptsNull(t)
}

// propertyAccess is the property access to a name in TypeScript.
func propertyAccess(name string) string {
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

// tsCall is the TypeScript statement that sends a request.
func (b *builder) tsCall(m *ir.Request, own *schema.Value) string {
	call := "const answer = await client" + propertyAccess(b.methods[m.Wire]) + "("
	if len(own.Members) == 0 && !hasRequiredFields(m.Type) {
		return call + ");"
	}
	return call + tsValue(own, "", tsLineWidth-len(call)) + ");"
}

// tsLineWidth is the largest length of a line of TypeScript.
const tsLineWidth = 88

// hasRequiredFields reports whether a request has required fields besides its credential.
func hasRequiredFields(t *ir.Type) bool {
	for _, f := range t.Object.Fields {
		if core := f.Type.Deref(); f.Required && (core.Kind != ir.String || !core.String.Secret) {
			return true
		}
	}
	return false
}

// tsValue is a value in TypeScript, on one line if it has at most room characters.
func tsValue(v *schema.Value, lead string, room int) string {
	var parts []string
	open, end := "{ ", " }"
	switch v.Kind {
	case schema.Object:
		for _, m := range v.Members {
			parts = append(parts, propertyKey(m.Key)+": "+tsValue(m.Value, lead+"  ", tsLineWidth-len(lead)-len(m.Key)-4))
		}
	case schema.Array:
		open, end = "[", "]"
		for _, item := range v.Items {
			parts = append(parts, tsValue(item, lead+"  ", tsLineWidth-len(lead)-2))
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

// propertyKey is the name of a property in an object literal. In quotes, "__proto__" would set the
// prototype; in brackets it is a property.
func propertyKey(name string) string {
	switch {
	case name == "__proto__":
		return `["__proto__"]`
	case identifier(name):
		return name
	}
	return jsonString(name)
}

// shellCall is the shell command that sends a request.
func (b *builder) shellCall(m *ir.Request, own *schema.Value) string {
	words := []string{b.contract.Command, m.Wire}
	for _, f := range m.Type.Object.Fields {
		if v := own.Get(f.Name); v != nil {
			words = append(words, shellWord(shellArgument(f, v)))
		}
	}
	return strings.Join(words, " ")
}

// shellArgument is the command's argument for a field: FIELD=TEXT if the text is unambiguous for
// the field's type, otherwise FIELD:=JSON.
func shellArgument(f *ir.Field, v *schema.Value) string {
	short := f.Name + "=" + v.Text
	core := f.Type.Deref()
	switch {
	case strings.HasPrefix(v.Text, "@"):
	case v.Kind == schema.String && (core.Kind == ir.String || core.Kind == ir.Enum) && (v.Text != "null" || !acceptsNull(f.Type)):
		return short
	case v.Kind == schema.Number && core.Kind == ir.Integer && strings.Trim(v.Text, "0123456789") == "":
		return short
	case (v.Kind == schema.True || v.Kind == schema.False) && (core.Kind == ir.Boolean || core.Kind == ir.Const):
		return f.Name + "=" + string(schema.JSON(v))
	}
	return f.Name + ":=" + string(schema.JSON(v))
}

// shellWord quotes a word for a POSIX shell if necessary.
func shellWord(word string) string {
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-=:.,/@%+", r)
	}
	if word != "" && strings.IndexFunc(word, special) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// subscribeExample shows how a client listens to a broadcast.
func (b *builder) subscribeExample(m *ir.Broadcast) codeTabs {
	return codeTabs{[]codeBlock{
		{"TypeScript", "ts", "client.on(" + jsonString(m.Wire) + ", (event) => console.log(event.data));"},
		{"Go", "go", "if e, ok := event.(*client." + b.calls.Event(m) + "); ok {\n\tlog.Print(e.Data)\n}"},
	}}
}

// jsonString is a string literal that JSON, Go and TypeScript share.
func jsonString(s string) string { return string(schema.AppendString(nil, s)) }
