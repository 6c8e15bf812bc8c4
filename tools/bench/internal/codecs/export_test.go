package codecs

// Build gives tests what the peer called name can do.
func Build(name string) (map[Case]Task, error) { return build(name) }

// Codec gives tests a codec of int of which decode and encode can be made to fail.
func Codec(decode func(text []byte, v *int) error, encode func(v *int) ([]byte, error)) error {
	return add(tasks{}, "a number", []byte("17"), codec[int]{decode: decode, fresh: encode})
}
