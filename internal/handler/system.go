package handler

import (
	"cmp"
	"context"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// system serves the requests about the connection itself.
type system struct{}

// Ping returns the timestamp and the content of the request.
func (system) Ping(_ context.Context, c route.Caller, m *wire.Ping) (*wire.Pong, error) {
	return &wire.Pong{
		Timestamp: cmp.Or(m.Timestamp, `""`),
		ClientID:  c.ClientID,
		Content:   cmp.Or(m.Content, `"Pong!"`),
		Contract:  wire.Hash,
	}, nil
}
