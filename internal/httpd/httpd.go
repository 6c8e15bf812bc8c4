// Package httpd serves the HTTP endpoints: the WebSocket handshake, the server's status, probes,
// metrics and documents. It decides before the upgrade who may connect.
//
// A refusal is an HTTP status and a JSON object {"error","code"}. Browser scripts cannot see either
// for a WebSocket handshake. So a refusal that would be repeated on the next try upgrades the
// connection and closes it with a code from 4400 to 4499.
package httpd

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"time"

	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/hub"
	"seg.example/internal/ws"
)

// Options of New.
type Options struct {
	// Sockets upgrades connections. Required.
	Sockets *ws.Server
	// Clients holds the open connections. Sockets must remove closed ones from it (ws.Config.Closed).
	// Required.
	Clients *hub.Hub
	// Passwords checks bearer tokens. Required.
	Passwords *auth.Guard
	// Origins are the web origins (scheme://host[:port]) whose pages may connect, besides the server's
	// own host. "*" allows every page: then any web site that a player visits can act as the player if
	// it knows the password.
	Origins []string
	// TrustedProxies are the networks of reverse proxies. For a request from one of them, the client's
	// address is the last one in X-Forwarded-For that is no trusted proxy. Default: none.
	TrustedProxies []netip.Prefix
	// Ready returns an error while the server cannot work, for example without its database. Its
	// context ends after two seconds. Default: always ready.
	Ready func(ctx context.Context) error
	// Metrics serves /metrics, without a password. nil: /metrics is a 404.
	Metrics http.Handler
	// Refusals counts refused connections. Default: they are not counted.
	Refusals *Refusals
	// Log receives errors and refusals. Default: nothing is logged.
	Log *slog.Logger
}

// handler serves the endpoints of New.
type handler struct {
	Options
	origins    originList
	catalog    catalog
	refusalLog *refusalLog
}

// New returns a handler of
//
//	/ws/connect  WebSocket; see the parameters in connect.go
//	/ws/status   what the server serves, and how many clients are connected
//	/healthz     200 while the process runs
//	/readyz      200 while the server can work, 503 otherwise and while it drains
//	/metrics     metrics for Prometheus
//	/            an index of the documents: /docs, /asyncapi.json, /schema/…, /client/seg.js; see pages.go
//
// Everything else is a 404. New returns an error if an origin is invalid.
func New(o Options) (http.Handler, error) {
	origins, err := parseOrigins(o.Origins)
	if err != nil {
		return nil, err
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &handler{Options: o, origins: origins, catalog: newCatalog(), refusalLog: newRefusalLog(o.Log, o.Refusals)}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/connect", h.connect)
	mux.HandleFunc("/ws/status", getOnly(h.status))
	mux.HandleFunc("/healthz", getOnly(h.health))
	mux.HandleFunc("/readyz", getOnly(h.ready))
	if o.Metrics != nil {
		mux.HandleFunc("/metrics", getOnly(o.Metrics.ServeHTTP))
	}
	if err := servePages(mux); err != nil {
		return nil, err
	}
	mux.HandleFunc("/", notFound)
	return withClientIP(o.TrustedProxies, h.refusalLog, mux), nil
}

// notFound answers requests for unknown paths.
func notFound(w http.ResponseWriter, _ *http.Request) {
	writeRefusal(w, &refusal{status: http.StatusNotFound, code: wire.ErrorCodeNotFound, text: "there is no such page"})
}

// Limits of HTTP connections, before the upgrade. A zero field means its default.
type Limits struct {
	// MaxHandshakes is the most connections that are not WebSocket connections: those in a request and
	// idle keep-alive ones. One ws.ClientNet gets a quarter of them, a trusted proxy all. Further
	// connections are closed before anything is read. Default 4096.
	MaxHandshakes int
	// MaxHeader is the most bytes of a request's header. A longer header is refused with 431. At least
	// 8 KiB, default 16 KiB.
	MaxHeader int
	// HeaderTimeout is the time for sending the header, from the opening of the connection or the first
	// byte of the request. Header and body together get twice as long. Default 5 s.
	HeaderTimeout time.Duration
	// TrustedProxies as in Options.
	TrustedProxies []netip.Prefix
	// Refusals as in Options.
	Refusals *Refusals
}

// WithDefaults returns l with each zero field set to its default.
func (l Limits) WithDefaults() Limits {
	l.MaxHandshakes = cmp.Or(l.MaxHandshakes, 4096)
	l.MaxHeader = max(cmp.Or(l.MaxHeader, 16<<10), minHeader)
	l.HeaderTimeout = cmp.Or(l.HeaderTimeout, 5*time.Second)
	return l
}

const (
	minHeader = 8 << 10
	// headerSlop is how many bytes net/http reads beyond MaxHeaderBytes.
	headerSlop    = 4 << 10
	answerTimeout = 20 * time.Second
	idleTimeout   = time.Minute
	readyTimeout  = 2 * time.Second
)

// NewServer returns an HTTP server for h with limits against slow and greedy clients. The messages of
// net/http go to log. The caller sets the address, TLS and the listener.
func NewServer(h http.Handler, l Limits, log *slog.Logger) *http.Server {
	l = l.WithDefaults()
	pending := newPendingConns(l.MaxHandshakes, l.TrustedProxies, newRefusalLog(log, l.Refusals))
	server := &http.Server{
		Handler:           h,
		MaxHeaderBytes:    l.MaxHeader - headerSlop,
		ReadHeaderTimeout: l.HeaderTimeout,
		ReadTimeout:       2 * l.HeaderTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		ConnState:         pending.connState,
		ErrorLog:          newHTTPErrorLog(log),
	}
	server.RegisterOnShutdown(pending.close)
	return server
}

// refusal is why a request is refused, and the answer.
type refusal struct {
	status int
	code   wire.ErrorCode
	text   string
	header http.Header
	reason refusalReason
	// closeCode, if not 0, is sent instead of an HTTP answer: the connection is upgraded and closed.
	closeCode ws.CloseCode
}

func (r *refusal) Error() string { return r.text }

func writeRefusal(w http.ResponseWriter, r *refusal) {
	maps.Copy(w.Header(), r.header)
	writeJSON(w, r.status, struct {
		Error string         `json:"error"`
		Code  wire.ErrorCode `json:"code"`
	}{r.text, r.code})
}

// writeJSON writes body as JSON.
func writeJSON(w http.ResponseWriter, status int, body any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has disconnected
}

// getOnly refuses all methods except GET and HEAD.
func getOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writeRefusal(w, &refusal{
				status: http.StatusMethodNotAllowed, code: wire.ErrorCodeInvalidField, text: "method not allowed; use GET or HEAD",
				header: http.Header{"Allow": {"GET, HEAD"}},
			})
			return
		}
		next(w, r)
	}
}
