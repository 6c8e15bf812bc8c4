package client

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gobwas/ws"

	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// Options configure a connection. The zero value is valid.
type Options struct {
	// ClientID identifies the client. It is the URL parameter client_id. A server may replace the
	// connection of a client by a newer one with the same ClientID.
	ClientID string
	// ClientKey proves the ClientID: a secret of 8 to 128 printable characters. It is the URL
	// parameter client_key. While a client with a key is connected, only a connection with the same
	// key can replace it. The server executes a request of such a client once, even if it is sent
	// several times with the same request id, see WithRequestID. Request ids are unique across
	// connections and processes.
	ClientKey wire.Secret
	// SessionID is the only session whose broadcasts are sent; empty: all. It is the URL parameter
	// session_id.
	SessionID string
	// Since is the position in SessionID after which events are sent, as Client.Position returned
	// it. It is the URL parameters epoch and after. The first event is a Welcome, which says
	// whether the missed events follow. Without an Epoch, only new events are sent.
	Since Position
	// Password is added to every request that takes a credential and has none. It is never part of
	// the URL.
	Password wire.Secret
	// HTTPHeader contains additional headers of the handshake, such as Authorization.
	HTTPHeader http.Header
	// TLS is the configuration for wss URLs. Default: the system's trusted certificates.
	TLS *tls.Config
	// NetDial opens the network connection. Default: net.Dialer.
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)

	// OnEvent is called with each event, one at a time, in order, from a separate goroutine. It may
	// block and may call methods of the Client. Default: events are dropped.
	OnEvent func(Event)
	// MaxBacklog bounds the queue of events for OnEvent, in bytes of their frames. If it is
	// exceeded, the Client ends with ErrSlow. Default 8 MiB.
	MaxBacklog int
	// MaxMessage bounds one message of the server, in bytes. A larger one ends the Client. Default
	// 16 MiB.
	MaxMessage int
	// KeepAlive is how long the server may be silent before the Client sends a ping. If the server
	// stays silent for the same time again, the connection is closed. Negative: no pings. Default
	// 30 s.
	KeepAlive time.Duration
	// WriteTimeout bounds each write. Default 10 s.
	WriteTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.MaxBacklog <= 0 {
		o.MaxBacklog = 8 << 20
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = 16 << 20
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 30 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	return o
}

// Dial connects to a server at a URL such as ws://localhost:8000/ws/connect. ctx only bounds
// connecting. If the server refuses the handshake, the error wraps a *HandshakeError, and an *Error
// if the server sent one. A server may also accept the handshake and close the connection at once:
// then the Client ends with a *ClosedError whose Refused is true.
func Dial(ctx context.Context, address string, o Options) (*Client, error) {
	o = o.withDefaults()
	target, err := targetOf(address, o)
	if err != nil {
		return nil, err
	}
	var conn *watched
	var refused *HandshakeError
	dialer := ws.Dialer{
		Header:    ws.HandshakeHeaderHTTP(o.HTTPHeader),
		NetDial:   o.NetDial,
		TLSConfig: o.TLS,
		WrapConn: func(plain net.Conn) net.Conn {
			conn = &watched{Conn: plain}
			return conn
		},
		OnStatusError: func(status int, _ []byte, answer io.Reader) { refused = readRefusal(status, answer) },
	}
	_, early, _, err := dialer.Dial(ctx, target.String())
	switch {
	case err != nil && refused != nil:
		return nil, fmt.Errorf("connect to %s: %w", target.Host, refused)
	case err != nil:
		return nil, fmt.Errorf("connect to %s: %w", target.Host, err)
	}
	return start(conn, early, o, prefixOf(target)), nil
}

// prefixOf returns the prefix of the request ids of a connection: a random text if the server
// remembers the ids of the client.
func prefixOf(target *url.URL) string {
	if !target.Query().Has("client_key") {
		return ""
	}
	return rand.Text()
}

// targetOf adds the options to the URL.
func targetOf(address string, o Options) (*url.URL, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if target.Scheme != "ws" && target.Scheme != "wss" || target.Host == "" {
		return nil, fmt.Errorf("connect to %q: want a URL such as ws://host:port/path or wss://host/path", target.Redacted())
	}
	query := target.Query()
	if o.ClientID != "" {
		query.Set("client_id", o.ClientID)
	}
	if o.ClientKey != "" {
		query.Set("client_key", string(o.ClientKey))
	}
	if o.SessionID != "" {
		query.Set("session_id", o.SessionID)
	}
	if o.Since.Epoch != "" {
		query.Set("epoch", o.Since.Epoch)
		query.Set("after", strconv.FormatInt(o.Since.Seq, 10))
	}
	target.RawQuery = query.Encode()
	return target, nil
}

// maxRefusal bounds how much of an HTTP response is read.
const maxRefusal = 64 << 10

// readRefusal reads the reason for which a server refused a handshake.
func readRefusal(status int, answer io.Reader) *HandshakeError {
	refused := &HandshakeError{Status: status}
	response, err := http.ReadResponse(bufio.NewReader(answer), nil)
	if err != nil {
		return refused
	}
	defer response.Body.Close() //nolint:errcheck // the connection is closed anyway
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
	if err == nil && json.Valid(body) {
		refused.Refusal = refusalOf(body)
	}
	return refused
}
