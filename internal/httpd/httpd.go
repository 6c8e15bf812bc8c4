// Package httpd is the server's face on HTTP: it decides who may open a WebSocket connection, before anything is upgraded, so that
// a refusal is an HTTP status and a JSON object {"error","code"}; and it tells about the server's state.
package httpd

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
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
	// Password is what a bearer token is held against.
	Password auth.Password
	// Origins are the web origins (scheme://host[:port]) whose pages may connect, besides those of the server's own host. "*"
	// allows every page: then any web site that a player visits can play in the player's name if it knows the password.
	Origins []string
	// Ready tells what keeps the server from working, such as a database out of reach; nil: nothing does. It gets two seconds.
	// Default: always ready.
	Ready func(ctx context.Context) error
	// Log gets what is not for clients' eyes. Default: nothing is logged.
	Log *slog.Logger
}

// handler serves the endpoints of New.
type handler struct {
	Options
	origins originList
	catalog catalog
}

// New returns a handler of
//
//	/ws/connect  WebSocket; see the parameters in connect.go
//	/ws/status   what the server serves, and how many clients are connected
//	/healthz     200 as long as the process answers
//	/readyz      200 while it can do its work, 503 otherwise and while it drains
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
	h := &handler{Options: o, origins: origins, catalog: newCatalog()}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/connect", h.connect)
	mux.HandleFunc("/ws/status", reading(h.status))
	mux.HandleFunc("/healthz", reading(h.health))
	mux.HandleFunc("/readyz", reading(h.ready))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, &refusal{status: http.StatusNotFound, code: wire.ErrorCodeNotFound, text: "nothing is served at this address"})
	})
	return mux, nil
}

// Limits of an HTTP connection, until it is upgraded.
const (
	maxHeader     = 16 << 10 // bytes of a request's header; net/http allows itself 4 KiB more
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second // header and body together
	answerTimeout = 20 * time.Second
	idleTimeout   = time.Minute
	readyTimeout  = 2 * time.Second
)

// NewServer returns an HTTP server for h with the limits that keep slow and greedy clients off. What net/http has to complain about
// goes to log. Address, TLS and listener are the caller's.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// refusal is an answer that says no.
type refusal struct {
	status int
	code   wire.ErrorCode
	text   string
	header http.Header
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
				http.StatusMethodNotAllowed, wire.ErrorCodeInvalidField, "this address is for reading: GET or HEAD",
				http.Header{"Allow": {"GET, HEAD"}},
			})
			return
		}
		next(w, r)
	}
}
