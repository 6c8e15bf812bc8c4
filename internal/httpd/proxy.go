package httpd

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// ParseProxies reads a list of addresses and networks, such as 127.0.0.1 and 10.0.0.0/8.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range texts {
		if network, err := netip.ParsePrefix(text); err == nil {
			proxies = append(proxies, network.Masked())
			continue
		}
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("proxy %q: want an address or a network, such as 127.0.0.1 or 10.0.0.0/8", text)
		}
		proxies = append(proxies, netip.PrefixFrom(address, address.BitLen()))
	}
	return proxies, nil
}

// contains tells whether an address, with or without a port, is one of the proxies.
func contains(proxies []netip.Prefix, address string) bool {
	ip, ok := parseAddress(address)
	if !ok {
		return false
	}
	for _, p := range proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func parseAddress(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	ip, err := netip.ParseAddr(text)
	return ip.Unmap().WithZone(""), err == nil
}

// revealing gives each request that comes through one of the proxies the address of the client behind it as its RemoteAddr.
// Everybody can send X-Forwarded-For, so only what trusted proxies have written there counts: read from its end, where each
// proxy appends the address that it was called from, the first address that is no trusted proxy's is the client's.
func revealing(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && contains(proxies, r.RemoteAddr); i-- {
			ip, ok := parseAddress(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			r.RemoteAddr = ip.String()
		}
		next.ServeHTTP(w, r)
	})
}
