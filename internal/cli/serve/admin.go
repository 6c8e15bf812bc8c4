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

// checkAdminAddr refuses an address that others than this machine could reach: profiles tell what is in memory, and taking one
// slows the server down.
func checkAdminAddr(addr string) error {
	if addr == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--admin-addr: %w", err)
	}
	if !isLoopback(host) {
		return fmt.Errorf("--admin-addr %s: it must be an address of this machine alone, such as 127.0.0.1:6060; "+
			"from elsewhere reach it through ssh -L or kubectl port-forward", addr)
	}
	return nil
}

// isLoopback tells whether a host, an address or a name, is this machine itself. An IPv6 address may stand in brackets.
func isLoopback(host string) bool {
	return isLocalhost(host) || net.ParseIP(strings.Trim(host, "[]")).IsLoopback()
}

// isLocalhost tells whether a host is the name localhost, in whatever case, with or without a dot at its end.
func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

// AdminError says that nothing can be served at the admin address.
type AdminError struct{ err error }

func (e AdminError) Error() string { return "admin address: " + e.err.Error() }

func (e AdminError) Unwrap() error { return e.err }

// startAdmin serves figures and profiles at addr until stop is called; an empty addr serves nothing.
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
		// A profile under way is not worth waiting for.
		err := server.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// adminHandler serves what helps to find out what a server is doing. pprof's command line is left out: it may hold the password.
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

// onlyLoopback refuses requests that were meant for another host: a web page can make its own name lead to this machine, and so have a
// browser here ask for it.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			http.Error(w, "this address is for the machine itself", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkDistinctAddrs refuses two addresses of which one is in the way of the other.
func checkDistinctAddrs(addr, admin string) error {
	if admin == "" {
		return nil
	}
	host, port, err := clikit.ParseListenAddr("--addr", addr)
	if err != nil {
		return err
	}
	adminHost, adminPort, err := clikit.ParseListenAddr("--admin-addr", admin)
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
