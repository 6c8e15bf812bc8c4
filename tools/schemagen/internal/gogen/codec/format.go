package codec

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// isDateTime reports whether s is a date-time of RFC 3339, section 5.6. A leap second is accepted where one can stand: in the
// last minute of a day in UTC.
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

// zoneOffset reads Z, or +hh:mm, or -hh:mm.
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

// isUUID reports whether s is a UUID in the notation of RFC 4122, section 3, in small or capital letters.
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

// isURI reports whether s is a URI of RFC 3986, with a scheme.
func isURI(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		return false
	}
	if strings.ContainsAny(u.Host, "[]") && !bracketed(u.Host) {
		return false
	}
	return !strings.ContainsAny(s[len(u.Scheme)+1:], "[]") || strings.Contains(u.Host, "[")
}

// bracketed reports whether the host of a URI is an IPv6 address in brackets, with or without a port.
func bracketed(host string) bool {
	address, _, ok := strings.Cut(strings.TrimPrefix(host, "["), "]")
	ip, err := netip.ParseAddr(address)
	return ok && host[0] == '[' && err == nil && ip.Is6()
}

// isEmail reports whether s is an addr-spec of RFC 5322, section 3.4.1, within the lengths of RFC 5321, section 4.5.3.1.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	domain := s[at+1:]
	if inner, ok := strings.CutPrefix(domain, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		v6, tagged := strings.CutPrefix(inner, "IPv6:")
		ip, err := netip.ParseAddr(v6)
		if !ok || err != nil || tagged != ip.Is6() {
			return false
		}
		domain = "localhost" // net/mail does not read every address literal
	} else if !isHostname(domain) {
		return false
	}
	a, err := mail.ParseAddress("<" + s[:at] + "@" + domain + ">")
	return err == nil && a.Name == ""
}

// isHostname reports whether s is a host name of RFC 1034, section 3.1, as RFC 1123, section 2.1 widens it.
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
