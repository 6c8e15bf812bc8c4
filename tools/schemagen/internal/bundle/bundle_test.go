package bundle_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/bundle"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// hashOf lowers the documents of a file system and returns the contract's hash.
func hashOf(t *testing.T, fsys fs.FS) string {
	t.Helper()
	set, err := schema.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := lower.Lower(set)
	if err != nil {
		t.Fatal(err)
	}
	return contract.Documents
}

// TestPack_Open: a bundle is the same protocol, and the place of every value is correct.
func TestPack_Open(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, dir := range []string{"../../testdata/tiny", "../../testdata/chat/schema", "../../../../schema"} {
		packed, err := bundle.Pack(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := bundle.Open(packed)
		if err != nil {
			t.Fatal(err)
		}
		want := hashOf(t, os.DirFS(dir))
		if got := hashOf(t, opened); got != want || bundle.Hash(packed) != want {
			t.Errorf("%s: got hash %s, declared %s, want %s", dir, got, bundle.Hash(packed), want)
		}
		again, err := bundle.Pack(opened)
		if err != nil {
			t.Fatal(err)
		}
		if hash := bundle.Hash(again); hash != want {
			t.Errorf("%s: packed again, the hash is %s", dir, hash)
		}
		set, err := schema.Load(opened)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(packed), "\n")
		for _, doc := range set.All() {
			for _, def := range doc.Root.Definitions {
				at := doc.Root.Get("definitions").KeyPos(def.Name)
				if there := lines[at.Line-1][at.Column-1:]; !strings.HasPrefix(there, `"`+def.Name+`"`) {
					t.Errorf("%s: text at %d:%d of the bundle is %q, want %s", dir, at.Line, at.Column, there, def.Name)
				}
			}
		}
	}
}

// TestPack_refuses a folder without a protocol.
func TestPack_refuses(t *testing.T) {
	t.Parallel()
	if _, err := bundle.Pack(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "contract.json") {
		t.Errorf("got %v", err)
	}
}

// TestOpen_refuses files that are not bundles.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"documents": {}}`:                 "open bundle: document contract.json is missing",
		`{"documents": []}`:                 "open bundle: an object is expected",
		`[]`:                                "open bundle: an object is expected",
		`{"documents": {"../up.json": {}}}`: `open bundle: "../up.json" is not a valid path of a document`,
		`{"documents": {"a.json": {}, "a.json": 1}}`: `open bundle: bundle:1:30: duplicate key "a.json"`,
		`{"documents": {`: "open bundle: bundle:1:16: unexpected end of the document",
	} {
		if _, err := bundle.Open([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
	if got := bundle.Hash([]byte("no JSON")); got != "" {
		t.Errorf("hash %q", got)
	}
}
