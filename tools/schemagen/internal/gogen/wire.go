package gogen

import (
	"errors"
	"fmt"
	"go/build"
	"go/format"
	"io"
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
	files     map[string]bool // files of package wire, without suffix, in small letters
	patterns  []*ir.Pattern
	matchers  map[string]string   // by source
	requests  map[*ir.Type]string // what the frames of those types that are requests call themselves
	problems  []error
}

// document is what becomes of one schema document.
type document struct {
	path  string // of the document
	name  string // of its files, without suffix: types_user
	types []*ir.Type
}

// Wire prints package wire: the types of c, functions Decode… that read and check them, and methods Append that write them.
// Package wiretest comes with it. Besides the contract's own mistakes, two names that are the same in Go are an error, named by place.
func Wire(c *ir.Contract, o Options) ([]emit.File, error) {
	g := &wire{bodies: map[*ir.Type]string{}, taken: map[string]bool{}, matchers: map[string]string{}, requests: map[*ir.Type]string{}}
	for _, r := range c.Requests() {
		g.requests[r.Type] = r.Wire
	}
	g.files = map[string]bool{"contract": true, "patterns": true}
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
		for i, body := range [...]func(*emit.Writer, *ir.Type){g.declare, g.decoder, g.encoder} {
			w := emit.New("\t")
			for _, t := range d.types {
				body(w, t)
			}
			files = append(files, emit.File{Path: "wire/" + d.name + parts[i] + ".go", Data: w.Bytes()})
		}
	}
	if text := g.patternFile(); text != nil {
		files = append(files, emit.File{Path: "wire/patterns.go", Data: text})
	}
	files = append(files, emit.File{Path: "wiretest/types.go", Data: g.tableFile(o.ImportPath)})
	files = append(files, emit.File{Path: "wiretest/shapes.go", Data: g.shapeFile(o.ImportPath)})
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
	w.Comment("//", width, "Hash identifies the protocol. It changes when anything changes that is visible on the wire, and not with a description. "+
		"Both ends of a connection can compare theirs.")
	w.P("const Hash = ", quote(c.Hash))
	w.P()
	w.P("// Version is the semantic version of the protocol.")
	w.P("const Version = ", quote(c.Version))
	return w.Bytes()
}

// document returns the document that pos lies in.
func (g *wire) document(pos ir.Pos) *document {
	for _, d := range g.documents {
		if d.path == pos.File {
			return d
		}
	}
	d := &document{path: pos.File, name: g.fileName(pos.File)}
	g.documents = append(g.documents, d)
	return d
}

// parts are the files of a document: what each is called behind the document's own name.
var parts = []string{"", "_decode", "_encode"} //nolint:gochecknoglobals // a table

// fileName returns what the files of a document are called: after its path, in words that neither the go command nor another
// file of the package claims. Underscores behind it hold it apart.
func (g *wire) fileName(document string) string {
	name := strings.NewReplacer("/", "_", "-", "_", ".", "_").Replace(strings.TrimSuffix(document, path.Ext(document)))
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, "codec_") {
		name = "x" + name // the go command ignores the ones, the runtime has the others
	}
	for !g.free(name) {
		name += "_"
	}
	for _, part := range parts {
		g.files[strings.ToLower(name+part)] = true
	}
	return name
}

// free reports whether all files of a document may be called so.
func (g *wire) free(name string) bool {
	for _, part := range parts {
		file := name + part
		if g.files[strings.ToLower(file)] || strings.HasSuffix(file, "_test") || !forAll(file+".go") {
			return false
		}
	}
	return true
}

// forAll reports whether a file of that name is compiled for every system and processor, which types_windows.go is not.
func forAll(file string) bool {
	c := build.Context{
		GOOS: "none", GOARCH: "none", Compiler: "gc",
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package wire")), nil },
	}
	fits, err := c.MatchFile("", file)
	return err == nil && fits
}

// problem notes a mistake of the schema that only Go sees.
func (g *wire) problem(pos ir.Pos, text string, args ...any) {
	g.problems = append(g.problems, &emit.Problem{Pos: pos, Text: fmt.Sprintf(text, args...)})
}
