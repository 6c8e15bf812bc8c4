package serve

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/pflag"

	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// Limits has the settings that limit what clients may use.
type Limits struct {
	MaxConnections int
	maxPerAddress  int
	MaxHandshakes  int
	maxHeader      int
	headerTimeout  time.Duration
	MessageRate    int
	messageBurst   int
	wrongPasswords int
	pingInterval   time.Duration
	pongTimeout    time.Duration
	maxQueue       int
	writeTimeout   time.Duration
	trustedProxies []string

	trustedNets []netip.Prefix // trustedProxies, parsed by check
}

// bind declares the flags. Their defaults come from the packages ws and httpd where these have
// them.
func (l *Limits) bind(flags *pflag.FlagSet) {
	sockets, requests := ws.Config{}.WithDefaults(), httpd.Limits{}.WithDefaults()
	flags.IntVar(&l.MaxConnections, "max-connections", sockets.MaxSockets, "maximum number of WebSocket connections; 0: no limit")
	flags.IntVar(&l.maxPerAddress, "max-connections-per-address", sockets.MaxPerSource,
		"maximum number of WebSocket connections from one IPv4 address or\nIPv6 /64 network; 0: no limit")
	flags.IntVar(&l.MaxHandshakes, "max-handshakes", requests.MaxHandshakes,
		"maximum number of connections that are not (yet) WebSocket connections;\none address may have a quarter of them")
	flags.IntVar(&l.maxHeader, "max-header", requests.MaxHeader, "maximum size of a request header in bytes; at least 8192")
	flags.DurationVar(&l.headerTimeout, "header-timeout", requests.HeaderTimeout, "time limit for receiving a request header")
	flags.IntVar(&l.MessageRate, "message-rate", sockets.Rate, "request budget of one connection per second: a query costs 1, a command 2,\n"+
		"a request with a wrong password 10; 0: no limit")
	flags.IntVar(&l.messageBurst, "message-burst", sockets.Burst, "request budget that an idle connection can save up")
	flags.IntVar(&l.wrongPasswords, "wrong-passwords", 5, "number of wrong passwords from one address before it must wait: a second at first,\n"+
		"twice as long after each further one; 0: no limit")
	flags.DurationVar(&l.pingInterval, "ping-interval", sockets.PingInterval, "time between two pings to a client")
	flags.DurationVar(&l.pongTimeout, "pong-timeout", sockets.PongTimeout, "time limit for a client to send anything after a ping")
	flags.IntVar(&l.maxQueue, "max-queue", sockets.MaxQueue, "maximum number of bytes that wait to be sent to one client; at least 4096. A slower client\n"+
		"gets the rest later if it follows one session, and is disconnected otherwise")
	flags.DurationVar(&l.writeTimeout, "write-timeout", sockets.WriteTimeout, "time limit for a client that reads nothing of what is sent to it")
	flags.StringSliceVar(&l.trustedProxies, "trusted-proxies", nil, "addresses and networks of reverse proxies, such as 127.0.0.1 or 10.0.0.0/8,\n"+
		"whose X-Forwarded-For header is trusted (default: none)")
}

// check returns an error that lists all values that cannot work.
func (l *Limits) check() (err error) {
	var problems []error
	for _, number := range []struct {
		flag         string
		value, least int
	}{
		{"max-connections", l.MaxConnections, 0},
		{"max-connections-per-address", l.maxPerAddress, 0},
		{"max-handshakes", l.MaxHandshakes, 1},
		{"max-header", l.maxHeader, 8 << 10},
		{"message-rate", l.MessageRate, 0},
		{"message-burst", l.messageBurst, 10},
		{"wrong-passwords", l.wrongPasswords, 0},
		{"max-queue", l.maxQueue, 4 << 10},
	} {
		if number.value < number.least {
			problems = append(problems, fmt.Errorf("--%s: %d is less than %d", number.flag, number.value, number.least))
		}
	}
	for _, period := range []struct {
		flag  string
		value time.Duration
	}{
		{"header-timeout", l.headerTimeout},
		{"ping-interval", l.pingInterval},
		{"pong-timeout", l.pongTimeout},
		{"write-timeout", l.writeTimeout},
	} {
		if period.value < time.Millisecond {
			problems = append(problems, fmt.Errorf("--%s: %s is less than a millisecond", period.flag, period.value))
		}
	}
	if l.trustedNets, err = httpd.ParseProxies(l.trustedProxies); err != nil {
		problems = append(problems, fmt.Errorf("--trusted-proxies: %w", err))
	}
	return errors.Join(problems...)
}

// sockets returns the limits of WebSocket connections.
func (l *Limits) sockets() ws.Config {
	return ws.Config{
		MaxSockets: unlimited(l.MaxConnections), MaxPerSource: unlimited(l.maxPerAddress),
		Rate: unlimited(l.MessageRate), Burst: l.messageBurst,
		PingInterval: l.pingInterval, PongTimeout: l.pongTimeout,
		MaxQueue: l.maxQueue, WriteTimeout: l.writeTimeout,
	}
}

// requests returns the limits of HTTP connections. refusals counts the refused ones.
func (l *Limits) requests(refusals *httpd.Refusals) httpd.Limits {
	return httpd.Limits{
		MaxHandshakes: l.MaxHandshakes, MaxHeader: l.maxHeader, HeaderTimeout: l.headerTimeout, TrustedProxies: l.trustedNets, Refusals: refusals,
	}
}

// unlimited converts 0, which means no limit on the command line, to -1, which means it in
// ws.Config.
func unlimited(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
