package wire

import (
	"strings"
	"time"
)

// isDateTime reports whether s is a date-time of RFC 3339, section 5.6. It accepts a leap second in
// the last minute of a day in UTC.
func isDateTime(s string) bool {
	if len(s) < 20 || s[10]|0x20 != 't' {
		return false
	}
	clock, zone := s[11:19], s[19:]
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && digit(zone[n]) {
			n++
		}
		if n == 1 {
			return false
		}
		zone = zone[n:]
	}
	leap := clock[6:] == "60"
	if leap {
		clock = clock[:6] + "59"
	}
	at, err := time.Parse("2006-01-02T15:04:05", s[:10]+"T"+clock)
	if err != nil {
		return false
	}
	offset, ok := zoneOffset(zone)
	if !ok {
		return false
	}
	if at = at.Add(-offset); leap && (at.Hour() != 23 || at.Minute() != 59) {
		return false
	}
	return true
}

// zoneOffset parses Z, +hh:mm or -hh:mm.
func zoneOffset(s string) (time.Duration, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	for _, i := range [...]int{1, 2, 4, 5} {
		if !digit(s[i]) {
			return 0, false
		}
	}
	hours, minutes := int(s[1]-'0')*10+int(s[2]-'0'), int(s[4]-'0')*10+int(s[5]-'0')
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// isUUID reports whether s is a UUID of RFC 4122, section 3, in lower or upper case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	return true
}

// The character classes of RFC 3986 and RFC 5322, as bits.
const (
	classUserinfo = 1 << iota // of RFC 3986: unreserved, sub-delims and ":"
	classRegName              // unreserved and sub-delims
	classPath                 // of a path: pchar and "/"
	classQuery                // of a query or a fragment: pchar, "/" and "?"
	classAtext                // of RFC 5322, section 3.2.3
	classQtext                // inside a quoted string: qtext, space and tab
)

// classes holds the classes of each byte.
var classes = func() (table [256]uint8) { //nolint:gochecknoglobals // a constant
	mark := func(class uint8, bytes string) {
		for i := range len(bytes) {
			table[bytes[i]] |= class
		}
	}
	const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	mark(classUserinfo|classRegName|classPath|classQuery, alphanumeric+"-._~!$&'()*+,;=")
	mark(classUserinfo|classPath|classQuery, ":")
	mark(classPath|classQuery, "@/")
	mark(classQuery, "?")
	mark(classAtext, alphanumeric+"!#$%&'*+-/=?^_`{|}~")
	for c := byte(' '); c < 0x7f; c++ {
		if c != '"' && c != '\\' {
			table[c] |= classQtext
		}
	}
	table['\t'] |= classQtext
	return table
}()

// ofClass reports whether every byte of s is in a class.
func ofClass(s string, class uint8) bool {
	for i := range len(s) {
		if classes[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

// encoded reports whether s consists of bytes of a class and percent-encoded bytes.
func encoded(s string, class uint8) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if len(s)-i < 3 || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
				return false
			}
			i += 2
		} else if classes[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// isURI reports whether s is a URI of RFC 3986, appendix A: with a scheme, and only ASCII
// characters.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return false
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	if !encoded(fragment, classQuery) || !encoded(query, classQuery) {
		return false
	}
	if after, ok := strings.CutPrefix(path, "//"); ok {
		slash := strings.IndexByte(after, '/')
		if slash < 0 {
			slash = len(after)
		}
		if !isAuthority(after[:slash]) {
			return false
		}
		path = after[slash:]
	}
	return encoded(path, classPath)
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !digit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// isAuthority reports whether s is an authority of RFC 3986, section 3.2.
func isAuthority(s string) bool {
	host := s
	if userinfo, after, ok := strings.Cut(s, "@"); ok {
		if !encoded(userinfo, classUserinfo) {
			return false
		}
		host = after
	}
	var port string
	if literal, ok := strings.CutPrefix(host, "["); ok {
		address, after, ok := strings.Cut(literal, "]")
		if !ok || !isIPv6(address) && !isIPvFuture(address) || after != "" && after[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(after, ":")
	} else {
		host, port, _ = strings.Cut(host, ":")
		if !encoded(host, classRegName) {
			return false
		}
	}
	return onlyDigits(port)
}

// onlyDigits reports whether s only has digits; it may be empty.
func onlyDigits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

// isIPvFuture reports whether s is an address of a later version than 6 (RFC 3986, section 3.2.2).
func isIPvFuture(s string) bool {
	version, address, ok := strings.Cut(s, ".")
	if !ok || len(version) < 2 || version[0]|0x20 != 'v' || address == "" {
		return false
	}
	for i := 1; i < len(version); i++ {
		if !hexDigit(version[i]) {
			return false
		}
	}
	return ofClass(address, classUserinfo)
}

// isIPv6 reports whether s is an IPv6address of RFC 3986, section 3.2.2 (RFC 4291, section 2.2).
// "::" stands for at least one group.
func isIPv6(s string) bool {
	head, tail, elided := strings.Cut(s, "::")
	if !elided {
		return groupsOf(s) == 8
	}
	before, after := 0, 0
	if head != "" {
		if before = groupsOf(head); before < 0 || strings.IndexByte(head, '.') >= 0 {
			return false
		}
	}
	if tail != "" {
		if after = groupsOf(tail); after < 0 {
			return false
		}
	}
	return before+after < 8
}

// groupsOf counts the groups of an IPv6 address: up to four hexadecimal digits each; an IPv4
// address at the end counts as two. It returns -1 if s is invalid.
func groupsOf(s string) int {
	for n := 1; ; n++ {
		group, rest, more := strings.Cut(s, ":")
		if !more && isIPv4(group) {
			return n + 1
		}
		if len(group) < 1 || len(group) > 4 {
			return -1
		}
		for i := range len(group) {
			if !hexDigit(group[i]) {
				return -1
			}
		}
		if !more {
			return n
		}
		s = rest
	}
}

// isIPv4 reports whether s is an IPv4address of RFC 3986, section 3.2.2: four numbers up to 255 without leading zeros.
func isIPv4(s string) bool {
	for i := range 4 {
		number, rest, more := strings.Cut(s, ".")
		if more != (i < 3) || len(number) < 1 || len(number) > 3 || !onlyDigits(number) || len(number) > 1 && number[0] == '0' || len(number) == 3 && number > "255" {
			return false
		}
		s = rest
	}
	return true
}

// isEmail reports whether s is an addr-spec of RFC 5322, section 3.4.1, in ASCII and without comments, folding white space and obsolete
// forms. The domain is a host name of RFC 1123 or an address literal of RFC 5321, and the lengths are those of RFC 5321, section 4.5.3.1.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if !isHostname(domain) && !isAddressLiteral(domain) {
		return false
	}
	if local[0] == '"' {
		return isQuoted(local)
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || !ofClass(atom, classAtext) {
			return false
		}
	}
	return true
}

// isAddressLiteral reports whether s is an address of RFC 5321, section 4.1.3, in brackets.
func isAddressLiteral(s string) bool {
	inner, opened := strings.CutPrefix(s, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return false
	}
	if len(inner) > 5 && strings.EqualFold(inner[:5], "IPv6:") {
		return isIPv6(inner[5:])
	}
	return isIPv4(inner)
}

// isQuoted reports whether s is a quoted-string of RFC 5322, section 3.2.4.
func isQuoted(s string) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		if c == '\\' {
			i++
			if i == len(inner) || inner[i] != '\t' && (inner[i] < ' ' || inner[i] > '~') {
				return false
			}
		} else if classes[c]&classQtext == 0 {
			return false
		}
	}
	return true
}

// isHostname reports whether s is a host name of RFC 1034, section 3.1, with the extension of RFC
// 1123, section 2.1. It may end with a dot.
func isHostname(s string) bool {
	if s = strings.TrimSuffix(s, "."); len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) < 1 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && !digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}
