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

// refusalReason is why a connection was refused, for metrics and the log.
type refusalReason uint8

const (
	reasonUnknown        refusalReason = iota // not counted
	reasonServerFull                          // Config.MaxSockets of package ws
	reasonAddressFull                         // Config.MaxPerSource of package ws
	reasonOrigin                              // Options.Origins
	reasonHandshakesFull                      // Limits.MaxHandshakes
	reasonRestarting                          // the server is shutting down
	reasonNoHandshake                         // no valid WebSocket handshake
	reasonParameters                          // invalid query parameters
	reasonNoSession                           // the session does not exist
	reasonOtherKey                            // the client_id is connected with another client_key
	reasonWrongPassword                       // the bearer token is not the password
	reasonGuessing                            // too many wrong passwords
	reasonInternal                            // an error of the server
	reasonUntrustedProxy                      // Options.TrustedProxies; logged, but not refused
	reasonCount                               // the number of reasons
)

// reasonLabels are the names of the reasons in Refusals.Counts.
var reasonLabels = [reasonCount]string{ //nolint:gochecknoglobals // a table that never changes
	reasonServerFull: "server_full", reasonAddressFull: "address_full", reasonOrigin: "origin",
	reasonHandshakesFull: "handshakes_full", reasonRestarting: "restarting", reasonNoHandshake: "no_handshake",
	reasonParameters: "parameters", reasonNoSession: "no_session", reasonOtherKey: "other_key",
	reasonWrongPassword: "password", reasonGuessing: "guessing", reasonInternal: "internal",
}

// Refusals counts refused connections by reason. The zero value is ready to use.
type Refusals struct{ counts [reasonCount]atomic.Uint64 }

// Counts returns the number of refused connections for every reason, also for those without any.
func (r *Refusals) Counts() map[string]uint64 {
	counts := map[string]uint64{}
	for reason, label := range reasonLabels {
		if label != "" {
			counts[label] = r.counts[reason].Load()
		}
	}
	return counts
}

// operatorHints are the warnings for refusals that the operator can prevent, with the name of the
// setting. Reasons without a hint are mistakes of the client.
var operatorHints = [reasonCount]struct{ text, setting string }{ //nolint:gochecknoglobals // a table that never changes
	reasonServerFull:     {"connections refused: connection limit reached", "max-connections"},
	reasonAddressFull:    {"connections refused: too many from one address; is it a proxy?", "max-connections-per-address, trusted-proxies"},
	reasonOrigin:         {"connections refused: web pages of an origin that is not allowed", "origins"},
	reasonHandshakesFull: {"connections closed before their request: too many HTTP connections are open", "max-handshakes"},
	reasonUntrustedProxy: {
		"proxy is not trusted: all its clients share one address for limits and wrong passwords", "trusted-proxies",
	},
}

// warnInterval is the least time between two warnings for the same reason, so that refusals cannot
// fill the log.
const warnInterval = time.Minute

// refusalLog counts refusals and logs them.
type refusalLog struct {
	log    *slog.Logger
	counts *Refusals

	mu       sync.Mutex
	byReason [reasonCount]struct {
		limiter rate.Sometimes
		pending int // refusals since the last warning
	}
}

// newRefusalLog counts in counts, which may be nil.
func newRefusalLog(log *slog.Logger, counts *Refusals) *refusalLog {
	if counts == nil {
		counts = new(Refusals)
	}
	l := &refusalLog{log: log, counts: counts}
	for i := range l.byReason {
		l.byReason[i].limiter = rate.Sometimes{First: 1, Interval: warnInterval}
	}
	return l
}

// refused records a refused request. client is empty if the client_id is not known.
func (l *refusalLog) refused(r *http.Request, client string, refused *refusal) {
	from := ws.ClientNetOf(r.RemoteAddr).String()
	code := []any{"status", refused.status}
	if refused.closeCode != 0 {
		code = []any{"close", refused.closeCode}
	}
	l.log.Debug("connection refused", append(code, "because", refused.text, "client", client, "from", from)...)
	var extra []any
	if refused.reason == reasonOrigin {
		extra = []any{"origin", truncate(r.Header.Get("Origin")), "host", truncate(r.Host)}
	}
	l.record(refused.reason, from, extra...)
}

// record counts a refusal. If there is a hint for the operator, it logs a warning: the first time,
// and then at most once per warnInterval.
func (l *refusalLog) record(reason refusalReason, from string, extra ...any) {
	l.counts.counts[reason].Add(1)
	hint := operatorHints[reason]
	if hint.text == "" {
		return
	}
	if times := l.dueCount(reason); times > 0 {
		l.log.Warn(hint.text, append([]any{"setting", hint.setting, "from", from, "times", times}, extra...)...)
	}
}

// dueCount counts a refusal. If a warning is due it returns the number of refusals since the last
// one, otherwise 0.
func (l *refusalLog) dueCount(reason refusalReason) (times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.byReason[reason]
	r.pending++
	r.limiter.Do(func() { times, r.pending = r.pending, 0 })
	return times
}

// truncate shortens a header value for the log.
func truncate(text string) string {
	const maxBytes = 200
	if len(text) <= maxBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxBytes], "") + "…"
}

// httpErrorLog receives the messages of net/http. Most are about clients that disconnect or send no
// HTTP, so they are logged as debug. A panic is an error of the server, and a failing Accept means
// that no client can connect.
type httpErrorLog struct{ log *slog.Logger }

func newHTTPErrorLog(to *slog.Logger) *log.Logger { return log.New(httpErrorLog{to}, "", 0) }

// Write implements io.Writer. text is one message.
func (l httpErrorLog) Write(text []byte) (int, error) {
	level := slog.LevelDebug
	switch {
	case bytes.HasPrefix(text, []byte("http: panic serving")):
		level = slog.LevelError
	case bytes.HasPrefix(text, []byte("http: Accept error")):
		level = slog.LevelWarn
	}
	l.log.Log(context.Background(), level, strings.TrimSuffix(string(text), "\n"))
	return len(text), nil
}
