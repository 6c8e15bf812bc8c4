package clientrt

// ReadEnvelope gives tests the reader of frames: the type, and the JSON texts of request_id and data.
func ReadEnvelope(frame []byte) (typ, id, data string, err error) {
	e, err := readEnvelope(frame)
	return e.typ, string(e.requestID), string(e.data), err
}
