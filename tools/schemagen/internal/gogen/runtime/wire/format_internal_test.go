package wire

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/difftest"
)

var readers = map[string]func(string) bool{"uri": isURI, "email": isEmail, "date-time": isDateTime, "uuid": isUUID}

// TestFormats_rules: uri and email were validated by net/url and net/mail, which do not follow the
// RFCs. These are values that they, or the TypeScript validators, judged wrongly.
func TestFormats_rules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format, text string
		want         bool
	}{
		{"uri", "http://h/?q=%2", false},
		{"uri", "http://h/?q=%G0", false},
		{"uri", "http://h/?q=%", false},
		{"uri", "http://h/#f%2", false},
		{"uri", "http://h/#a#b", false},
		{"uri", "http://h/#a^b", false},
		{"uri", "http://h/?a=é", false},
		{"uri", "http://%41bc.example/", true},
		{"uri", "mailto:a@b%", false},
		{"uri", "amqp://h:80:90/", false},
		{"uri", "http://[fe80::1%25eth0]/", false}, // RFC 6874 is another RFC
		{"uri", "http://[v1.a:b]/", true},
		{"uri", "http://h:99999/", true},
		{"uri", "http:////x", true},
		{"uri", "a:", true},
		{"uri", "1a:b", false},
		{"email", " ann@example.org", false},
		{"email", "ann @example.org", false},
		{"email", "ann@example.org.", true},
		{"email", `""@example.org`, true},
		{"email", "(comment)ann@example.org", false},
		{"email", "ann. b@example.org", false},
		{"email", `"ann" @example.org`, false},
		{"email", "\"a\tb\"@example.org", true},
		{"email", "änn@example.org", false},
		{"email", "a@[ipv6:::1]", true},
		{"email", "a@[IPv6:fe80::1%eth0]", false},
		{"email", "a@[::1]", false},
		{"email", strings.Repeat("a", 64) + "@b", true},
		{"email", strings.Repeat("a", 65) + "@b", false},
	} {
		if got := readers[c.format](c.text); got != c.want {
			t.Errorf("%s %q: got %v, want %v", c.format, c.text, got, c.want)
		}
		if got := difftest.Format(c.format)(c.text); got != c.want {
			t.Errorf("%s %q: the grammar says %v, want %v", c.format, c.text, got, c.want)
		}
	}
}

// TestFormats_exhaustive compares the validators with the grammars on all short texts of
// significant characters.
func TestFormats_exhaustive(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	for _, c := range []struct {
		format, before, alphabet, after string
		length                          int
	}{
		{"uri", "", "a1:/?#[]@%", "", 5},
		{"uri", "a://", "v1:.@[]%/", "", 5},
		{"uri", "a://[", "1f:.v", "]", 6},
		{"uri", "a://[", "1:", "]", 17},
		{"uri", "a://[1:2:3:4:5:6:", "17:.250", "]", 5},
		{"email", "", "a.\"\\ @", "@b", 6},
		{"email", "a@", "a-.1[]:", "", 5},
		{"email", "a@[IPv6:", "1:", "]", 15},
	} {
		n := 0
		var try func(text string, left int)
		try = func(text string, left int) {
			whole := c.before + text + c.after
			n++
			if got, want := readers[c.format](whole), difftest.Format(c.format)(whole); got != want {
				t.Errorf("%s %q: got %v, want %v", c.format, whole, got, want)
			}
			if left == 0 || t.Failed() {
				return
			}
			for i := range len(c.alphabet) {
				try(text+c.alphabet[i:i+1], left-1)
			}
		}
		try("", c.length)
		if n < 1_000 {
			t.Errorf("%s: got %d texts, want at least 1,000", c.format, n)
		}
	}
}

// TestFormats_random compares them on texts similar to valid ones.
func TestFormats_random(t *testing.T) {
	t.Parallel()
	for format, reader := range readers {
		accepted, refused := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			for range 50 {
				text := difftest.DrawFormat(t, format)
				want := difftest.Format(format)(text)
				if got := reader(text); got != want {
					t.Fatalf("%s %q: got %v, want %v", format, text, got, want)
				}
				if want {
					accepted++
				} else {
					refused++
				}
			}
		})
		if accepted < 100 || refused < 100 {
			t.Errorf("%s: got %d accepted and %d refused, want at least 100 of each", format, accepted, refused)
		}
	}
}
