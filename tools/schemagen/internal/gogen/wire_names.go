package gogen

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// reserve takes the names that the runtime declares, so that no type takes them.
func (g *wire) reserve() {
	for _, name := range []string{"Hash", "Version"} {
		g.taken[name] = true
	}
	names, _ := fs.Glob(codecSource, "codec/*.go")
	for _, name := range names {
		text, err := fs.ReadFile(codecSource, name)
		if err != nil || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			g.problems = append(g.problems, err)
			continue
		}
		for _, d := range file.Decls {
			g.reserveDecl(d)
		}
	}
}

func (g *wire) reserveDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			g.taken[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				g.taken[s.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range s.Names {
					g.taken[n.Name] = true
				}
			}
		}
	}
}

// name gives every type that is declared its name. Definitions come first: a name that is made up must yield to them.
func (g *wire) name(c *ir.Contract) {
	for _, t := range c.Types {
		name := typeName(t)
		g.take(name, t.Pos)
		g.take("Decode"+name, t.Pos)
		if t.Nullable && ownBody(t.Kind) {
			name += "Value"
			g.take(name, t.Pos)
		}
		g.bodies[t] = name
	}
	for _, t := range c.Types {
		d := g.document(t.Pos)
		d.types = append(d.types, t)
		g.nameInside(d, t, g.bodies[t])
	}
}

// take notes that package wire declares name.
func (g *wire) take(name string, pos ir.Pos) {
	if g.taken[name] {
		g.problem(pos, "the name %s is taken in Go already: choose another", name)
	}
	g.taken[name] = true
}

// nameInside names what stands inline in t, whose own name is given.
func (g *wire) nameInside(d *document, t *ir.Type, name string) {
	switch t.Kind {
	case ir.Object:
		for i, f := range t.Object.Fields {
			g.nameInline(d, f.Type, name+fieldNames(t)[i])
		}
		g.nameInline(d, t.Object.Extra, name+"Extra")
	case ir.Array:
		g.nameInline(d, t.Array.Item, name+"Item")
	case ir.Map:
		g.nameInline(d, t.Map.Value, name+"Value")
	case ir.Raw:
		g.nameInline(d, t.Raw.String, name+"String")
		g.nameInline(d, t.Raw.Array, name+"Array")
		g.nameInline(d, t.Raw.Object, name+"Object")
	case ir.Enum:
		for _, v := range t.Enum {
			g.take(enumName(name, v), t.Pos)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
}

func (g *wire) nameInline(d *document, t *ir.Type, name string) {
	if t == nil || t.Name != "" {
		return
	}
	if ownBody(t.Kind) && t.Kind != ir.Array && t.Kind != ir.Map || t.Kind == ir.Raw {
		if _, again := g.bodies[t]; again {
			return
		}
		g.take(name, t.Pos)
		g.bodies[t] = name
		d.types = append(d.types, t)
	}
	g.nameInside(d, t, name)
}

// ownBody reports whether a type of kind k that has a name is a type of its own in Go, not an alias.
func ownBody(k ir.Kind) bool {
	switch k {
	case ir.Object, ir.Enum, ir.Union, ir.Array, ir.Map:
		return true
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	return false
}

// typeName is the Go name of a definition.
func typeName(t *ir.Type) string {
	if token.IsIdentifier(t.Name) && token.IsExported(t.Name) {
		return t.Name
	}
	return GoName(t.Name)
}

// enumName is the Go name of a member of the enum that is called owner in Go.
func enumName(owner string, v ir.EnumValue) string {
	if v.Value == "" {
		return owner + "Empty"
	}
	name := pascal(words(cmp.Or(v.Alias, v.Value)))
	if name == "" {
		name = symbolNames(v.Value)
	}
	return owner + name
}

// symbolNames spells a text that has neither letters nor digits.
func symbolNames(text string) string {
	var out strings.Builder
	for _, r := range text {
		out.WriteString(symbolName(r))
	}
	return out.String()
}

// symbolName spells a character that no Go name has.
func symbolName(r rune) string {
	if name, ok := symbols[r]; ok {
		return name
	}
	return "U" + strings.ToUpper(strconv.FormatInt(int64(r), 16))
}

var symbols = map[rune]string{ //nolint:gochecknoglobals // a table
	'+': "Plus", '-': "Minus", '*': "Star", '/': "Slash", '<': "Less", '>': "Greater", '=': "Equal", '!': "Not", '.': "Dot",
	',': "Comma", ':': "Colon", '_': "Underscore", ' ': "Space", '?': "Question", '#': "Hash", '%': "Percent", '&': "And",
}

// fieldNames returns the Go names of t's fields, in order. Names that are the same in Go are reported by checkFields.
func fieldNames(t *ir.Type) []string {
	names := make([]string, len(t.Object.Fields))
	for i, f := range t.Object.Fields {
		names[i] = FieldName(f)
	}
	return names
}

// FieldName is the Go name of a field. The name of the method that every type has, Append, gets a suffix.
func FieldName(f *ir.Field) string {
	name := GoName(cmp.Or(f.Alias, f.Name))
	if len(words(f.Name)) == 0 {
		name = "X" + symbolNames(f.Name)
	}
	if name == "Append" {
		name += "Field"
	}
	return name
}

// extraName is the Go name of the field that keeps the keys of t that are no fields.
func extraName(t *ir.Type) string {
	name, fields := "Extra", fieldNames(t)
	for slices.Contains(fields, name) {
		name += "Fields"
	}
	return name
}

// checkFields reports fields of t that have the same name in Go.
func (g *wire) checkFields(t *ir.Type) {
	seen := map[string]string{}
	for i, name := range fieldNames(t) {
		wireName := t.Object.Fields[i].Name
		if other, ok := seen[name]; ok {
			g.problem(t.Pos, "the fields %q and %q are both called %s in Go", other, wireName, name)
		}
		seen[name] = wireName
	}
}
