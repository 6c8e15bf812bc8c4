package wire

import (
	"slices"
	"testing"
)

// TestFormats: what RFC 3339, 4122, 3986 and 5322 accept and refuse.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name        string
		is          func(string) bool
		good, wrong []string
	}{
		{
			"date-time", isDateTime,
			[]string{
				"1963-06-19T08:30:06.283185Z", "1963-06-19T08:30:06Z", "1990-12-31T15:59:50.123-08:00", "1998-12-31T23:59:60Z",
				"1998-12-31T15:59:60.123-08:00", "1963-06-19t08:30:06.283185z", "2024-02-29T00:00:00+23:59", "0000-01-01T00:00:00Z",
			},
			[]string{
				"", "1998-12-31T23:59:61Z", "1998-12-31T23:58:60Z", "1998-12-31T22:59:60Z", "1990-02-31T15:59:59Z", "1990-12-31T15:59:59-24:00",
				"1963-06-19T08:30:06.28123+01:00Z", "06/19/1963 08:30:06 PST", "2013-350T01:01:01", "1963-6-19T08:30:06Z",
				"1963-06-1T08:30:06Z", "1963-06-1৪T00:00:00Z", "1963-06-11T0৪:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z",
				"2024-01-01 00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00+01:60", "2024-01-01T00:00:00,5Z",
			},
		},
		{
			"uuid", isUUID,
			[]string{"2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-0000-0000-000000000000"},
			[]string{
				"", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08-aa98-11ea-73b441d16380", "2eb8aa08-aa98-11ea-b4ga-73b441d16380",
				"2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08aa98-11ea-b4aa73b441d16380-", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
			},
		},
		{
			"uri", isURI,
			[]string{
				"http://foo.bar/?baz=qux#quux", "http://foo.com/blah_(wikipedia)_blah#cite-1", "http://foo.bar/?q=Test%20URL-encoded%20stuff",
				"http://xn--nw2a.xn--j6w193g/", "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com", "http://223.255.255.254",
				"ftp://ftp.is.co.za/rfc/rfc1808.txt", "ldap://[2001:db8::7]/c=GB?objectClass?one", "mailto:John.Doe@example.com",
				"news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
			},
			[]string{
				"", "//foo.bar/?baz=qux#quux", "/abc", `\\WINDOWS\fileshare`, "abc", "http:// shouldfail.com", ":// should fail",
				"bar,baz:foo", "https://[@example.org/test.txt", `https://example.org/foobar\.txt`, "https://example.org/foobar<>.txt",
				"https://example.org/foobar{}.txt", "https://example.org/foobar^.txt", "https://example.org/foobar`.txt",
				"https://example.org/foo bar.txt", "https://example.org/foobar|.txt", "https://example.org/foobar®.txt", "http://a/[",
			},
		},
		{
			"email", isEmail,
			[]string{
				"joe.bloggs@example.com", "te~st@example.com", "~test@example.com", "test~@example.com", `"joe bloggs"@example.com`,
				`"joe..bloggs"@example.com`, `"joe@bloggs"@example.com`, "joe.bloggs@[127.0.0.1]", "joe.bloggs@[IPv6:::1]", "te.s.t@example.com",
			},
			[]string{
				"", "2962", "@example.com", "a@", ".test@example.com", "test.@example.com", "te..st@example.com", "joe.bloggs@invalid=domain.com",
				"joe.bloggs@[127.0.0.300]", "joe.bloggs@[::1]", "joe.bloggs@[IPv6:127.0.0.1]", "joe.bloggs@[127.0.0.1", "Joe <joe@example.com>",
				"a@-b.example", "a@b..example",
			},
		},
	} {
		for _, s := range x.good {
			if !x.is(s) {
				t.Errorf("%s refuses %q", x.name, s)
			}
		}
		for _, s := range x.wrong {
			if x.is(s) {
				t.Errorf("%s accepts %q", x.name, s)
			}
		}
	}
}

// TestEqual: values are equal as JSON Schema says, whichever way they are written.
func TestEqual(t *testing.T) {
	t.Parallel()
	classes := [][]string{
		{"1", "1.0", "1e0", "10e-1", "0.01e2"},
		{"0", "-0", "0.0e5"},
		{"-1.5", "-15e-1"},
		{`"a"`, `"\u0061"`},
		{`"1"`},
		{"true"},
		{"null"},
		{"[]", "[ ]"},
		{"[1,2]", "[ 1.0 , 2e0 ]"},
		{"[2,1]"},
		{`{"a":1,"b":[{"c":null}]}`, `{ "b" : [ {"\u0063":null} ] , "a" : 1.0 }`},
		{`{"a":1}`},
		{"{}"},
		{`"\u00e9"`, `"é"`},
	}
	for i, x := range classes {
		for j, y := range classes {
			for _, a := range x {
				for _, b := range y {
					if got := equal([]byte(a), b); got != (i == j) {
						t.Errorf("%s equals %s: %v", a, b, got)
					}
				}
			}
		}
	}
	if !oneOf([]byte("2.0"), "1", "2") || oneOf([]byte("3"), "1", "2") {
		t.Error("oneOf")
	}
	for text, want := range map[string]bool{"[1,2]": true, "[1,1.0]": false, "[]": true, `["a","\u0061"]`: false, `[[1],[1]]`: false, `[{},[]]`: true} {
		if unique([]byte(text)) != want {
			t.Errorf("%s is unique: %v", text, !want)
		}
	}
}

// TestConstant: a constant is found in any notation and not inside something longer.
func TestConstant(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		text, want string
		q          int
	}{
		{`"a",`, `"a"`, 3},
		{`"\u0061"`, `"a"`, 8},
		{`"ab"`, `"a"`, -1},
		{"7}", "7", 1},
		{"70", "7", -1},
		{"7.0]", "7", 3},
		{"7e0", "7", 3},
		{"true", "true", 4},
		{"truely", "true", 4}, // what follows is the next to complain
		{"", "null", -1},
	} {
		d := decoder{b: []byte(x.text)}
		if q := d.constant(0, x.want); q != x.q {
			t.Errorf("%s in %s: %d, want %d", x.want, x.text, q, x.q)
		}
	}
}

// TestTag: the member that tells the variants of a union apart is found wherever it stands.
func TestTag(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ text, tag, keyword string }{
		{`{"kind":"a"}`, "a", ""},
		{` {"x":{"kind":"b"},"\u006bind":"\u0061"}`, "a", ""},
		{`{"x":1}`, "", "required"},
		{`{"kind":1}`, "", "type"},
		{`[]`, "", "type"},
		{`{"x":}`, "", "syntax"},
		{`{"x"`, "", "syntax"},
		{`{"x":1`, "", "syntax"},
	} {
		d := decoder{b: []byte(x.text)}
		tag, _, err := d.tag(space(d.b, 0), "kind")
		keyword := ""
		if err != nil {
			keyword = err.Keyword
		}
		if string(tag) != x.tag || keyword != x.keyword {
			t.Errorf("%s: %q, %v", x.text, tag, err)
		}
	}
}

// TestGrow: memory is used again, with what it held.
func TestGrow(t *testing.T) {
	t.Parallel()
	var a []int
	for i := range 10 {
		a = grow(a)
		a[i] = i
	}
	again := grow(a[:3])
	if len(again) != 4 || again[3] != 3 || &again[0] != &a[0] {
		t.Error("the memory is not used again")
	}
	if !slices.Equal(a, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Error(a)
	}
}
