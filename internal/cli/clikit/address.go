package clikit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// CheckURL returns an error if address is not the URL of a WebSocket server. The error suggests a
// corrected URL where possible.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Host != "" && (u.Scheme == "ws" || u.Scheme == "wss") {
		return nil
	}
	meant := &url.URL{Scheme: "ws", Host: address, Path: "/ws/connect"}
	if err == nil && u.Host != "" {
		meant.Host = u.Host
		if u.Scheme == "https" {
			meant.Scheme = "wss"
		}
		if u.Path != "" && u.Path != "/" {
			meant.Path = u.Path
		}
	}
	const want = "--url: want an address such as ws://host:port/path or wss://host/path"
	if _, err := url.Parse(meant.String()); err != nil || address == "" {
		return errors.New(want)
	}
	return fmt.Errorf("%s; did you mean %s?", want, meant.Redacted())
}

// CheckListenAddr returns an error if the value of --addr is not an address to listen on.
func CheckListenAddr(addr string) error {
	_, _, err := ParseListenAddr("--addr", addr)
	return err
}

// ParseListenAddr splits addr, the value of a flag, into host and port. The port may be a service
// name, such as http. The error names the flag.
func ParseListenAddr(flag, addr string) (host string, port int, err error) {
	host, name, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("%s %s: %w; want host:port, or :port for all addresses of this machine", flag, addr, err)
	}
	if port, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", name); err != nil {
		return "", 0, fmt.Errorf("%s %s: %q is not a port; a port is a number up to 65535 or the name of a service", flag, addr, name)
	}
	return host, port, nil
}
