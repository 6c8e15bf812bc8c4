package httpd

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// anyOrigin in the list of origins allows every page.
const anyOrigin = "*"

// origin is a web origin in normal form: two spellings of the same origin are equal.
type origin struct {
	scheme string // lower case, such as "https"
	host   string // lower case, no final dot; an IPv6 address in its shortest form, in brackets
	port   string // for http and https never empty: the default port is filled in
}

// defaultPort returns the port of a URL without one; "" for an unknown scheme.
func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// newOrigin returns the origin of a scheme and a host with or without port, and false if the host is
// malformed.
func newOrigin(scheme, hostPort string) (origin, bool) {
	// Parse as a URL, so that a host with a user name or a path does not match.
	u, err := url.Parse("//" + hostPort)
	if err != nil || u.Host != hostPort || u.Hostname() == "" {
		return origin{}, false
	}
	o := origin{scheme: strings.ToLower(scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = defaultPort(o.scheme)
	}
	if ip, err := netip.ParseAddr(o.host); err == nil && ip.Is6() {
		o.host = "[" + ip.String() + "]"
		return o, true
	}
	o.host = strings.TrimSuffix(o.host, ".")
	return o, o.host != "" && !strings.Contains(o.host, ":")
}

// parseOrigin reads an Origin header, scheme://host[:port]. It returns false for anything else, such
// as "null".
func parseOrigin(text string) (origin, bool) {
	scheme, hostPort, found := strings.Cut(text, "://")
	if !found || scheme == "" {
		return origin{}, false
	}
	return newOrigin(scheme, hostPort)
}

// originList holds the origins whose pages may connect. The same-origin policy of browsers does not
// cover WebSockets: they let every page connect and only send the Origin header. Other clients send
// no Origin, or a made-up one.
type originList struct {
	all    bool // every page
	listed map[origin]bool
}

// CheckOrigins returns an error if origins is invalid as Options.Origins.
func CheckOrigins(origins []string) error {
	_, err := parseOrigins(origins)
	return err
}

// parseOrigins reads a list of origins, each "*" or scheme://host[:port]. It refuses values that no
// browser sends as an origin, since they would never match.
func parseOrigins(origins []string) (originList, error) {
	list := originList{listed: map[origin]bool{}}
	for _, given := range origins {
		text := strings.ToLower(strings.TrimSpace(given))
		if text == anyOrigin {
			list.all = true
			continue
		}
		u, err := url.Parse(text)
		if err != nil {
			return originList{}, fmt.Errorf("origin %q: %w", given, err)
		}
		o, ok := parseOrigin(text)
		if !ok || u.Scheme+"://"+u.Host != text || strings.HasSuffix(u.Host, ":") {
			return originList{}, fmt.Errorf("origin %q: want scheme://host or scheme://host:port, such as https://game.example", given)
		}
		if reason := whyNeverSent(u); reason != "" {
			return originList{}, fmt.Errorf("origin %q: %s", given, reason)
		}
		list.listed[o] = true
	}
	return list, nil
}

// whyNeverSent returns why no browser sends u as an origin; "" if one can.
func whyNeverSent(u *url.URL) string {
	switch {
	case u.Scheme == "ws" || u.Scheme == "wss":
		return "an origin is the address of a page, so it begins with https:// or http://"
	case strings.Contains(u.Host, anyOrigin):
		return "wildcards in hosts are not supported; list each host, or use * alone to allow every page"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return "browsers send such a host in punycode (xn--…)"
	}
	return ""
}

// allow reports whether r may connect. A page of the server's own host always may, over http or
// https, because a proxy may have terminated TLS. Browsers omit the default port in Origin, but some
// proxies add it to Host (nginx: proxy_set_header Host $host:$server_port).
func (l originList) allow(r *http.Request) bool {
	fields := r.Header.Values("Origin")
	if len(fields) == 0 || l.all {
		return true
	}
	if len(fields) > 1 {
		return false
	}
	page, ok := parseOrigin(fields[0])
	if !ok {
		return false
	}
	if page.scheme == "http" || page.scheme == "https" {
		if own, ok := newOrigin(page.scheme, r.Host); ok && page == own {
			return true
		}
	}
	return l.listed[page]
}
