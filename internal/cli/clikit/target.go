package clikit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
)

// Target is the server that a command talks to.
type Target struct {
	URL      string
	Password string
	ClientID string
	Timeout  time.Duration
}

// Bind declares the flags of c.
func (c *Target) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.URL, "url", "ws://localhost:8000/ws/connect", "where the server listens")
	flags.StringVar(&c.Password, "password", "", "the operator's password; better given as SEG_PASSWORD, since other users of\n"+
		"the machine can read command lines")
	flags.StringVar(&c.ClientID, "client-id", "", "who to be: a server closes an older connection of the same client\n(default: a random one)")
	flags.DurationVar(&c.Timeout, "timeout", 10*time.Second, "how long to wait for the connection, and for an answer")
}

// Check refuses what makes no sense.
func (c *Target) Check() error {
	if c.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return CheckURL(c.URL)
}

// ErrInterrupted says that whoever uses the program has ended it, with SIGINT or SIGTERM.
var ErrInterrupted = errors.New("broken off")

// UnreachableError says that no server of this kind could be reached: nothing answered, or something else did.
type UnreachableError struct {
	err    error
	waited time.Duration // the timeout of the attempt
}

// Unreachable returns an UnreachableError with its cause and the timeout of the attempt.
func Unreachable(cause error, timeout time.Duration) UnreachableError {
	return UnreachableError{cause, timeout}
}

// Error returns the text of the cause. It says "no answer within …" instead of "context deadline exceeded".
func (e UnreachableError) Error() string {
	return strings.ReplaceAll(e.err.Error(), context.DeadlineExceeded.Error(), fmt.Sprintf("no answer within %s", e.waited))
}

// Unwrap returns the cause.
func (e UnreachableError) Unwrap() error { return e.err }

// Dial connects; o says what else there is to know. purpose becomes part of a random client id.
func (c *Target) Dial(ctx context.Context, purpose string, o remote.Options) (*remote.Client, error) {
	o.ClientID = c.ClientID
	if o.ClientID == "" {
		o.ClientID = "seg-" + purpose + "-" + rand.Text()[:10]
	}
	o.Password = wire.Secret(c.Password)
	return DialTimeout(ctx, c.Timeout, c.URL, o)
}

// DialTimeout connects, or gives up after a time.
func DialTimeout(ctx context.Context, timeout time.Duration, address string, o remote.Options) (*remote.Client, error) {
	dialing, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	connected, err := remote.Dial(dialing, address, o)
	switch {
	case err == nil:
		return connected, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect: %w", ErrInterrupted)
	}
	return nil, Unreachable(err, timeout)
}
