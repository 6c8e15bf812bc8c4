package ws

import (
	"log/slog"
	"time"
)

// Config holds the limits of a Server. A zero field means its default. Those that say so can be switched off with a negative value.
type Config struct {
	// MaxSockets bounds the connections, those being upgraded and those taking leave included; a request beyond is refused with
	// 503. Default 10,000; negative: no bound.
	MaxSockets int
	// MaxPerSource bounds the connections from one Source; a request beyond is refused with 429. A school or a company may well
	// be one source, and a proxy is, unless RemoteAddr of the requests names the clients behind it. Default 2,000; negative: no
	// bound.
	MaxPerSource int
	// Rate is what one connection may ask for each second, in units: a message costs 1, one that changes state 2 and one with a
	// wrong password 10 (with RateLimit in place), a ping or pong 1. What goes beyond is not done: a message is answered with
	// rate_limited, a ping not at all. A client that goes on all the same is closed with ClosePolicy: it is allowed Burst refused
	// messages, and a tenth of Rate each second. Default 200; negative: no bound.
	Rate int
	// Burst is how many units a connection may use at once, after it was quiet. Default 1,000.
	Burst int
	// PingInterval is how often a client is pinged. Default 25 s.
	PingInterval time.Duration
	// PongTimeout is how long a client may be silent after a ping; one that sends nothing at all by then is closed with CloseSlow.
	// While frames wait to be written to it WriteTimeout judges it instead, while a message is under way MessageTimeout. Default 10 s.
	PongTimeout time.Duration
	// MaxMessage bounds a message, in bytes, summed over its fragments. A larger one is answered with an error frame (too_large)
	// and CloseTooLarge. Default 64 KiB.
	MaxMessage int
	// MaxFragments bounds the frames that make up one message; more end in ClosePolicy. Without it a client could keep a message
	// open for ever with empty fragments. Default 32.
	MaxFragments int
	// MaxQueue bounds what waits to be written to one socket, in bytes. Send does not take what does not fit; only a socket with at
	// most a quarter of it waiting takes one Send of any size, since that says nothing about its speed. Answers are always taken: the
	// next message is not read until there is room again. Default 256 KiB.
	MaxQueue int
	// MessageTimeout is how long a message may take from its first byte to its last; a slower one ends in ClosePolicy. A connection
	// may be silent between messages for as long as it likes. Default 10 s.
	MessageTimeout time.Duration
	// WriteTimeout is how long a client may take for 16 KiB of what is written to it, and for all that is left to write, and then to read,
	// once its socket is closing. One that takes longer is dropped without a close frame: its stream has stopped in the middle of a frame. Default 10 s.
	WriteTimeout time.Duration
	// Linger is how long a client may be silent after its close frame was written before the connection is closed. As long as it sends, the
	// server reads on, up to WriteTimeout: otherwise the client might lose the close frame. Default 500 ms.
	Linger time.Duration
	// Opened is called for each socket before its handshake is answered: whoever adds it to a register there lets it miss nothing
	// that is sent once its client knows of the connection. What is sent to it meanwhile waits. An error refuses the connection:
	// Upgrade returns it. It must not block. Default: nothing is called.
	Opened func(*Socket) error
	// Closed is called once for each socket that Opened has let in when it has ended, also when the handshake failed, and takes no
	// more frames. It must not block. Default: nothing is called.
	Closed func(*Socket)
	// Closing returns the text message that a socket sends before its close frame if AnnounceClose was called. It must not block. Default:
	// none is sent.
	Closing func(code CloseCode, reason string) []byte
	// Log gets what went wrong inside the server. Default: nothing is logged.
	Log *slog.Logger
}

// WithDefaults returns c with the default of every field that is zero.
func (c Config) WithDefaults() Config {
	c.MaxSockets = unlessZero(c.MaxSockets, 10_000)
	c.MaxPerSource = unlessZero(c.MaxPerSource, 2_000)
	c.Rate = unlessZero(c.Rate, 200)
	c.Burst = orDefault(c.Burst, 1_000)
	c.PingInterval = orDefault(c.PingInterval, 25*time.Second)
	c.PongTimeout = orDefault(c.PongTimeout, 10*time.Second)
	c.MaxMessage = orDefault(c.MaxMessage, 64<<10)
	c.MaxFragments = orDefault(c.MaxFragments, 32)
	c.MaxQueue = orDefault(c.MaxQueue, 256<<10)
	c.MessageTimeout = orDefault(c.MessageTimeout, 10*time.Second)
	c.WriteTimeout = orDefault(c.WriteTimeout, 10*time.Second)
	c.Linger = orDefault(c.Linger, 500*time.Millisecond)
	if c.Opened == nil {
		c.Opened = func(*Socket) error { return nil }
	}
	if c.Closed == nil {
		c.Closed = func(*Socket) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func orDefault[T int | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}

// unlessZero is orDefault for a bound that a negative value switches off.
func unlessZero(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// exceeds tells whether n is beyond a bound that a negative value switches off.
func exceeds(n, limit int) bool { return limit >= 0 && n > limit }

func now() time.Time {
	return time.Now() //nolint:forbidigo // deadlines of sockets are kept by the runtime in the machine's own time
}

// steadyNow returns the time by the machine's steady clock alone, which takes half as long as to read both: it serves to compare with
// what it returned before.
func (s *Server) steadyNow() time.Time {
	return s.began.Add(time.Since(s.began)) //nolint:forbidigo // as above
}

// after returns the moment d from now.
func after(d time.Duration) time.Time { return now().Add(d) }
