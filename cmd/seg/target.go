package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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

// dial connects; o says what else there is to know. purpose becomes part of a random client id.
func (c *target) dial(ctx context.Context, purpose string, o remote.Options) (*remote.Client, error) {
	o.ClientID = c.clientID
	if o.ClientID == "" {
		o.ClientID = "seg-" + purpose + "-" + rand.Text()[:10]
	}
	o.Password = wire.Secret(c.password)
	dialing, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("no connection within %s", c.timeout))
	defer cancel()
	connected, err := remote.Dial(dialing, c.url, o)
	if err != nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: %w", err, context.Cause(dialing))
	}
	return connected, err
}
