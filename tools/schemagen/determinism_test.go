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

// shuffled lists folders in a different order each time.
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

// everything is all output for a schema: the generated files and the lint findings.
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

// TestGenerate_is_deterministic: 20 runs over the whole protocol, with folders listed in a
// different order each time, give equal bytes. (The order of documents in contract.json and of
// definitions in a document is significant.)
func TestGenerate_is_deterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	var first []byte
	for run := range 20 {
		got := everything(t, shuffled{FS: os.DirFS("../../schema"), dice: dice})
		switch {
		case first == nil:
			first = got
		case !bytes.Equal(first, got):
			t.Fatalf("run %d: got other bytes than in the first run", run+1)
		}
	}
}

// BenchmarkGenerate generates the whole protocol without writing files.
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
