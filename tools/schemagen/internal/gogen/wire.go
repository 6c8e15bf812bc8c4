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

// wireEmitter prints package wire of one contract.
type wireEmitter struct {
	goNames       map[*ir.Type]string // Go names of the declared types, without Null[…] around nullable ones
	documents     []*document
	declared      map[string]bool // names that package wire declares
	usedFileNames map[string]bool // files of package wire, without extension, in lower case
	patterns      []*ir.Pattern
	matchers      map[string]string   // by source
	requests      map[*ir.Type]string // wire types of requests
	problems      []error
}

// document is a schema document and the types that are generated from it.
type document struct {
	path  string // of the document
	name  string // of the generated files, without suffix: types_user
	types []*ir.Type
}

// Wire generates package wire: the types of c, functions Decode… that decode and validate them, and
// methods Append that encode them. It also generates package wiretest. The errors are those of the
// contract, and two names that are the same in Go; all have places.
func Wire(c *ir.Contract, o Options) ([]emit.File, error) {
	g := &wireEmitter{goNames: map[*ir.Type]string{}, declared: map[string]bool{}, matchers: map[string]string{}, requests: map[*ir.Type]string{}}
	for _, r := range c.Requests() {
		g.requests[r.Type] = r.Wire
	}
	g.usedFileNames = map[string]bool{"contract": true, "patterns": true}
	g.reserve()
	g.assignNames(c)
	if len(g.problems) > 0 {
		return nil, errors.Join(g.problems...)
	}
	files, err := copyRuntime(wireRuntime, "wire", o)
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
			files = append(files, emit.File{Path: "wire/" + d.name + fileSuffixes[i] + ".go", Data: w.Bytes()})
		}
	}
	if text := g.patternFile(); text != nil {
		files = append(files, emit.File{Path: "wire/patterns.go", Data: text})
	}
	files = append(files, emit.File{Path: "wiretest/types.go", Data: g.tableFile(o.ImportPath)})
	files = append(files, emit.File{Path: "wiretest/shapes.go", Data: g.shapeFile(o.ImportPath)})
	return formatFiles(files, "wire", g.problems)
}

// formatFiles adds the header to the files that lack it, and formats them.
func formatFiles(files []emit.File, pkg string, problems []error) ([]emit.File, error) {
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

// numbered adds line numbers to a text, to find a mistake in it.
func numbered(text []byte) string {
	var out strings.Builder
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		fmt.Fprintf(&out, "%5d %s\n", n, line)
	}
	return out.String()
}

func (g *wireEmitter) contract(c *ir.Contract) []byte {
	w := emit.New("\t")
	w.Comment("//", width, "Hash identifies the protocol. It changes with everything that is visible on the wire, but not with descriptions. "+
		"Both peers of a connection can compare it.")
	w.P("const Hash = ", quote(c.Hash))
	w.P()
	w.P("// Version is the semantic version of the protocol.")
	w.P("const Version = ", quote(c.Version))
	return w.Bytes()
}

// document returns the document of a place.
func (g *wireEmitter) document(pos ir.Pos) *document {
	for _, d := range g.documents {
		if d.path == pos.File {
			return d
		}
	}
	d := &document{path: pos.File, name: g.fileName(pos.File)}
	g.documents = append(g.documents, d)
	return d
}

// fileSuffixes are the suffixes of a document's generated files.
var fileSuffixes = []string{"", "_decode", "_encode"} //nolint:gochecknoglobals // a table

// fileName derives the name of a document's generated files from its path. It avoids names that
// have a meaning for the go command and names of other files in the package. Underscores make a
// name unique.
func (g *wireEmitter) fileName(document string) string {
	name := strings.NewReplacer("/", "_", "-", "_", ".", "_").Replace(strings.TrimSuffix(document, path.Ext(document)))
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, runtimePrefix) {
		name = "x" + name // the go command ignores the first, the runtime uses the second
	}
	for !g.fileNamesFree(name) {
		name += "_"
	}
	for _, part := range fileSuffixes {
		g.usedFileNames[strings.ToLower(name+part)] = true
	}
	return name
}

// fileNamesFree reports whether all files of a document can have this name.
func (g *wireEmitter) fileNamesFree(name string) bool {
	for _, part := range fileSuffixes {
		file := name + part
		if g.usedFileNames[strings.ToLower(file)] || strings.HasSuffix(file, "_test") || !builtEverywhere(file+".go") {
			return false
		}
	}
	return true
}

// builtEverywhere reports whether a file with this name is compiled for every system and processor,
// unlike types_windows.go.
func builtEverywhere(file string) bool {
	c := build.Context{
		GOOS: "none", GOARCH: "none", Compiler: "gc",
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package wire")), nil },
	}
	fits, err := c.MatchFile("", file)
	return err == nil && fits
}

// addProblem reports a mistake of the schema that only matters in Go.
func (g *wireEmitter) addProblem(pos ir.Pos, text string, args ...any) {
	g.problems = append(g.problems, &emit.Problem{Pos: pos, Text: fmt.Sprintf(text, args...)})
}
