package ws

import (
	"context"
	"net/netip"
)

// ClientNet is where connections come from, as far as limits are concerned: an IPv4 address, or the /64 network of an IPv6 address,
// since whoever has one of those addresses has them all. The zero Source stands for all that have no address.
type ClientNet netip.Prefix

// ClientNetOf returns the source of an address such as http.Request's RemoteAddr, with or without a port.
func ClientNetOf(remoteAddr string) ClientNet {
	var ip netip.Addr
	if withPort, err := netip.ParseAddrPort(remoteAddr); err == nil {
		ip = withPort.Addr()
	} else if ip, err = netip.ParseAddr(remoteAddr); err != nil {
		return ClientNet{}
	}
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ClientNet{}
	}
	return ClientNet(prefix)
}

// String returns the address or network.
func (s ClientNet) String() string {
	p := netip.Prefix(s)
	switch {
	case !p.IsValid():
		return "unknown"
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// socketKey is the key of a Dispatch's context that gives its socket.
type socketKey struct{}

// fromContext returns the socket whose message is being dispatched; nil outside a Dispatch.
func fromContext(ctx context.Context) *Socket {
	s, _ := ctx.Value(socketKey{}).(*Socket)
	return s
}

// ClientNetFrom returns where the connection comes from whose message is being dispatched, given a context that Dispatch got or one
// made of it; otherwise the zero Source.
func ClientNetFrom(ctx context.Context) ClientNet {
	if s := fromContext(ctx); s != nil {
		return s.source
	}
	return ClientNet{}
}
