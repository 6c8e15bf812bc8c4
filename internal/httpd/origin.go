package httpd

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// anyOrigin in a list allows every page.
const anyOrigin = "*"

// originList says which web pages may connect. Browsers let every page open a WebSocket connection to everywhere and say only in
// the Origin header whose page it was; whoever is no browser sends none, or whatever it likes.
type originList []string

// parseOrigins checks and normalizes origins, each "*" or scheme://host[:port].
func parseOrigins(origins []string) (originList, error) {
	var list originList
	for _, text := range origins {
		if text == anyOrigin {
			list = append(list, anyOrigin)
			continue
		}
		u, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", text, err)
		}
		if u.Scheme == "" || u.Host == "" || !strings.EqualFold(u.Scheme+"://"+u.Host, text) {
			return nil, fmt.Errorf("origin %q: want scheme://host or scheme://host:port, such as https://game.example", text)
		}
		list = append(list, strings.ToLower(text))
	}
	return list, nil
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
