package route

// ReadEnvelope exports the envelope reader: the JSON texts of type and request_id, a duplicate key,
// and whether the frame is an object. ReadThoroughly reads to the end of the frame.
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

// ShapeError exports shapeError.
func ShapeError(err error) *Error { return shapeError(err) }
