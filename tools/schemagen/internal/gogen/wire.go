package gogen

import (
	"errors"
	"fmt"
	"go/format"
	"path"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/ir"
)

// wire prints package wire of one contract.
type wire struct {
	bodies    map[*ir.Type]string // Go names of the types that are declared, without what makes them nullable
	documents []*document
	taken     map[string]bool // names that package wire declares
	patterns  []*ir.Pattern
	matchers  map[string]string // by source
	problems  []error
}

// document is what becomes of one schema document.
type document struct {
	name  string // of its files, without suffix: types_user
	types []*ir.Type
}

// Wire prints package wire: the types of c, functions Decode… that read and check them, and methods Append that write them.
// Package wiretest comes with it. Besides the contract's own mistakes, two names that are the same in Go are an error, named by place.
func Wire(c *ir.Contract, o Options) ([]emit.File, error) {
	g := &wire{bodies: map[*ir.Type]string{}, taken: map[string]bool{}, matchers: map[string]string{}}
	g.reserve()
	g.name(c)
	if len(g.problems) > 0 {
		return nil, errors.Join(g.problems...)
	}
	files, err := codecFiles()
	if err != nil {
		return nil, err
	}
	files = append(files, emit.File{Path: "wire/contract.go", Data: g.contract(c)})
	for _, d := range g.documents {
		for _, part := range [...]struct {
			suffix string
			print  func(*emit.Writer, *ir.Type)
		}{{"", g.declare}, {"_decode", g.decoder}, {"_encode", g.encoder}} {
			w := emit.New("\t")
			for _, t := range d.types {
				part.print(w, t)
			}
			files = append(files, emit.File{Path: "wire/" + d.name + part.suffix + ".go", Data: w.Bytes()})
		}
	}
	if text := g.patternFile(); text != nil {
		files = append(files, emit.File{Path: "wire/patterns.go", Data: text})
	}
	files = append(files, emit.File{Path: "wiretest/types.go", Data: g.tableFile(o.ImportPath)})
	return finish(files, "wire", g.problems)
}

// finish puts the head on the files that lack one and formats them.
func finish(files []emit.File, pkg string, problems []error) ([]emit.File, error) {
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	var kept []emit.File
	for _, f := range files {
		if len(f.Data) == 0 {
			continue
		}
		if !strings.HasPrefix(string(f.Data), marker) {
			f.Data = append([]byte(marker+"\n\npackage "+pkg+"\n\n"), f.Data...)
		}
		text, err := format.Source(f.Data)
		if err != nil {
			return nil, fmt.Errorf("%s does not parse: %w\n%s", f.Path, err, numbered(f.Data))
		}
		f.Data = text
		kept = append(kept, f)
	}
	return kept, nil
}

// numbered returns text with line numbers, for whoever looks for a mistake in it.
func numbered(text []byte) string {
	var out strings.Builder
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		fmt.Fprintf(&out, "%5d %s\n", n, line)
	}
	return out.String()
}

func (g *wire) contract(c *ir.Contract) []byte {
	w := emit.New("\t")
	w.Comment("//", width, "Hash identifies the protocol: it changes whenever anything does that a schema document says. "+
		"Both ends of a connection can compare theirs.")
	w.P("const Hash = ", quote(c.Hash))
	w.P()
	w.P("// Version is the semantic version of the protocol.")
	w.P("const Version = ", quote(c.Version))
	return w.Bytes()
}

// document returns the document that pos lies in.
func (g *wire) document(pos ir.Pos) *document {
	name := strings.NewReplacer("/", "_", "-", "_", ".", "_").Replace(strings.TrimSuffix(pos.File, path.Ext(pos.File)))
	switch {
	case name == "":
		name = "types"
	case strings.HasSuffix(name, "_test"):
		name += "_"
	}
	for _, d := range g.documents {
		if d.name == name {
			return d
		}
	}
	d := &document{name: name}
	g.documents = append(g.documents, d)
	return d
}

// problem notes a mistake of the schema that only Go sees.
func (g *wire) problem(pos ir.Pos, text string, args ...any) {
	g.problems = append(g.problems, fmt.Errorf("%s:%d:%d: %s", pos.File, pos.Line, pos.Column, fmt.Sprintf(text, args...)))
}
