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

// Target has the flags of a command that connects to a server.
type Target struct {
	URL      string
	Password string
	ClientID string
	Timeout  time.Duration
}

// Bind declares the flags.
func (c *Target) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.URL, "url", "ws://localhost:8000/ws/connect", "address of the server")
	flags.StringVar(&c.Password, "password", "", "the operator's password; prefer SEG_PASSWORD, because other users of\n"+
		"the machine can read command lines")
	flags.StringVar(&c.ClientID, "client-id", "", "client id; the server closes an older connection with the same id\n(default: a random one)")
	flags.DurationVar(&c.Timeout, "timeout", 10*time.Second, "time limit for connecting, and for an answer")
}

// Check returns an error if a flag has a value that cannot work.
func (c *Target) Check() error {
	if c.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return CheckURL(c.URL)
}

// ErrInterrupted is the error of a command that the user ended with SIGINT or SIGTERM.
var ErrInterrupted = errors.New("interrupted")

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

// Dial connects to the server. It sets the client id and the password of o. If no client id was
// given, it makes a random one that contains purpose. The errors are those of DialTimeout.
func (c *Target) Dial(ctx context.Context, purpose string, o remote.Options) (*remote.Client, error) {
	o.ClientID = c.ClientID
	if o.ClientID == "" {
		o.ClientID = "seg-" + purpose + "-" + rand.Text()[:10]
	}
	o.Password = wire.Secret(c.Password)
	return DialTimeout(ctx, c.Timeout, c.URL, o)
}

// DialTimeout connects to address. The error wraps ErrInterrupted if ctx ends first. Every other
// error is an UnreachableError.
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
