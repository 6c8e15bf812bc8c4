package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/pflag"

	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// limits is what a server can be told about how much a client may take.
type limits struct {
	connections    int
	perAddress     int
	handshakes     int
	header         int
	headerTimeout  time.Duration
	rate           int
	burst          int
	wrongPasswords int
	pingInterval   time.Duration
	pongTimeout    time.Duration
	queue          int
	writeTimeout   time.Duration
	proxies        []string

	trusted []netip.Prefix // proxies, once check has read them
}

// bind declares the flags of l. What the packages themselves have as their defaults is not written here a second time.
func (l *limits) bind(flags *pflag.FlagSet) {
	sockets, requests := ws.Config{}.WithDefaults(), httpd.Limits{}.WithDefaults()
	flags.IntVar(&l.connections, "max-connections", sockets.MaxSockets, "WebSocket connections in all; 0: as many as come")
	flags.IntVar(&l.perAddress, "max-connections-per-address", sockets.MaxPerSource,
		"WebSocket connections from one IPv4 address or IPv6 /64 network; 0: as many as come")
	flags.IntVar(&l.handshakes, "max-handshakes", requests.MaxHandshakes,
		"connections that have not become WebSocket connections (yet); one address gets a quarter")
	flags.IntVar(&l.header, "max-header", requests.MaxHeader, "bytes of a request's header, at least 8192")
	flags.DurationVar(&l.headerTimeout, "header-timeout", requests.HeaderTimeout, "how long a request may take to the end of its header")
	flags.IntVar(&l.rate, "message-rate", sockets.Rate, "what one connection may ask for each second: a request that reads costs 1, one that\n"+
		"writes 2, one with a wrong password 10; 0: as much as it likes")
	flags.IntVar(&l.burst, "message-burst", sockets.Burst, "what one connection may ask for at once, after it was quiet")
	flags.IntVar(&l.wrongPasswords, "wrong-passwords", 5, "wrong passwords that one address may present before it has to wait: a second at first,\n"+
		"twice as long after each further one; 0: as many as it likes")
	flags.DurationVar(&l.pingInterval, "ping-interval", sockets.PingInterval, "how often a client is pinged")
	flags.DurationVar(&l.pongTimeout, "pong-timeout", sockets.PongTimeout, "how long a client may be silent after a ping")
	flags.IntVar(&l.queue, "max-queue", sockets.MaxQueue, "bytes that may wait to be sent to one client, at least 4096; one that takes them too slowly is\n"+
		"told the rest later if it listens to one session, and closed otherwise")
	flags.DurationVar(&l.writeTimeout, "write-timeout", sockets.WriteTimeout, "how long a client may take nothing of what is sent to it")
	flags.StringSliceVar(&l.proxies, "trusted-proxies", nil, "addresses and networks of proxies in front, such as 127.0.0.1 or 10.0.0.0/8,\n"+
		"whose X-Forwarded-For is believed (default: none)")
}

// check refuses what makes no sense.
func (l *limits) check() (err error) {
	var problems []error
	for _, number := range []struct {
		flag         string
		value, least int
	}{
		{"max-connections", l.connections, 0},
		{"max-connections-per-address", l.perAddress, 0},
		{"max-handshakes", l.handshakes, 1},
		{"max-header", l.header, 8 << 10},
		{"message-rate", l.rate, 0},
		{"message-burst", l.burst, 10},
		{"wrong-passwords", l.wrongPasswords, 0},
		{"max-queue", l.queue, 4 << 10},
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
	if l.trusted, err = httpd.ParseProxies(l.proxies); err != nil {
		problems = append(problems, fmt.Errorf("--trusted-proxies: %w", err))
	}
	return errors.Join(problems...)
}

// sockets returns the limits of WebSocket connections.
func (l *limits) sockets() ws.Config {
	return ws.Config{
		MaxSockets: unlimited(l.connections), MaxPerSource: unlimited(l.perAddress),
		Rate: unlimited(l.rate), Burst: l.burst,
		PingInterval: l.pingInterval, PongTimeout: l.pongTimeout,
		MaxQueue: l.queue, WriteTimeout: l.writeTimeout,
	}
}

// requests returns the limits of HTTP connections; refusals counts whom they keep out.
func (l *limits) requests(refusals *httpd.Refusals) httpd.Limits {
	return httpd.Limits{
		MaxHandshakes: l.handshakes, MaxHeader: l.header, HeaderTimeout: l.headerTimeout, TrustedProxies: l.trusted, Refusals: refusals,
	}
}

// unlimited turns the zero that says so on the command line into what says so in a ws.Config.
func unlimited(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
