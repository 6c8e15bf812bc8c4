package routert

// ReadEnvelope gives tests the reader of envelopes: JSON texts of type and request_id, a key that was seen to stand twice, and
// whether the frame is an object. ReadThoroughly reads to the end of the frame.
func ReadEnvelope(frame []byte) (typ, id []byte, twice string, ok bool) {
	var e envelope
	ok = e.read(frame)
	return e.typ, e.id, e.twice, ok
}

func ReadThoroughly(frame []byte) (typ, id []byte, twice string, ok bool) {
	e := envelope{thorough: true}
	ok = e.read(frame)
	return e.typ, e.id, e.twice, ok
}

// ShapeError gives tests the refusal that a decoder's error becomes.
func ShapeError(err error) *Error { return shapeError(err) }
