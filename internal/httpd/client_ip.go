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

// parseProxy reads an address or a network. It converts IPv4-mapped IPv6 (::ffff:10.0.0.0/104) to
// IPv4, because parseAddress returns that form.
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

// containsAddr reports whether an address, with or without a port, is one of the proxies.
func containsAddr(proxies []netip.Prefix, address string) bool {
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

// isLocal reports whether an address, with or without a port, is of this machine or a private network.
func isLocal(address string) bool {
	ip, _ := parseAddress(address)
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// withClientIP replaces the RemoteAddr of requests from trusted proxies by the client's address.
// Anyone can send X-Forwarded-For, and each proxy appends the address of its caller. So the client is
// the first address from the end that is no trusted proxy. A local proxy that is not trusted is
// probably a mistake in the configuration: log records it.
func withClientIP(proxies []netip.Prefix, log *refusalLog, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Forwarded-For"] == nil {
			next.ServeHTTP(w, r)
			return
		}
		if isLocal(r.RemoteAddr) && !containsAddr(proxies, r.RemoteAddr) {
			log.record(reasonUntrustedProxy, ws.ClientNetOf(r.RemoteAddr).String())
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && containsAddr(proxies, r.RemoteAddr); i-- {
			ip, ok := parseAddress(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			r.RemoteAddr = ip.String()
		}
		next.ServeHTTP(w, r)
	})
}
