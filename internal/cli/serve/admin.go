package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"seg.example/internal/cli/clikit"
)

// checkAdminAddr returns an error unless addr is a loopback address or empty. Profiles show what is
// in memory, and taking one slows the server down, so other machines must not reach them.
func checkAdminAddr(addr string) error {
	if addr == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--admin-addr: %w", err)
	}
	if !isLoopback(host) {
		return fmt.Errorf("--admin-addr %s: must be a loopback address, such as 127.0.0.1:6060; "+
			"to reach it from another machine, use ssh -L or kubectl port-forward", addr)
	}
	return nil
}

// isLoopback reports whether host, a name or an address, is this machine itself. An IPv6 address
// may be in brackets.
func isLoopback(host string) bool {
	return isLocalhost(host) || net.ParseIP(strings.Trim(host, "[]")).IsLoopback()
}

// isLocalhost reports whether host is the name localhost, in any case, with or without a final dot.
func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

// AdminError is the error of a server that cannot listen on its admin address.
type AdminError struct{ err error }

func (e AdminError) Error() string { return "admin address: " + e.err.Error() }

func (e AdminError) Unwrap() error { return e.err }

// startAdmin serves metrics and profiles on addr until stop is called. It serves nothing if addr is
// empty.
func startAdmin(ctx context.Context, addr string, figures http.Handler, log *slog.Logger) (stop func() error, err error) {
	if addr == "" {
		return func() error { return nil }, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, AdminError{err}
	}
	server := &http.Server{
		Handler:           onlyLoopback(adminHandler(figures)),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	log.Info("admin listening", "admin_addr", listener.Addr().String())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return func() error {
		// Close does not wait for a profile that is being taken.
		err := server.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// adminHandler serves metrics and profiles. It does not serve pprof's command line, which may
// contain the password.
func adminHandler(figures http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", figures)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// onlyLoopback refuses requests whose Host header is not this machine. Otherwise a web page could
// use DNS rebinding to read the profiles through a browser on this machine.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			http.Error(w, "the admin address accepts only requests for a loopback address or localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkDistinctAddrs returns an error if the server cannot listen on both addresses, because they
// overlap.
func checkDistinctAddrs(addr, admin string) error {
	if admin == "" {
		return nil
	}
	host, port, err := clikit.ParseListenAddr("--addr", addr)
	if err != nil {
		return err
	}
	adminHost, adminPort, err := clikit.ParseListenAddr("--admin-addr", admin)
	if err != nil || port != adminPort || port == 0 { // two ports 0 are different ports
		return err
	}
	ip, adminIP := net.ParseIP(host), net.ParseIP(adminHost)
	all := host == "" || ip.IsUnspecified()
	same := strings.EqualFold(host, adminHost) || ip != nil && ip.Equal(adminIP)
	if all || same || isLoopback(host) && (isLocalhost(host) || isLocalhost(adminHost)) {
		return fmt.Errorf("--admin-addr %s: overlaps with --addr %s; choose another port", admin, addr)
	}
	return nil
}
