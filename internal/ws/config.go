package ws

import (
	"log/slog"
	"time"
)

// Config holds the limits of a Server. A zero field means its default. A negative value switches a
// limit off where the field says so.
type Config struct {
	// MaxSockets limits the connections, including those that are being upgraded or closed. A
	// request beyond the limit gets status 503. Default 10,000; negative: no limit.
	MaxSockets int
	// MaxPerSource limits the connections from one ClientNet. A request beyond the limit gets
	// status 429. A school or a company may share one address, and so do all clients of a proxy,
	// unless the RemoteAddr of requests is set to the client's. Default 2,000; negative: no limit.
	MaxPerSource int
	// Rate limits the requests of one connection, in units per second. A message costs 1, a request
	// that changes state 2, and one with a wrong password 10 (if RateLimit is used); a ping or pong
	// costs 1. Beyond the limit a message is answered with rate_limited and a ping is ignored. A
	// client that continues is closed with ClosePolicy: Burst refused messages are allowed, plus a
	// tenth of Rate per second. Default 200; negative: no limit.
	Rate int
	// Burst is how many units a connection may use at once after a pause. Default 1,000.
	Burst int
	// PingInterval is the time between pings. Default 25 s.
	PingInterval time.Duration
	// PongTimeout is how long a client may send nothing after a ping. After that it is closed with
	// CloseSlow. While frames are queued WriteTimeout applies instead, and while a message is being
	// read MessageTimeout. Default 10 s.
	PongTimeout time.Duration
	// MaxMessage limits the length of a message, in bytes, over all its fragments. A longer one is
	// answered with an error frame (too_large) and CloseTooLarge. Default 64 KiB.
	MaxMessage int
	// MaxFragments limits the frames of one message; more end in ClosePolicy. Otherwise a client
	// could keep a message open without limit with empty fragments. Default 32.
	MaxFragments int
	// MaxQueue limits the queue of one socket, in bytes. Send refuses frames that do not fit. If at
	// most a quarter is in use, one Send of any size is accepted, because its size says nothing
	// about the client's speed. Answers are always queued: the next message is not read until there
	// is space. Default 256 KiB.
	MaxQueue int
	// MessageTimeout is the time from the first byte of a message to its last. A slower message
	// ends in ClosePolicy. Between messages a connection may be silent for any time. Default 10 s.
	MessageTimeout time.Duration
	// WriteTimeout is how long a client may take to read 16 KiB. It also limits the time for the
	// remaining output and input of a closing socket. A slower client is dropped without a close
	// frame, because its stream has stopped within a frame. Default 10 s.
	WriteTimeout time.Duration
	// Linger is how long the server waits for input after it has sent the close frame, before it
	// closes the connection. While input arrives the server reads on, up to WriteTimeout; otherwise
	// the client might lose the close frame. Default 500 ms.
	Linger time.Duration
	// Opened is called for each socket before its handshake is answered. Frames that are sent
	// meanwhile wait, so a client misses nothing that is sent after it knows of the connection. An
	// error refuses the connection, and Upgrade returns it. Opened must not block. Default: not
	// called.
	Opened func(*Socket) error
	// Closed is called once for each socket that Opened has accepted, after it has ended, also if
	// its handshake failed. The socket drops all frames from then on. Closed must not block.
	// Default: not called.
	Closed func(*Socket)
	// Closing returns the text message that a socket sends before its close frame if AnnounceClose
	// was called. It must not block. Default: no message.
	Closing func(code CloseCode, reason string) []byte
	// Log gets errors inside the server. Default: nothing is logged.
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

// unlessZero is orDefault for a limit that a negative value switches off.
func unlessZero(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// exceeds reports whether n exceeds a limit that a negative value switches off.
func exceeds(n, limit int) bool { return limit >= 0 && n > limit }

func now() time.Time {
	return time.Now() //nolint:forbidigo // the runtime compares deadlines with the system clock
}

// steadyNow returns the time of the monotonic clock. Reading only this clock takes half as long.
// Compare it only with other results of steadyNow.
func (s *Server) steadyNow() time.Time {
	return s.began.Add(time.Since(s.began)) //nolint:forbidigo // reads the monotonic clock only
}

// after returns the time d from now.
func after(d time.Duration) time.Time { return now().Add(d) }
