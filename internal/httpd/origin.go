package httpd

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// anyOrigin in a list allows every page.
const anyOrigin = "*"

// originList says which web pages may connect. Browsers let every page open a WebSocket connection to everywhere and say only in
// the Origin header whose page it was; whoever is no browser sends none, or whatever it likes.
type originList []string

// CheckOrigins refuses what Options.Origins may not be.
func CheckOrigins(origins []string) error {
	_, err := parseOrigins(origins)
	return err
}

// parseOrigins checks and normalizes origins, each "*" or scheme://host[:port]. What no browser ever sends as an origin is refused:
// it would let nobody in, and nobody would know why.
func parseOrigins(origins []string) (originList, error) {
	var list originList
	for _, given := range origins {
		text := strings.ToLower(strings.TrimSpace(given))
		if text == anyOrigin {
			list = append(list, anyOrigin)
			continue
		}
		u, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", given, err)
		}
		if u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != text || strings.HasSuffix(u.Host, ":") {
			return nil, fmt.Errorf("origin %q: want scheme://host or scheme://host:port, such as https://game.example", given)
		}
		if why := neverSent(u); why != "" {
			return nil, fmt.Errorf("origin %q: %s", given, why)
		}
		list = append(list, strings.TrimSuffix(text, usualPort(u.Scheme)))
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

// usualPort is the port that browsers leave out, with its colon.
func usualPort(scheme string) string {
	switch scheme {
	case "http":
		return ":80"
	case "https":
		return ":443"
	}
	return "no port"
}

// allow tells whether r may connect. A page from the server's own host always may, whatever the scheme: a proxy in front may have
// taken the TLS off.
func (l originList) allow(r *http.Request) bool {
	fields := r.Header.Values("Origin")
	if len(fields) == 0 || slices.Contains(l, anyOrigin) {
		return true
	}
	if len(fields) > 1 {
		return false
	}
	origin := strings.ToLower(fields[0])
	for _, scheme := range []string{"http://", "https://"} {
		if r.Host != "" && origin == scheme+strings.ToLower(r.Host) {
			return true
		}
	}
	return slices.Contains(l, origin)
}
