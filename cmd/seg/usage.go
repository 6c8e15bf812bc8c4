package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments refuses words behind a command that takes flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes flags only, but %q is none", cmd.CommandPath(), args[0])
}

// oneArgument wants one word behind a command.
func oneArgument(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s needs 1 argument, %s, and got %d", cmd.CommandPath(), name, len(args))
	}
}

// wrongFlag adds to the error of a flag what the flag is, so that the value that it wants need not be looked up.
func wrongFlag(cmd *cobra.Command, err error) error {
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		_, usage := pflag.UnquoteUsage(wrong.GetFlag())
		return fmt.Errorf("%w; --%s is: %s", err, wrong.GetFlag().Name, usage)
	}
	if wrong, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := nearest(wrong.GetSpecifiedName(), known); near != "" {
			return fmt.Errorf("%w (did you mean --%s?)", err, near)
		}
	}
	return err
}

// checkURL refuses what is not where a WebSocket server can be, and says what was probably meant.
func checkURL(address string) error {
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

// checkAddr refuses what no server can listen at.
func checkAddr(addr string) error {
	_, _, err := listenAt("--addr", addr)
	return err
}

// listenAt reads the value of a flag that says where to listen. A port may have a name, such as http.
func listenAt(flag, addr string) (host string, port int, err error) {
	host, name, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("%s %s: %w; want host:port, or :port for all addresses of this machine", flag, addr, err)
	}
	if port, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", name); err != nil {
		return "", 0, fmt.Errorf("%s %s: %q is no port; a port is a number up to 65535", flag, addr, name)
	}
	return host, port, nil
}

// checkApart refuses two addresses of which one is in the way of the other.
func checkApart(addr, admin string) error {
	if admin == "" {
		return nil
	}
	host, port, err := listenAt("--addr", addr)
	if err != nil {
		return err
	}
	adminHost, adminPort, err := listenAt("--admin-addr", admin)
	if err != nil || port != adminPort || port == 0 { // each 0 is another port
		return err
	}
	ip, adminIP := net.ParseIP(host), net.ParseIP(adminHost)
	all := host == "" || ip.IsUnspecified()
	same := strings.EqualFold(host, adminHost) || ip != nil && ip.Equal(adminIP)
	if all || same || isLoopback(host) && (isLocalhost(host) || isLocalhost(adminHost)) {
		return fmt.Errorf("--admin-addr %s: that is where --addr %s listens; give it another port", admin, addr)
	}
	return nil
}
