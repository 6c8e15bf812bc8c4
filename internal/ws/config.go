package ws

import (
	"log/slog"
	"time"
)

// Config holds the limits of a Server. A zero field means its default.
type Config struct {
	// MaxMessage bounds a message, in bytes, summed over its fragments. A larger one is answered with an error frame (too_large)
	// and CloseTooLarge. Default 64 KiB.
	MaxMessage int
	// MaxFragments bounds the frames that make up one message; more end in ClosePolicy. Without it a client could keep a message
	// open for ever with empty fragments. Default 32.
	MaxFragments int
	// MaxQueue bounds what waits to be written to one socket, in bytes. What does not fit ends in CloseSlow; only a socket with
	// nothing waiting takes one Send of any size, since that says nothing about its speed. Default 1 MiB.
	MaxQueue int
	// MessageTimeout is how long a message may take from its first byte to its last; a slower one ends in ClosePolicy. A connection
	// may be silent between messages for as long as it likes. Default 10 s.
	MessageTimeout time.Duration
	// WriteTimeout is how long one write may take, and all that is left to write once a socket is closing. A socket that takes
	// longer is dropped without a close frame: its stream has stopped in the middle of a frame. Default 10 s.
	WriteTimeout time.Duration
	// Linger is how long a closed socket still reads, so that the client gets the close frame and can send its own. Default 500 ms.
	Linger time.Duration
	// Opened is called for each socket before its handshake is answered: whoever adds it to a register there lets it miss nothing
	// that is sent once its client knows of the connection. What is sent to it meanwhile waits. Closed is called once when the
	// socket has ended, also when the handshake failed, and takes no more frames. They must not block. Default: nothing is called.
	Opened, Closed func(*Socket)
	// Log gets what went wrong inside the server. Default: nothing is logged.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	c.MaxMessage = orDefault(c.MaxMessage, 64<<10)
	c.MaxFragments = orDefault(c.MaxFragments, 32)
	c.MaxQueue = orDefault(c.MaxQueue, 1<<20)
	c.MessageTimeout = orDefault(c.MessageTimeout, 10*time.Second)
	c.WriteTimeout = orDefault(c.WriteTimeout, 10*time.Second)
	c.Linger = orDefault(c.Linger, 500*time.Millisecond)
	if c.Opened == nil {
		c.Opened = func(*Socket) {}
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

// after returns the moment d from now.
func after(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // deadlines of sockets are kept by the runtime in the machine's own time
}
