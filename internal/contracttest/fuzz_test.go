package contracttest_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"seg.example/gen/wire"
	"seg.example/schema"
)

// FuzzDecode compares the codec with the validator for any text and type. The examples are its seeds.
func FuzzDecode(f *testing.F) {
	s := codec(f)
	index := map[string]uint16{}
	for i, typ := range s.Types {
		index[typ.Document+"#"+typ.Name] = uint16(i)
	}
	seed(f, index)
	f.Fuzz(func(t *testing.T, which uint16, text []byte) {
		typ := s.Types[int(which)%len(s.Types)]
		if _, err := s.Same(typ, text); err != nil {
			t.Fatalf("%s: %v\n%s", typ.Name, err, text)
		}
		value := typ.New()
		err := value.Decode(text)
		if err == nil {
			if written := value.Append(nil); written != nil && !json.Valid(written) {
				t.Fatalf("%s: encoded to %s, want valid JSON", typ.Name, written)
			}
			return
		}
		if e, ok := s.Refusal(err); !ok || e.Text == "" || e.Keyword == "" {
			t.Fatalf("%s: got %#v, want an error with text and keyword", typ.Name, err)
		}
	})
}

// seed adds the examples, and numbers that are difficult to parse.
func seed(f *testing.F, index map[string]uint16) {
	f.Helper()
	files, err := fs.Glob(schema.FS, "examples/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	d := readDefinitions(f)
	for _, file := range files {
		if v, found := d.vectorOf(f, file); found && !v.null {
			f.Add(index[v.typ.Document+"#"+v.typ.Name], v.text)
		}
	}
	user := index["types/user.json#User"]
	for _, n := range []string{"1e400", "-1e-400", "1e5000000", "9007199254740993", "1.0", "1e0", "-0", "0.1e1", "01", "1.", "1e"} {
		f.Add(user, []byte(`{"id":`+n+`,"username":"a","company_id":0,"session_id":"s"}`))
	}
	f.Add(user, []byte(strings.Repeat("[", 100)))
	f.Add(user, []byte(`{"id":1,"id":1,"username":"\ud83d\ude00\ud800","company_id":0,"session_id":"s"}`))
}

// TestRecursionIsBounded: a megabyte of brackets is refused because of its depth, wherever it is.
func TestRecursionIsBounded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("[", 1<<20),
		strings.Repeat(`{"a":`, 1<<18),
		`{"user_id":` + strings.Repeat("[", 1<<20),
		`{"other":` + strings.Repeat(`[{"a":`, 1<<18),
	} {
		var v wire.CreateUser
		err := wire.DecodeCreateUser([]byte(text), &v)
		if err == nil {
			t.Fatalf("%.40s…: got no error, want one", text)
		}
		if e := err.(*wire.Error); strings.Count(e.Path, "/") > 16 { //nolint:errorlint // documented
			t.Errorf("%.40s…: got a path of %d bytes, want at most 16 levels", text, len(e.Path))
		}
	}
}
