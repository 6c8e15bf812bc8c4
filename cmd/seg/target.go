package main

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

// target is the server that a command talks to.
type target struct {
	url      string
	password string
	clientID string
	timeout  time.Duration
}

// bind declares the flags of c.
func (c *target) bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.url, "url", "ws://localhost:8000/ws/connect", "where the server listens")
	flags.StringVar(&c.password, "password", "", "the operator's password; better given as SEG_PASSWORD, since other users of\n"+
		"the machine can read command lines")
	flags.StringVar(&c.clientID, "client-id", "", "who to be: a server closes an older connection of the same client\n(default: a random one)")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long to wait for the connection, and for an answer")
}

// check refuses what makes no sense.
func (c *target) check() error {
	if c.timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return checkURL(c.url)
}

// errBrokenOff says that whoever uses the program has ended it, with SIGINT or SIGTERM.
var errBrokenOff = errors.New("broken off")

// unreached is an error of connecting: what is there does not speak as a server of ours does, or not at all.
type unreached struct {
	error

	within time.Duration // how long was waited
}

// Error says what is wrong there, in the words of people where it is that nothing came.
func (e unreached) Error() string {
	return strings.ReplaceAll(e.error.Error(), context.DeadlineExceeded.Error(), fmt.Sprintf("no answer within %s", e.within))
}

// Unwrap returns the error of connecting.
func (e unreached) Unwrap() error { return e.error }

// dial connects; o says what else there is to know. purpose becomes part of a random client id.
func (c *target) dial(ctx context.Context, purpose string, o remote.Options) (*remote.Client, error) {
	o.ClientID = c.clientID
	if o.ClientID == "" {
		o.ClientID = "seg-" + purpose + "-" + rand.Text()[:10]
	}
	o.Password = wire.Secret(c.password)
	return dialWithin(ctx, c.timeout, c.url, o)
}

// dialWithin connects, or gives up after a time.
func dialWithin(ctx context.Context, timeout time.Duration, address string, o remote.Options) (*remote.Client, error) {
	dialing, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	connected, err := remote.Dial(dialing, address, o)
	switch {
	case err == nil:
		return connected, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect: %w", errBrokenOff)
	}
	return nil, unreached{err, timeout}
}
