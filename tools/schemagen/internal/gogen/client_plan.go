package gogen

import (
	"go/ast"
	"go/parser"
	"go/token"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// plan chooses the names in the package and reports what cannot be generated.
func (e *clientEmitter) plan(runtime []emit.File) error {
	methods, declared, err := declarations(runtime)
	if err != nil {
		return err
	}
	declared["Code"], declared["Detail"] = true, true
	e.methods, e.events = map[string]string{}, map[string]string{}
	for _, n := range e.nouns {
		for _, m := range n.requests {
			if err := checkAnswerDistinct(m); err != nil {
				return err
			}
			name, err := claimName(methods, m.method, "Request", m.ir.Type)
			if err != nil {
				return err
			}
			e.methods[m.ir.Wire] = name
		}
	}
	for _, b := range e.contract.Broadcasts {
		if b.Planned {
			continue
		}
		name, err := claimName(declared, typeName(b.Type), "Event", b.Type)
		if err != nil {
			return err
		}
		e.events[b.Wire] = name
	}
	return nil
}

// claimName reserves a name. If the runtime already has it, the name gets a suffix.
func claimName(taken map[string]bool, name, suffix string, t *ir.Type) (string, error) {
	if taken[name] {
		name += suffix
	}
	if taken[name] {
		return "", routeProblem(t.Pos, "the name %s already exists in package client: choose another", name)
	}
	taken[name] = true
	return name, nil
}

// checkAnswerDistinct refuses an answer that clients could not distinguish from an error.
func checkAnswerDistinct(m *routeRequest) error {
	if m.ir.Answer == nil {
		return nil
	}
	answer := m.ir.Answer.Deref()
	variants := []*ir.Type{answer}
	if answer.Kind == ir.Union {
		variants = nil
		for _, v := range answer.Union.Variants {
			variants = append(variants, v.Type.Deref())
		}
	}
	for _, v := range variants {
		if v.Kind != ir.Object {
			continue
		}
		for _, f := range v.Object.Fields {
			if f.Name == "error" {
				return routeProblem(m.ir.Type.Pos, "the answer of request %s has a field \"error\", which marks errors", m.ir.Wire)
			}
		}
	}
	return nil
}

// declarations returns the names that a runtime declares: the methods of its Client, and all
// others.
func declarations(runtime []emit.File) (methods, declared map[string]bool, err error) {
	methods, declared = map[string]bool{}, map[string]bool{}
	for _, f := range runtime {
		file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range file.Decls {
			declare(d, methods, declared)
		}
	}
	return methods, declared, nil
}

// declare adds the names of one declaration.
func declare(d ast.Decl, methods, declared map[string]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			declared[d.Name.Name] = true
		} else if receiver(d) == "Client" {
			methods[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, name := range specNames(d) {
			declared[name] = true
		}
	}
}

// receiver returns the name of a method's receiver type.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// specNames returns the types, variables and constants of a declaration.
func specNames(d *ast.GenDecl) []string {
	var names []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			names = append(names, s.Name.Name)
		case *ast.ValueSpec:
			for _, n := range s.Names {
				names = append(names, n.Name)
			}
		}
	}
	return names
}
