package codecs

// Build returns the tasks of the peer called name.
func Build(name string) (map[Case]Task, error) { return build(name) }

// Codec returns the tasks of a codec of int whose decode and encode may fail.
func Codec(decode func(text []byte, v *int) error, encode func(v *int) ([]byte, error)) error {
	return add(tasks{}, "a number", []byte("17"), codec[int]{decode: decode, fresh: encode})
}
