package httpd

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// anyOrigin in a list allows every page.
const anyOrigin = "*"

// origin identifies whose web page it is. Two spellings of the same origin are equal values: parseOrigin puts them into one form.
type origin struct {
	scheme string // in lower case, such as "https"
	host   string // in lower case, without a dot at its end; an IPv6 address in its shortest form, in brackets
	port   string // never empty for http and https: the default port is written out
}

// defaultPort is the port of a URL that names none; "" for a scheme without one.
func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// newOrigin returns the origin of a scheme and a host, which may have a port. It is false when the host is malformed.
func newOrigin(scheme, hostPort string) (origin, bool) {
	// url.Parse reads the host, so that what it refuses or takes for a user name or a path matches nothing.
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

// parseOrigin reads the value of an Origin header, scheme://host[:port]. It is false for anything else, such as "null".
func parseOrigin(text string) (origin, bool) {
	scheme, hostPort, found := strings.Cut(text, "://")
	if !found || scheme == "" {
		return origin{}, false
	}
	return newOrigin(scheme, hostPort)
}

// originList says which web pages may connect. Browsers let every page open a WebSocket connection to everywhere and say only in
// the Origin header whose page it was; whoever is no browser sends none, or whatever it likes.
type originList struct {
	all    bool // every page
	listed map[origin]bool
}

// CheckOrigins refuses what Options.Origins may not be.
func CheckOrigins(origins []string) error {
	_, err := parseOrigins(origins)
	return err
}

// parseOrigins reads a list of origins, each "*" or scheme://host[:port]. It refuses what no browser ever sends as an origin: that
// would let nobody in, and nobody would know why.
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
		if why := neverSent(u); why != "" {
			return originList{}, fmt.Errorf("origin %q: %s", given, why)
		}
		list.listed[o] = true
	}
	return list, nil
}

// neverSent says why no browser sends u as an origin; empty: one may.
func neverSent(u *url.URL) string {
	switch {
	case u.Scheme == "ws" || u.Scheme == "wss":
		return "it is pages that have an origin, so it begins with https:// or http://"
	case strings.Contains(u.Host, anyOrigin):
		return "* stands alone and allows every page; otherwise list the hosts one by one"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return "browsers write such a host in punycode (xn--…)"
	}
	return ""
}

// allow tells whether r may connect. A page from the server's own host always may, whether it came over http or https: a proxy in
// front may have ended TLS. Browsers leave the default port out of Origin, some proxies write it into Host
// (nginx: proxy_set_header Host $host:$server_port).
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
