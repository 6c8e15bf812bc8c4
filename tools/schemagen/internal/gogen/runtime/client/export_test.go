package client

import "context"

// ReadEnvelope exports readEnvelope: the type and the JSON texts of request_id and data.
func ReadEnvelope(frame []byte) (typ, id, data string, err error) {
	e, err := readEnvelope(frame)
	return e.typ, string(e.requestID), string(e.data), err
}

// Tell exports tell.
func Tell(ctx context.Context, c *Client, typ string, fields interface{ Append(dst []byte) []byte }) error {
	return tell(ctx, c, typ, fields)
}
