package ws

import (
	"context"
	"net/netip"
)

// ClientNet is the network of a client, as far as limits are concerned: an IPv4 address, or the /64
// network of an IPv6 address, since one host usually has a whole /64. The zero ClientNet is used
// for connections without an address.
type ClientNet netip.Prefix

// ClientNetOf returns the ClientNet of an address such as http.Request's RemoteAddr, with or
// without a port.
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

// socketKey is the context key of the socket whose message is being dispatched.
type socketKey struct{}

// fromContext returns the socket whose message is being dispatched; nil outside a Dispatch.
func fromContext(ctx context.Context) *Socket {
	s, _ := ctx.Value(socketKey{}).(*Socket)
	return s
}

// ClientNetFrom returns the ClientNet of the connection whose message is being dispatched, given
// the context of Dispatch or one derived from it. Otherwise it returns the zero ClientNet.
func ClientNetFrom(ctx context.Context) ClientNet {
	if s := fromContext(ctx); s != nil {
		return s.clientNet
	}
	return ClientNet{}
}
