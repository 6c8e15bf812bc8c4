package httpd

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"seg.example/internal/ws"
)

// ParseProxies reads a list of addresses and networks, such as 127.0.0.1 and 10.0.0.0/8.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range texts {
		proxy, err := parseProxy(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("proxy %q: want an address or a network, such as 127.0.0.1 or 10.0.0.0/8", text)
		}
		proxies = append(proxies, proxy)
	}
	return proxies, nil
}

// parseProxy reads an address or a network. One of IPv4 may be written as IPv6 has it, ::ffff:10.0.0.0/104: addresses are compared in
// their short form, as parseAddress returns them.
func parseProxy(text string) (netip.Prefix, error) {
	const mapped = 96 // bits of ::ffff:0:0
	network, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), err
	}
	if network.Addr().Is4In6() && network.Bits() >= mapped {
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-mapped)
	}
	return network.Masked(), nil
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

// nearby tells whether an address, with or without a port, is of this machine or its own network.
func nearby(address string) bool {
	ip, _ := parseAddress(address)
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// revealing gives each request that comes through one of the proxies the address of the client behind it as its RemoteAddr.
// Everybody can send X-Forwarded-For, so only what trusted proxies have written there counts: read from its end, where each
// proxy appends the address that it was called from, the first address that is no trusted proxy's is the client's. A proxy nearby that
// is not trusted was probably forgotten, which t is told of.
func revealing(proxies []netip.Prefix, t *turned, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Forwarded-For"] == nil {
			next.ServeHTTP(w, r)
			return
		}
		if nearby(r.RemoteAddr) && !contains(proxies, r.RemoteAddr) {
			t.note(unknownProxy, ws.ClientNetOf(r.RemoteAddr).String())
		}
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
