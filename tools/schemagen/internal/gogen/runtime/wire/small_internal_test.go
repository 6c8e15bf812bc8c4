package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestSmallParts tests functions that only generated code uses.
func TestSmallParts(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		string(comma([]byte("{"))):       "{",
		string(comma([]byte(`{"a":1`))):  `{"a":1,`,
		string(appendBool(nil, true)):    "true",
		string(appendBool(nil, false)):   "false",
		string(appendInt(nil, -1<<63)):   "-9223372036854775808",
		string(appendRaw(nil, "")):       "null",
		string(appendRaw(nil, "[1, 2]")): "[1, 2]",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if countMembers() != 0 || countMembers(1<<63|1, 3) != 4 {
		t.Error("countMembers")
	}
	if fits(nil) != nil {
		t.Error("fits")
	}
	if outside("", 0, unlimited) || !outside("", 1, unlimited) {
		t.Error("unlimited")
	}
	for text, want := range map[string]byte{"": 0, "-1": '0', "7": '0', "{": '{', "nul": 'n'} {
		if got := first([]byte(text), 0); got != want {
			t.Errorf("first of %q: %c", text, got)
		}
	}
}

// TestTextKey: a key is a slice of the copied input, or a new string if it has escapes.
func TestTextKey(t *testing.T) {
	t.Parallel()
	const text = `"plain" : 1,"\u0065scaped":2`
	d := decoder{b: []byte(text), s: text}
	name, q, err := d.textKey(0)
	if name != "plain" || text[q] != '1' || err != nil {
		t.Errorf("%q, %d, %v", name, q, err)
	}
	name, q, err = d.textKey(q + 2)
	if name != "escaped" || text[q] != '2' || err != nil {
		t.Errorf("%q, %d, %v", name, q, err)
	}
	if _, _, err = d.textKey(len(text)); err == nil || err.Keyword != "syntax" {
		t.Errorf("at the end: %v", err)
	}
}

// TestMapKeys: duplicate keys are always found: at once, or at the end of the object if there were
// too many comparisons.
func TestMapKeys(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		keys  func(i int) string // 3000 keys
		twice int                // index of the duplicated key; 0: none
		late  bool
	}{
		{"few, none twice", func(i int) string { return strings.Repeat("k", i%40) + strconv.Itoa(i) }, 0, true},
		{"the second", strconv.Itoa, 1, false},
		{"behind many", strconv.Itoa, 2500, true},
		{"all alike to the hash", func(i int) string { return fmt.Sprintf("k%04d%04dk", i, 9999-i) }, 2999, true},
	} {
		var keys mapKeys
		var entries Map[int]
		found := -1
		for i := range 3000 {
			name := x.keys(i)
			if x.twice > 0 && i == x.twice {
				name = x.keys(i - 1)
			}
			if twice(&keys, entries, name) {
				found = i
				break
			}
			entries = append(entries, Entry[int]{Key: name})
		}
		if keys.spent > enough+3000 {
			t.Errorf("%s: %d keys were compared", x.name, keys.spent)
		}
		name, late := repeated(&keys, entries)
		switch {
		case x.twice == 0 && (found >= 0 || late):
			t.Errorf("%s: found at %d, in the end %v", x.name, found, late)
		case x.twice > 0 && !x.late && found != x.twice:
			t.Errorf("%s: found at %d", x.name, found)
		case x.twice > 0 && x.late && (found >= 0 || !late || name != x.keys(x.twice-1)):
			t.Errorf("%s: found at %d, in the end %q, %v", x.name, found, name, late)
		}
	}
}

// TestRoomFor: memory for the estimated number of members is allocated at once, but false estimates
// are bounded.
func TestRoomFor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`"a":1}`:                             1,
		`"a":1,"b":2,"c":3},"d":4}`:          3,
		`"` + strings.Repeat(",", 1000):      1,
		`"` + strings.Repeat(",", 998) + `}`: 1 + 999/5,
		``:                                   1,
	} {
		if got := roomFor(Map[int](nil), []byte(text), 0); cap(got) != want || len(got) != 0 {
			t.Errorf("%.20s: room for %d, want %d", text, cap(got), want)
		}
	}
	if used := make(Map[int], 0, 2); cap(roomFor(used, []byte(`"a":1,"b":2,"c":3}`), 0)) != 2 {
		t.Error("what was there is not used")
	}
}

func TestAppendInt(t *testing.T) {
	t.Parallel()
	for _, v := range []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, 1<<53 - 1, -(1<<53 - 1)} {
		wantInt(t, v)
	}
	for v := int64(-1100); v <= 10100; v++ {
		wantInt(t, v)
	}
}

func wantInt(t *testing.T, v int64) {
	t.Helper()
	if got := string(appendInt([]byte("x"), v)); got != "x"+strconv.FormatInt(v, 10) {
		t.Errorf("%d is written as %s", v, got)
	}
}

// TestPlain: plain contains exactly the bytes that need no escape in a JSON string.
func TestPlain(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		want := c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf
		if plain[c] != want {
			t.Errorf("%q: %v", rune(c), plain[c])
		}
	}
}

// TestShortInteger: short integers compare like exact decimals.
func TestShortInteger(t *testing.T) {
	t.Parallel()
	texts := []string{
		"0", "-0", "7", "-7", "10", "007", "999999999999999999", "-999999999999999999", "1000000000000000000", "9007199254740991",
		"1.0", "1e1", "-1.5", "1e400", "-1e-400", "12345678901234567890123",
	}
	short := 0
	for _, x := range texts {
		if _, ok := shortInteger(x); ok {
			short++
		}
		for _, y := range texts {
			want := decimalOf([]byte(x)).compare(decimalOf([]byte(y)))
			if got := compareNumber([]byte(x), y); got != want {
				t.Errorf("%s and %s: %d, want %d", x, y, got, want)
			}
		}
	}
	if short != 9 {
		t.Errorf("%d of the texts are short integers, want 9", short)
	}
}
