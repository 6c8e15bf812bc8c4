package difftest

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"
)

// grammars are the formats as regular expressions, built from the grammars of the RFCs rule by
// rule. The validators in generated code are independent of them.
var grammars = sync.OnceValue(func() map[string]func(string) bool { //nolint:gochecknoglobals // a constant that takes time to make
	// RFC 3986, appendix A.
	const (
		pct       = `%[0-9A-Fa-f]{2}`
		sub       = `!$&'()*+,;=`
		plain     = `A-Za-z0-9._~\-`
		pchar     = `(?:[` + plain + sub + `:@]|` + pct + `)`
		userinfo  = `(?:[` + plain + sub + `:]|` + pct + `)*`
		regName   = `(?:[` + plain + sub + `]|` + pct + `)*`
		octet     = `(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
		v4        = octet + `(?:\.` + octet + `){3}`
		h16       = `[0-9A-Fa-f]{1,4}`
		ls32      = `(?:` + h16 + `:` + h16 + `|` + v4 + `)`
		future    = `[vV][0-9A-Fa-f]+\.[` + plain + sub + `:]+`
		segments  = `(?:/` + pchar + `*)*`
		rootless  = pchar + `+` + segments
		absolute  = `/(?:` + rootless + `)?`
		tail      = `(?:` + pchar + `|[/?])*`
		someHex   = `(?:` + h16 + `:)`
		elided    = `(?:` + someHex + `{0,N}` + h16 + `)?::`
		atextRule = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+" // RFC 5322, section 3.2.3
	)
	upTo := func(n int) string { return strings.Replace(elided, "N", strconv.Itoa(n), 1) }
	v6 := `(?:` + strings.Join([]string{
		someHex + `{6}` + ls32,
		`::` + someHex + `{5}` + ls32,
		`(?:` + h16 + `)?::` + someHex + `{4}` + ls32,
		upTo(1) + someHex + `{3}` + ls32,
		upTo(2) + someHex + `{2}` + ls32,
		upTo(3) + someHex + ls32,
		upTo(4) + ls32,
		upTo(5) + h16,
		upTo(6),
	}, `|`) + `)`
	host := `(?:\[(?:` + v6 + `|` + future + `)\]|` + regName + `)`
	authority := `(?:` + userinfo + `@)?` + host + `(?::[0-9]*)?`
	uri := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.\-]*:(?://` + authority + segments + `|` + absolute + `|` + rootless + `|)(?:\?` + tail + `)?(?:#` + tail + `)?$`)

	// RFC 5322, section 3.4.1, without comments and folding white space; the domain is a host name of RFC 1123 or an address of RFC 5321.
	label := `[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	quoted := `"(?:[\t !#-\[\]-~]|\\[\t -~])*"`
	email := regexp.MustCompile(`^(` + atextRule + `(?:\.` + atextRule + `)*|` + quoted + `)@(?:(` + label + `(?:\.` + label + `)*)\.?|\[` + v4 + `\]|\[[Ii][Pp][Vv]6:` + v6 + `\])$`)

	dateTime := regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	uuid := regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	return map[string]func(string) bool{
		"uri": uri.MatchString,
		"email": func(s string) bool {
			m := email.FindStringSubmatch(s)
			return m != nil && len(m[1]) <= 64 && len(m[2]) <= 253 && len(s) <= 254
		},
		"date-time": func(s string) bool {
			m := dateTime.FindStringSubmatch(s)
			if m == nil {
				return false
			}
			zone := strings.ToUpper(m[5])
			seconds := m[3]
			if seconds == "60" {
				seconds = "59"
			}
			at, err := time.Parse(time.RFC3339, m[1]+"T"+m[2]+":"+seconds+zone)
			return err == nil && (m[3] != "60" || at.UTC().Format("15:04") == "23:59")
		},
		"uuid": uuid.MatchString,
	}
})

// useGrammars makes the oracle validate formats by the grammars: its own validators deviate from the RFCs in many places.
var useGrammars = sync.OnceFunc(func() { //nolint:gochecknoglobals // the library has one table for all
	for name, accepts := range grammars() {
		jsonschema.Formats[name] = func(v any) bool {
			s, ok := v.(string)
			return !ok || accepts(s)
		}
	}
})

// samples are valid texts of each format, which drawFormat changes.
var samples = map[string][]string{ //nolint:gochecknoglobals // a table
	"date-time": {
		"2024-02-29T23:59:59Z", "1998-12-31T23:59:60Z", "1937-01-01t12:00:27.87+00:20", "0000-01-01T00:00:00-23:59", "1998-12-31T15:59:60.5-08:00",
	},
	"uuid": {"2EB8AA08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-0000-0000-000000000000"},
	"uri": {
		"http://foo.bar/?baz=qux#quux", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "mailto:a@example.com", "a:", "a:/", "a:?b", "a:#b",
		"http://u:p@[fe80::1]:80/%41//b", "http://[::ffff:1.2.3.4]", "http://[v1.a:b]/", "file:///etc/x", "http://%41bc.example:/", "x://h:99999", "tel:+1-816-555-1212",
	},
	"email": {
		"joe.bloggs@example.com", "te~st@example.com", "x@localhost", `"joe bloggs"@example.com`, `"a\"b@c"@example.com`, "a@[127.0.0.1]", "a@[IPv6:::1]", `""@a.b.`,
	},
}

// edits are the characters that drawFormat inserts.
var edits = []rune("aZ09%:/?#[]@!$&'()*+,;=.-_~ \"\\<>^`{|}\t\n\x00\x7féT z") //nolint:gochecknoglobals // a table

// drawFormat draws a text that is valid or nearly valid for a format.
func drawFormat(t *rapid.T, format string) string {
	text := []rune(rapid.SampledFrom(samples[format]).Draw(t, "sample"))
	for range rapid.IntRange(0, 3).Draw(t, "edits") {
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		switch insert := []rune{rapid.SampledFrom(edits).Draw(t, "rune")}; {
		case at == len(text) || rapid.Bool().Draw(t, "insert"):
			text = append(text[:at:at], append(insert, text[at:]...)...)
		case rapid.Bool().Draw(t, "replace"):
			text = append(text[:at:at], append(insert, text[at+1:]...)...)
		default:
			text = append(text[:at:at], text[at+1:]...)
		}
	}
	return string(text)
}

// Format returns a validator by the grammar of a format's RFC; nil if the format is not supported.
func Format(name string) func(text string) bool { return grammars()[name] }

// DrawFormat draws a text that is valid or nearly valid for a format.
func DrawFormat(t *rapid.T, format string) string { return drawFormat(t, format) }
