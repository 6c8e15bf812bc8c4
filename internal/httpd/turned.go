package httpd

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"seg.example/internal/ws"
)

// cause is why somebody was turned away, or soon will be.
type cause uint8

const (
	unknown       cause = iota // nothing that is known of
	serverFull                 // Config.MaxSockets
	addressFull                // Config.MaxPerSource
	foreignOrigin              // Options.Origins
	lobbyFull                  // Limits.MaxHandshakes
	restarting                 // Shutdown has begun
	noHandshake                // no WebSocket handshake, or none that is right
	badParameters              // of the query
	noSession                  // there is no such session
	otherKey                   // somebody with another key is connected as this client
	wrongToken                 // not the password
	guessing                   // too many wrong passwords
	fault                      // of the server's
	unknownProxy               // Options.TrustedProxies; it is served all the same
	causes                     // how many there are
)

// reasons are the causes as Refusals counts them.
var reasons = [causes]string{ //nolint:gochecknoglobals // a table that never changes
	serverFull: "server_full", addressFull: "address_full", foreignOrigin: "origin", lobbyFull: "handshakes_full", restarting: "restarting",
	noHandshake: "no_handshake", badParameters: "parameters", noSession: "no_session", otherKey: "other_key", wrongToken: "password",
	guessing: "guessing", fault: "internal",
}

// Refusals counts who got no connection, by reason. The zero value is ready to use.
type Refusals struct{ counts [causes]atomic.Uint64 }

// Counts returns how many there were, by reason; all reasons that there are, those without any too.
func (r *Refusals) Counts() map[string]uint64 {
	counts := map[string]uint64{}
	for why, reason := range reasons {
		if reason != "" {
			counts[reason] = r.counts[why].Load()
		}
	}
	return counts
}

// remedies are what the log says of a cause that whoever runs the server can do something about, and which setting it is about.
var remedies = [causes]struct{ text, setting string }{ //nolint:gochecknoglobals // a table that never changes
	serverFull:    {"connections are refused: the server has as many as it may", "max-connections"},
	addressFull:   {"connections are refused: too many from one address; is it a proxy's?", "max-connections-per-address, trusted-proxies"},
	foreignOrigin: {"connections are refused: they come from web pages of another origin", "origins"},
	lobbyFull:     {"connections are closed unheard: too many are open that are no WebSocket connections", "max-handshakes"},
	unknownProxy:  {"a proxy is not trusted, so its clients share one address: its connections and its wrong passwords", "trusted-proxies"},
}

// repeatAfter is how long the log says nothing more of the same cause, so that nobody can fill it.
const repeatAfter = time.Minute

// turned counts who is turned away, and tells the log.
type turned struct {
	log  *slog.Logger
	seen *Refusals

	mu    sync.Mutex
	kinds [causes]struct {
		tell rate.Sometimes
		more int // since the last that was told of
	}
}

// newTurned counts in seen; nil: for nobody.
func newTurned(log *slog.Logger, seen *Refusals) *turned {
	if seen == nil {
		seen = new(Refusals)
	}
	t := &turned{log: log, seen: seen}
	for i := range t.kinds {
		t.kinds[i].tell = rate.Sometimes{First: 1, Interval: repeatAfter}
	}
	return t
}

// refused notes a request that gets no connection. client is empty where it is not known who asks.
func (t *turned) refused(r *http.Request, client string, no *refusal) {
	from := ws.ClientNetOf(r.RemoteAddr).String()
	how := []any{"status", no.status}
	if no.closing != 0 {
		how = []any{"close", no.closing}
	}
	t.log.Debug("connection refused", append(how, "because", no.text, "client", client, "from", from)...)
	var more []any
	if no.cause == foreignOrigin {
		more = []any{"origin", short(r.Header.Get("Origin")), "host", short(r.Host)}
	}
	t.note(no.cause, from, more...)
}

// note counts a cause and, where there is a remedy, warns of it: the first time, and then once a minute at most.
func (t *turned) note(why cause, from string, more ...any) {
	t.seen.counts[why].Add(1)
	if remedies[why].text == "" {
		return
	}
	if times := t.count(why); times > 0 {
		t.log.Warn(remedies[why].text, append([]any{"setting", remedies[why].setting, "from", from, "times", times}, more...)...)
	}
}

// count returns how many there were since the last warning, if it is time for another; otherwise 0.
func (t *turned) count(why cause) (times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind := &t.kinds[why]
	kind.more++
	kind.tell.Do(func() { times, kind.more = kind.more, 0 })
	return times
}

// short cuts what a stranger has sent to what a line of a log needs of it.
func short(text string) string {
	const enough = 200
	if len(text) <= enough {
		return text
	}
	return strings.ToValidUTF8(text[:enough], "") + "…"
}

// complaints takes what net/http has to say. Most of it is about clients that go away or send no HTTP, and is for debugging; but that
// nobody can be let in any more, and that the server itself has failed, must be seen.
type complaints struct{ log *slog.Logger }

func newComplaints(to *slog.Logger) *log.Logger { return log.New(complaints{to}, "", 0) }

// Write is part of io.Writer. It gets one complaint.
func (c complaints) Write(text []byte) (int, error) {
	level := slog.LevelDebug
	switch {
	case bytes.HasPrefix(text, []byte("http: panic serving")):
		level = slog.LevelError
	case bytes.HasPrefix(text, []byte("http: Accept error")):
		level = slog.LevelWarn
	}
	c.log.Log(context.Background(), level, strings.TrimSuffix(string(text), "\n"))
	return len(text), nil
}
