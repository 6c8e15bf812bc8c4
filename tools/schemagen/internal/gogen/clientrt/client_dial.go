package clientrt

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

	wire "seg.example/tools/schemagen/internal/gogen/codec"
)

// Options say who connects, and how. The zero value connects as the URL says.
type Options struct {
	// ClientID is who the client says it is; put into the URL as client_id unless it is empty. A server may let a second connection
	// replace the first one of the same client.
	ClientID string
	// ClientKey proves who the client is: 8 to 128 printable characters that only it knows. It is put into the URL as client_key unless it is
	// empty. While a client with a key is connected, only a connection with the same key replaces it. The server carries out a request of such a
	// client once, however often it is sent under one request id, see WithRequestID. Ids are never used twice for different requests, over other
	// connections and by other processes too.
	ClientKey wire.Secret
	// SessionID is the only session whose broadcasts are to come; put into the URL as session_id unless it is empty. Empty: all.
	SessionID string
	// Since is how far the client has followed SessionID, as Client.Position returned it: put into the URL as epoch and after unless
	// Epoch is empty. The first event is a Welcome, which tells whether what was missed since follows. Empty: from now on.
	Since Position
	// Password is put into every request that takes a credential and comes without one. It never becomes part of the URL.
	Password wire.Secret
	// HTTPHeader holds further header fields of the handshake, such as Authorization.
	HTTPHeader http.Header
	// TLS is for URLs that begin with wss. Default: the certificates that the system trusts.
	TLS *tls.Config
	// NetDial opens the connection below the WebSocket. Default: as net.Dialer does.
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)

	// OnEvent is called with each event, one at a time, in the order in which they came, by a goroutine of its own: it may take its
	// time, and call methods of the Client. Default: events are dropped.
	OnEvent func(Event)
	// MaxBacklog bounds the events that wait for OnEvent, in bytes of their frames. When it is exceeded, the Client ends with
	// ErrSlow. Default 8 MiB.
	MaxBacklog int
	// MaxMessage bounds one message of the server, in bytes; a larger one ends the Client. Default 16 MiB.
	MaxMessage int
	// KeepAlive is how long the server may be silent before it is asked whether it is there; when it is silent for as long again,
	// the connection counts as lost. Negative: it is never asked. Default 30 s.
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

// Dial connects to a server at a URL such as ws://localhost:8000/ws/connect. ctx bounds connecting only. When the server refuses
// the connection the error is, wrapped, a *HandshakeError, and a *Error too if the server said why. A server may also let it come about
// and close it at once: then the Client ends with a *ClosedError that is Refused.
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

// prefixOf is what begins the request ids of a connection: something random where the server remembers ids of a client with a key.
func prefixOf(target *url.URL) string {
	if !target.Query().Has("client_key") {
		return ""
	}
	return rand.Text()
}

// targetOf puts into the URL what the options say.
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

// maxRefusal bounds what is read of an HTTP answer.
const maxRefusal = 64 << 10

// readRefusal reads why a server refuses a handshake.
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
