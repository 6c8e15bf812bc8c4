package clientrt

import "context"

// ReadEnvelope gives tests the reader of frames: the type, and the JSON texts of request_id and data.
func ReadEnvelope(frame []byte) (typ, id, data string, err error) {
	e, err := readEnvelope(frame)
	return e.typ, string(e.requestID), string(e.data), err
}

// Tell gives tests what methods do whose request is answered null.
func Tell(ctx context.Context, c *Client, typ string, fields interface{ Append(dst []byte) []byte }) error {
	return tell(ctx, c, typ, fields)
}
