package main

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"seg.example/tools/schemagen/internal/cli"
	"seg.example/tools/schemagen/internal/docgen"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// shuffled lists folders in another order each time.
type shuffled struct {
	fs.FS

	dice *rand.Rand
}

// ReadDir lists a folder in random order.
func (s shuffled) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	s.dice.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries, err
}

// everything is what a schema becomes: all files, and everything that lint says.
func everything(t *testing.T, fsys fs.FS) []byte {
	t.Helper()
	set, err := schema.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := lower.Lower(set)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, emitter := range []cli.Emitter{gogen.Wire, gogen.Route, gogen.Client, npmPackage, docgen.Docs} {
		files, err := emitter(contract, gogen.Options{ImportPath: "x.example/gen", Schema: fsys})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			out.WriteString(f.Path + "\n" + string(f.Data))
		}
	}
	unlisted, err := schema.Unlisted(fsys, set)
	if err != nil {
		t.Fatal(err)
	}
	out.WriteString(slices.Concat(lower.Lint(set, lower.RefusePlanned), unlisted).Error())
	return out.Bytes()
}

// TestGenerate_is_deterministic: 20 runs over the whole protocol, with folders listed in another order each time, give equal
// bytes. (The order of documents in contract.json and of definitions in a document is meaning, not chance.)
func TestGenerate_is_deterministic(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	var first []byte
	for run := range 20 {
		got := everything(t, shuffled{FS: os.DirFS("../../schema"), dice: dice})
		switch {
		case first == nil:
			first = got
		case !bytes.Equal(first, got):
			t.Fatalf("run %d gave other bytes than the first", run+1)
		}
	}
}

// BenchmarkGenerate is one run over the whole protocol, without writing.
func BenchmarkGenerate(b *testing.B) {
	fsys := os.DirFS("../../schema")
	for b.Loop() {
		set, err := schema.Load(fsys)
		if err != nil {
			b.Fatal(err)
		}
		contract, err := lower.Lower(set)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := gogen.Wire(contract, gogen.Options{ImportPath: "x.example/gen"}); err != nil {
			b.Fatal(err)
		}
		if _, err := gogen.Route(contract, gogen.Options{ImportPath: "x.example/gen"}); err != nil {
			b.Fatal(err)
		}
	}
}
