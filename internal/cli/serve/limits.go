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

// Limits is what a server can be told about how much a client may take.
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

	trustedNets []netip.Prefix // proxies, once check has read them
}

// bind declares the flags of l. What the packages themselves have as their defaults is not written here a second time.
func (l *Limits) bind(flags *pflag.FlagSet) {
	sockets, requests := ws.Config{}.WithDefaults(), httpd.Limits{}.WithDefaults()
	flags.IntVar(&l.MaxConnections, "max-connections", sockets.MaxSockets, "WebSocket connections in all; 0: as many as come")
	flags.IntVar(&l.maxPerAddress, "max-connections-per-address", sockets.MaxPerSource,
		"WebSocket connections from one IPv4 address or IPv6 /64 network; 0: as many as come")
	flags.IntVar(&l.MaxHandshakes, "max-handshakes", requests.MaxHandshakes,
		"connections that have not become WebSocket connections (yet); one address gets a quarter")
	flags.IntVar(&l.maxHeader, "max-header", requests.MaxHeader, "bytes of a request's header, at least 8192")
	flags.DurationVar(&l.headerTimeout, "header-timeout", requests.HeaderTimeout, "how long a request may take to the end of its header")
	flags.IntVar(&l.MessageRate, "message-rate", sockets.Rate, "what one connection may ask for each second: a request that reads costs 1, one that\n"+
		"writes 2, one with a wrong password 10; 0: as much as it likes")
	flags.IntVar(&l.messageBurst, "message-burst", sockets.Burst, "what one connection may ask for at once, after it was quiet")
	flags.IntVar(&l.wrongPasswords, "wrong-passwords", 5, "wrong passwords that one address may present before it has to wait: a second at first,\n"+
		"twice as long after each further one; 0: as many as it likes")
	flags.DurationVar(&l.pingInterval, "ping-interval", sockets.PingInterval, "how often a client is pinged")
	flags.DurationVar(&l.pongTimeout, "pong-timeout", sockets.PongTimeout, "how long a client may be silent after a ping")
	flags.IntVar(&l.maxQueue, "max-queue", sockets.MaxQueue, "bytes that may wait to be sent to one client, at least 4096; one that takes them too slowly is\n"+
		"told the rest later if it listens to one session, and closed otherwise")
	flags.DurationVar(&l.writeTimeout, "write-timeout", sockets.WriteTimeout, "how long a client may take nothing of what is sent to it")
	flags.StringSliceVar(&l.trustedProxies, "trusted-proxies", nil, "addresses and networks of proxies in front, such as 127.0.0.1 or 10.0.0.0/8,\n"+
		"whose X-Forwarded-For is believed (default: none)")
}

// check refuses what makes no sense.
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

// requests returns the limits of HTTP connections; refusals counts whom they keep out.
func (l *Limits) requests(refusals *httpd.Refusals) httpd.Limits {
	return httpd.Limits{
		MaxHandshakes: l.MaxHandshakes, MaxHeader: l.maxHeader, HeaderTimeout: l.headerTimeout, TrustedProxies: l.trustedNets, Refusals: refusals,
	}
}

// unlimited turns the zero that says so on the command line into what says so in a ws.Config.
func unlimited(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
