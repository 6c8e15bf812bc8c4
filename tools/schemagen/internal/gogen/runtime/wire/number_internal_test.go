package wire

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// numeral draws a JSON number in any notation.
func numeral(t *rapid.T) string {
	return rapid.StringMatching(`-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
}

func rat(tb interface{ Fatalf(string, ...any) }, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		tb.Fatalf("%q is no number", text)
	}
	return r
}

// TestDecimal: numbers are parsed, compared and divided as exactly as by math/big.
func TestDecimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, y := numeral(t), numeral(t)
		if got, want := compareNumber([]byte(x), y), rat(t, x).Cmp(rat(t, y)); got != want {
			t.Fatalf("compare %s with %s: %d, want %d", x, y, got, want)
		}
		if got, want := decimalOf([]byte(x)).whole(), rat(t, x).IsInt(); got != want {
			t.Fatalf("%s is whole: %v, want %v", x, got, want)
		}
		same := string(canonical(nil, []byte(x))) == string(canonical(nil, []byte(y)))
		if want := rat(t, x).Cmp(rat(t, y)) == 0; same != want {
			t.Fatalf("%s and %s are equal: %v, want %v", x, y, same, want)
		}
		factor := rapid.SampledFrom([]string{"1", "2", "3", "0.01", "0.5", "7e3", "1e-12", "999999999999999999"}).Draw(t, "factor")
		quotient := new(big.Rat).Quo(rat(t, x), rat(t, factor))
		if got := multipleOf([]byte(x), factor); got != quotient.IsInt() {
			t.Fatalf("%s is a multiple of %s: %v", x, factor, got)
		}
	})
}

// TestInteger: integers are accepted in any notation, exactly if they fit into an int64.
func TestInteger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := numeral(t)
		if rapid.Bool().Draw(t, "near the limit") {
			text = fmt.Sprintf("-922337203685477580%d", rapid.IntRange(0, 12).Draw(t, "last"))
			text = strings.TrimPrefix(text, strings.Repeat("-", rapid.IntRange(0, 1).Draw(t, "sign")))
		}
		v, q := integer([]byte(text+","), 0)
		exact := rat(t, text)
		if want := exact.IsInt() && exact.Num().IsInt64(); (q >= 0) != want {
			t.Fatalf("%s: accepted %v, want %v", text, q >= 0, want)
		}
		if q >= 0 && (v != exact.Num().Int64() || q != len(text)) {
			t.Fatalf("%s: got %d up to %d", text, v, q)
		}
	})
}

// TestNumber: a number is decoded as the nearest float64.
func TestNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := numeral(t)
		v, q := number([]byte(","+text), 1)
		q--
		want, err := strconv.ParseFloat(text, 64)
		if err != nil || v != want || q != len(text) {
			t.Fatalf("%s: got %v up to %d, want %v", text, v, q, want)
		}
		back, _ := number(appendNumber(nil, v), 0)
		if back != v {
			t.Fatalf("%v is written %s", v, appendNumber(nil, v))
		}
	})
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(appendNumber(nil, v)); got != "null" {
			t.Errorf("%v is written %s", v, got)
		}
	}
}

// TestRefusedNumbers: the error texts for invalid numbers.
func TestRefusedNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1.5":                  "type",
		"true":                 "type",
		"1e-1":                 "type",
		"1e400":                "maximum",
		"-1e400":               "minimum",
		"9223372036854775808":  "maximum",
		"-9223372036854775809": "minimum",
		"1e5000000":            "maximum",
		"1e-5000000":           "type",
	} {
		if _, q := integer([]byte(text), 0); q >= 0 {
			t.Errorf("%s: accepted", text)
		}
		if got := notInteger([]byte(text), 0, "1", "2").Keyword; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"1e400": "maximum", "-1e400": "minimum", "x": "type", "1e5000000": "maximum"} {
		if _, q := number([]byte(text), 0); q >= 0 {
			t.Errorf("%s: accepted", text)
		}
		if got := notNumber([]byte(text), 0).Keyword; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "-", "+1", ".5", "1.", "1e", "1e+", "-x"} {
		if q := numberEnd([]byte(text), 0); q >= 0 {
			t.Errorf("%q is a number up to %d", text, q)
		}
	}
}

// TestCoerced: coerced accepts strings of digits as integers, but no other strings.
func TestCoerced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"5": 5, `"5"`: 5, `"007"`: 7, `"\u0031\u0032"`: 12, "1e1": 10, `"0"`: 0} {
		if v, q := coerced([]byte(text), 0); v != want || q != len(text) {
			t.Errorf("%s: got %d up to %d", text, v, q)
		}
	}
	for text, want := range map[string]string{
		`""`: "pattern", `"-1"`: "pattern", `"1.0"`: "pattern", `" 1"`: "pattern", `"99999999999999999999"`: "maximum", "1.5": "type",
		`"5`: "type", "null": "type",
	} {
		if _, q := coerced([]byte(text), 0); q >= 0 {
			t.Errorf("%s: accepted", text)
		}
		if got := notCoerced([]byte(text), 0, "1", "2").Keyword; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestNumbersAreBounded: decoding very long numbers takes linear time.
func TestNumbersAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Now() // the limit is thousands of times higher than needed
	for _, text := range []string{
		"1" + strings.Repeat("0", 1<<16), "0." + strings.Repeat("0", 1<<16) + "1", "1e" + strings.Repeat("9", 1<<16),
		strings.Repeat("9", 1<<16) + "e-65000",
	} {
		b := []byte(text)
		integer(b, 0)
		number(b, 0)
		compareNumber(b, "0.1")
		multipleOf(b, "0.07")
		canonical(nil, b)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}
