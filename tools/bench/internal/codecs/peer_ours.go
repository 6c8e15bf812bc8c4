package codecs

import (
	"bytes"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// ourTasks returns the tasks of the generated codec, which checks every limit of the schema.
func ourTasks(t texts) (tasks, error) {
	all := tasks{}
	if err := add(all, Offer, t.offer, ours(wire.DecodeCreateExchangeOffer, appendOffer)); err != nil {
		return nil, err
	}
	if err := add(all, Company, t.company, ours(wire.DecodeCompany, appendValue[*wire.Company])); err != nil {
		return nil, err
	}
	if err := add(all, Companies, t.companies, ours(wire.DecodeCompanyList, func(dst []byte, v *wire.CompanyList) []byte { return v.Append(dst) })); err != nil {
		return nil, err
	}
	addFindType(all, t, func(frame []byte) (string, error) { return string(route.TypeOf(frame)), nil })
	return all, nil
}

// ours returns the codec of generated functions. EncodeFresh works as in the server: encode into a
// reused buffer and copy, so that the slice has no unused capacity.
func ours[T any](decode func([]byte, *T) error, write func([]byte, *T) []byte) codec[T] {
	var scratch []byte
	return codec[T]{
		decode: decode,
		fresh: func(v *T) ([]byte, error) {
			scratch = write(scratch[:0], v)
			return bytes.Clone(scratch), nil
		},
		reused: func(dst []byte, v *T) ([]byte, error) { return write(dst, v), nil },
	}
}

func appendValue[V route.Appender](dst []byte, v V) []byte { return v.Append(dst) }

// appendOffer encodes the whole frame, as the peers do. Type and request id belong to the envelope.
func appendOffer(dst []byte, v *wire.CreateExchangeOffer) []byte {
	dst = append(dst, `{"type":"create-exchange-offer","request_id":"req456"`...)
	open := len(dst)
	dst = v.Append(dst)
	dst[open] = ','
	return dst
}
