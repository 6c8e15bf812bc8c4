package wire

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestAppendString: any bytes are written as a valid JSON string, and valid text is preserved.
func TestAppendString(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.StringN(0, 20, -1),
		rapid.SampledFrom([]string{"\"", "\\", "\x00", "\n\r\t", "\x7f", "<&>", "\u2028", "\xff", "\xed\xa0\x80", "😀", "long enough for a word"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 5).Draw(t, "pieces"), "")
		written := appendString(nil, s)
		if !json.Valid(written) || !utf8.Valid(written) {
			t.Fatalf("%q is written %q", s, written)
		}
		d := decoder{b: written, s: string(written)}
		back, q := d.text(0)
		if want := strings.ToValidUTF8(s, "\ufffd"); q != len(written) || utf8.ValidString(s) && back != s || len(back) < len(want) {
			t.Fatalf("%q is written %s and read %q", s, written, back)
		}
	})
}

// TestText: strings are decoded like by encoding/json, except that halves of surrogate pairs are
// refused.
func TestText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := `"` + rapid.StringMatching(`([a-z ]{1,12}|\\[btnfr"\\/x]|\\u[0-9a-fdD]{4}|\\ud83d\\ude00|[\x00-\x1f"]|é|😀){0,5}`).Draw(t, "text") + `"`
		d := decoder{b: []byte(text), s: text}
		got, q := d.text(0)
		if q < len(text) { // not a string, or one that ends before
			if json.Valid([]byte(text)) && !strings.Contains(strings.ToLower(text), `\ud`) {
				t.Fatalf("%q is refused", text)
			}
			return
		}
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil || got != want {
			t.Fatalf("%q: got %q, want %q, %v", text, got, want, err)
		}
		if word, end := d.word(0); string(word) != want || end != q {
			t.Fatalf("%q: word %q", text, word)
		}
	})
}

// TestSurrogates: a pair is one character; a half is refused.
func TestSurrogates(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		`"\ud83d\ude00"`: true, `"\uD83D\uDE00"`: true, `"\ud83d"`: false, `"\ude00"`: false, `"\ude00\ud83d"`: false,
		`"\ud83d\u0041"`: false, `"\ud83dA"`: false, `"\ud83d\ud83d\ude00"`: false, `"\\ud83d"`: true, `"\ud83d\ude0"`: false,
	} {
		d := decoder{b: []byte(text), s: text}
		if _, q := d.text(0); (q >= 0) != ok {
			t.Errorf("%s: accepted %v", text, q >= 0)
		}
	}
}

// TestOutside: lengths are counted in code points.
func TestOutside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(0, 12, -1).Draw(t, "s")
		low, high := rapid.IntRange(0, 6).Draw(t, "low"), rapid.IntRange(6, 12).Draw(t, "high")
		n := utf8.RuneCountInString(s)
		if got, want := outside(s, low, high), n < low || n > high; got != want {
			t.Fatalf("%q outside %d to %d: %v", s, low, high, got)
		}
		if e := wrongLength(0, s, low, high); n < low && e.Keyword != "minLength" || n > high && e.Keyword != "maxLength" {
			t.Fatalf("%q: %v", s, e)
		}
	})
}

var half = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// FuzzSkip: skip accepts exactly valid JSON, except for duplicates, depth and surrogates.
func FuzzSkip(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,2.5e-3,true,false,null,"x\n"],"b":{}}`, `[]`, `[1,]`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `nul`, `"\ud800"`, "\"\x01\"",
		`[1 2]`, `{"a" 1}`, `{a:1}`, `01`, `-`, strings.Repeat("[", 17) + strings.Repeat("]", 17), ` {"a" : [ ] } `, "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d := decoder{b: text}
		p, err := d.skip(space(text, 0))
		verdict := d.finish(p, err)
		good := json.Valid(text) && utf8.Valid(text)
		switch {
		case verdict == nil && !good:
			t.Fatalf("%q is accepted", text)
		case verdict != nil && good:
			e := verdict.(*Error) //nolint:errorlint // finish returns no other
			if e.Keyword != "duplicate" && e.Keyword != "depth" && (e.Keyword != "syntax" || !half.Match(text)) {
				t.Fatalf("%q is refused: %v (%s)", text, e, e.Keyword)
			}
		}
	})
}

// TestDuplicates: duplicate keys are found and named, among few or many, escaped or not, at any depth.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 2, 15, 16, 17, 63, 64, 65, 66, 200, 5000} {
		for _, twice := range []int{-1, 0, count / 2, count - 1} {
			var text strings.Builder
			text.WriteString(`{"before":{"k0":1},`)
			for i := range count {
				fmt.Fprintf(&text, `"k%d":{"k0":[{"k0":0}]},`, i)
			}
			last := `"last":0}`
			if twice >= 0 {
				last = fmt.Sprintf(`"\u006b%d":0}`, twice)
			}
			text.WriteString(last)
			d := decoder{b: []byte(text.String())}
			err := d.finish(d.skip(0))
			if twice < 0 {
				if err != nil || d.n != 0 {
					t.Errorf("%d keys: %v, %d left", count, err, d.n)
				}
				continue
			}
			e, ok := err.(*Error) //nolint:errorlint // documented
			if !ok || e.Keyword != "duplicate" || e.Path != fmt.Sprintf("/k%d", twice) {
				t.Errorf("%d keys, k%d twice: %v", count, twice, err)
			}
		}
	}
}

// TestKeysMadeToCollide: keys that collide, or that are escaped, do not cause more than a bounded number
// of comparisons, and duplicates among them are still found.
func TestKeysMadeToCollide(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]string{"one bit": `"a%02dxxa":0`, "escaped": `"\u0061%02dxxa":0`, "mixed": `"%02d\n":0,"b%02[1]dyyb":0`} {
		for _, twice := range []int{-1, 0, 25, 58} {
			d := decoder{}
			var scope keyScope
			for i := range 60 {
				d.b = append(append(d.b, fmt.Sprintf(format, i)...), ',')
			}
			if twice >= 0 {
				d.b = append(append(d.b, fmt.Sprintf(format, twice)...), ',')
			}
			var err *Error
			for p := 0; p < len(d.b) && err == nil; p++ {
				var at span
				var key []byte
				if key, at, p, err = d.key(p); err == nil {
					err = d.add(&scope, key, at)
					p++ // the value
				}
			}
			if err == nil {
				err = d.leave(&scope)
			}
			if (err != nil) != (twice >= 0) || err != nil && err.Keyword != "duplicate" {
				t.Errorf("%s, %d twice: %v", name, twice, err)
			}
			if scope.spent > enough+linearKeys {
				t.Errorf("%s: %d comparisons", name, scope.spent)
			}
		}
	}
}

// TestErrors: a path is a JSON pointer, and all missing fields are named.
func TestErrors(t *testing.T) {
	t.Parallel()
	e := fail(3, "minimum", "must be at least 1").at(7).in("a/b~c").in("")
	if e.Path != "//a~1b~0c/7" || e.Error() != "//a~1b~0c/7: must be at least 1" || e.Offset != 3 {
		t.Errorf("got %#v", e)
	}
	names := make([]string, 70)
	for i := range names {
		names[i] = fmt.Sprint("f", i)
	}
	if e := missing(0, names, 1<<1, 1<<5); e.Error() != "Missing required fields: f1, f69" || len(e.Missing) != 2 {
		t.Errorf("got %v", e)
	}
	if e := missing(0, names, 1<<0, 0); e.Error() != "Missing required field: f0" {
		t.Errorf("got %v", e)
	}
}

// TestSecret: no way of printing shows a secret.
func TestSecret(t *testing.T) {
	t.Parallel()
	type holder struct{ Password Secret }
	s := Secret("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", holder{s})
	text, err := json.Marshal(holder{s})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %s %q %x %d %+v %#v", s, s, s, s, s, holder{s}, holder{s}) + log.String() + string(text) + fmt.Sprint(s, &s)
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e746572") || !strings.Contains(shown, "***") {
		t.Errorf("shown: %s", shown)
	}
}

// TestHolders tests the methods of Opt, Null and Map.
func TestHolders(t *testing.T) {
	t.Parallel()
	if Some(3).Or(4) != 3 || (Opt[int]{}).Or(4) != 4 || !NotNull(1).Valid || (Null[int]{}).Valid {
		t.Error("Opt or Null")
	}
	m := Map[int]{{"a", 1}, {"b", 2}}
	if v, ok := m.Get("b"); v != 2 || !ok {
		t.Error("b is not found")
	}
	if v, ok := m.Get("c"); v != 0 || ok {
		t.Error("c is found")
	}
}
