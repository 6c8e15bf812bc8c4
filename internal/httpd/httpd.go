// Package httpd is the server's face on HTTP: it decides who may open a WebSocket connection, before anything is upgraded, and it tells
// about the server's state. A refusal is an HTTP status and a JSON object {"error","code"}. Scripts in browsers see nothing of those when
// they open a WebSocket, so a refusal that would be the same the next time closes a connection instead, with a code from 4400 to 4499.
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

// Options are the parts that a Handler speaks for.
type Options struct {
	// Sockets upgrades connections. Required.
	Sockets *ws.Server
	// Clients knows who is connected; it must be told by Sockets' hooks. Required.
	Clients *hub.Hub
	// Passwords judges bearer tokens. Required.
	Passwords *auth.Guard
	// Origins are the web origins (scheme://host[:port]) whose pages may connect, besides those of the server's own host. "*"
	// allows every page: then any web site that a player visits can play in the player's name if it knows the password.
	Origins []string
	// TrustedProxies are the networks of proxies in front, whose word for where a request comes from is taken: its RemoteAddr
	// becomes the last address in X-Forwarded-For that is none of theirs. Default: nobody's word is taken.
	TrustedProxies []netip.Prefix
	// Ready tells what keeps the server from working, such as a database out of reach; nil: nothing does. It gets two seconds.
	// Default: always ready.
	Ready func(ctx context.Context) error
	// Metrics answers /metrics, to everybody: it must tell nothing of clients. nil: a 404.
	Metrics http.Handler
	// Refusals counts who gets no connection. Default: nobody does.
	Refusals *Refusals
	// Log gets what is not for clients' eyes. Default: nothing is logged.
	Log *slog.Logger
}

// handler serves the endpoints of New.
type handler struct {
	Options
	origins originList
	catalog catalog
	turned  *turned
}

// New returns a handler of
//
//	/ws/connect  WebSocket; see the parameters in connect.go
//	/ws/status   what the server serves, and how many clients are connected
//	/healthz     200 as long as the process answers
//	/readyz      200 while it can do its work, 503 otherwise and while it drains
//	/metrics     figures for Prometheus
//	/            what there is to read, with links: /docs, /asyncapi.json, /schema/…, /client/seg.js; see files.go
//
// Everything else is a 404. It fails when an origin is not one.
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
	h := &handler{Options: o, origins: origins, catalog: newCatalog(), turned: newTurned(o.Log, o.Refusals)}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/connect", h.connect)
	mux.HandleFunc("/ws/status", reading(h.status))
	mux.HandleFunc("/healthz", reading(h.health))
	mux.HandleFunc("/readyz", reading(h.ready))
	if o.Metrics != nil {
		mux.HandleFunc("/metrics", reading(o.Metrics.ServeHTTP))
	}
	if err := servePages(mux); err != nil {
		return nil, err
	}
	mux.HandleFunc("/", nowhere)
	return revealing(o.TrustedProxies, h.turned, mux), nil
}

// nowhere answers for addresses at which there is nothing.
func nowhere(w http.ResponseWriter, _ *http.Request) {
	refuse(w, &refusal{status: http.StatusNotFound, code: wire.ErrorCodeNotFound, text: "nothing is served at this address"})
}

// Limits of connections until they are upgraded. A zero field means its default.
type Limits struct {
	// MaxHandshakes bounds the connections that have not become WebSocket connections: those that are sending a request or being
	// answered, and those kept open for another one. A quarter of them may come from one ws.Source, unless it is one of
	// TrustedProxies; what comes beyond is closed unheard. Default 4096.
	MaxHandshakes int
	// MaxHeader bounds the header of a request, in bytes; a longer one is refused with 431. At least 8 KiB, default 16 KiB.
	MaxHeader int
	// HeaderTimeout is how long a request may take to the end of its header, counted from the opening of the connection or its
	// first byte. Body and header together may take twice as long. Default 5 s.
	HeaderTimeout time.Duration
	// TrustedProxies are those of Options.
	TrustedProxies []netip.Prefix
	// Refusals are those of Options.
	Refusals *Refusals
}

// WithDefaults returns l with the default of every field that is zero.
func (l Limits) WithDefaults() Limits {
	l.MaxHandshakes = cmp.Or(l.MaxHandshakes, 4096)
	l.MaxHeader = max(cmp.Or(l.MaxHeader, 16<<10), leastHeader)
	l.HeaderTimeout = cmp.Or(l.HeaderTimeout, 5*time.Second)
	return l
}

const (
	leastHeader = 8 << 10
	// slop is what net/http reads of a header beyond MaxHeaderBytes.
	slop          = 4 << 10
	answerTimeout = 20 * time.Second
	idleTimeout   = time.Minute
	readyTimeout  = 2 * time.Second
)

// NewServer returns an HTTP server for h with the limits that keep slow and greedy clients off. What net/http has to complain about
// goes to log. Address, TLS and listener are the caller's.
func NewServer(h http.Handler, l Limits, log *slog.Logger) *http.Server {
	l = l.WithDefaults()
	lobby := newLobby(l.MaxHandshakes, l.TrustedProxies, newTurned(log, l.Refusals))
	server := &http.Server{
		Handler:           h,
		MaxHeaderBytes:    l.MaxHeader - slop,
		ReadHeaderTimeout: l.HeaderTimeout,
		ReadTimeout:       2 * l.HeaderTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		ConnState:         lobby.watch,
		ErrorLog:          newComplaints(log),
	}
	server.RegisterOnShutdown(lobby.close)
	return server
}

// refusal is an answer that says no.
type refusal struct {
	status int
	code   wire.ErrorCode
	text   string
	header http.Header
	cause  cause
	// closing is what a WebSocket is closed with to say so, in the place of an answer in HTTP; 0: it is answered.
	closing ws.CloseCode
}

func (r *refusal) Error() string { return r.text }

func refuse(w http.ResponseWriter, r *refusal) {
	maps.Copy(w.Header(), r.header)
	answer(w, r.status, struct {
		Error string         `json:"error"`
		Code  wire.ErrorCode `json:"code"`
	}{r.text, r.code})
}

// answer writes body as JSON.
func answer(w http.ResponseWriter, status int, body any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// It fails only when the client is gone, and then there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}

// reading lets only GET and HEAD through.
func reading(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			refuse(w, &refusal{
				status: http.StatusMethodNotAllowed, code: wire.ErrorCodeInvalidField, text: "this address is for reading: GET or HEAD",
				header: http.Header{"Allow": {"GET, HEAD"}},
			})
			return
		}
		next(w, r)
	}
}
