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

// reserve claims the names that the runtime declares.
func (g *wireEmitter) reserve() {
	for _, name := range []string{"Hash", "Version"} {
		g.declared[name] = true
	}
	names, _ := fs.Glob(wireRuntime, "runtime/wire/*.go")
	for _, name := range names {
		text, err := fs.ReadFile(wireRuntime, name)
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

func (g *wireEmitter) reserveDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			g.declared[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				g.declared[s.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range s.Names {
					g.declared[n.Name] = true
				}
			}
		}
	}
}

// assignNames chooses the Go name of every declared type. Names of definitions have priority over
// derived names of inline types.
func (g *wireEmitter) assignNames(c *ir.Contract) {
	for _, t := range c.Types {
		name := typeName(t)
		g.claimName(name, t.Pos)
		g.claimName("Decode"+name, t.Pos)
		if t.Nullable && isDefinedType(t.Kind) {
			name += "Value"
			g.claimName(name, t.Pos)
		}
		g.goNames[t] = name
	}
	for _, t := range c.Types {
		d := g.document(t.Pos)
		d.types = append(d.types, t)
		g.nameInside(d, t, g.goNames[t])
	}
}

// claimName records that package wire declares a name.
func (g *wireEmitter) claimName(name string, pos ir.Pos) {
	if g.declared[name] {
		g.addProblem(pos, "the name %s already exists in Go: choose another", name)
	}
	g.declared[name] = true
}

// nameInside chooses names for the inline types in t. name is the name of t.
func (g *wireEmitter) nameInside(d *document, t *ir.Type, name string) {
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
			g.claimName(enumName(name, v), t.Pos)
		}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Union, ir.Ref, ir.Null:
	}
}

func (g *wireEmitter) nameInline(d *document, t *ir.Type, name string) {
	if t == nil || t.Name != "" {
		return
	}
	if isDefinedType(t.Kind) && t.Kind != ir.Array && t.Kind != ir.Map || t.Kind == ir.Raw {
		if _, again := g.goNames[t]; again {
			return
		}
		g.claimName(name, t.Pos)
		g.goNames[t] = name
		d.types = append(d.types, t)
	}
	g.nameInside(d, t, name)
}

// isDefinedType reports whether a named type of kind k becomes a defined type in Go, not an alias.
func isDefinedType(k ir.Kind) bool {
	switch k {
	case ir.Object, ir.Enum, ir.Union, ir.Array, ir.Map:
		return true
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Const, ir.Raw, ir.Ref, ir.Null:
	}
	return false
}

// typeName returns the Go name of a definition.
func typeName(t *ir.Type) string {
	if token.IsIdentifier(t.Name) && token.IsExported(t.Name) {
		return t.Name
	}
	return GoName(t.Name)
}

// enumName returns the Go name of a value of the enum with the Go name owner.
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

// symbolNames spells out a text that has neither letters nor digits.
func symbolNames(text string) string {
	var out strings.Builder
	for _, r := range text {
		out.WriteString(symbolName(r))
	}
	return out.String()
}

// symbolName returns a name for a character that is not allowed in Go names.
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

// fieldNames returns the Go names of t's fields, in order. checkFields reports duplicates.
func fieldNames(t *ir.Type) []string {
	names := make([]string, len(t.Object.Fields))
	for i, f := range t.Object.Fields {
		names[i] = FieldName(f)
	}
	return names
}

// FieldName returns the Go name of a field. A field named like the method Append gets a suffix.
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

// extraName returns the Go name of the field for unknown keys of t.
func extraName(t *ir.Type) string {
	name, fields := "Extra", fieldNames(t)
	for slices.Contains(fields, name) {
		name += "Fields"
	}
	return name
}

// checkFields reports fields of t with the same name in Go.
func (g *wireEmitter) checkFields(t *ir.Type) {
	seen := map[string]string{}
	for i, name := range fieldNames(t) {
		wireName := t.Object.Fields[i].Name
		if other, ok := seen[name]; ok {
			g.addProblem(t.Pos, "the fields %q and %q are both called %s in Go", other, wireName, name)
		}
		seen[name] = wireName
	}
}
