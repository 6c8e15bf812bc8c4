package codecs

import (
	"bytes"
	"errors"

	"github.com/go-faster/jx"

	"seg.example/tools/bench/internal/shape"
)

// jxTasks returns the tasks of hand-written code with go-faster/jx.
func jxTasks(t texts) (tasks, error) {
	all := tasks{}
	companies := jxCodec(
		func(d *jx.Decoder, v *shape.Companies) error { return jxList(d, (*[]shape.Company)(v), jxCompany) },
		func(e *jx.Encoder, v *shape.Companies) { putElements(e, *v, putCompany) },
	)
	if err := addShapes(all, t, jxCodec(jxOffer, putOffer), jxCodec(jxCompany, putCompany), companies); err != nil {
		return nil, err
	}
	d := jx.DecodeBytes(nil)
	addFindType(all, t, func(frame []byte) (string, error) { return jxType(d, frame) })
	return all, nil
}

// errFound stops the decoding of an object.
var errFound = errors.New("found")

// jxType decodes frame up to its type.
func jxType(d *jx.Decoder, frame []byte) (typ string, err error) {
	d.ResetBytes(frame)
	err = d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		if string(key) != "type" {
			return d.Skip()
		}
		if typ, err = d.Str(); err != nil {
			return err
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		return typ, nil
	}
	return "", errors.Join(errNoType, err)
}

func jxCodec[T any](read func(d *jx.Decoder, v *T) error, write func(e *jx.Encoder, v *T)) codec[T] {
	d := jx.DecodeBytes(nil)
	var fresh, reused jx.Encoder
	return codec[T]{
		decode: func(text []byte, v *T) error {
			d.ResetBytes(text)
			return read(d, v)
		},
		fresh: func(v *T) ([]byte, error) {
			fresh.Reset()
			write(&fresh, v)
			return bytes.Clone(fresh.Bytes()), nil
		},
		reused: func(_ []byte, v *T) ([]byte, error) {
			reused.Reset()
			write(&reused, v)
			return reused.Bytes(), nil
		},
	}
}

// skipTasks is the limit: jx skips a text and checks that it is JSON.
func skipTasks(t texts) (tasks, error) {
	d := jx.DecodeBytes(nil)
	all := tasks{}
	for subject, text := range map[string][]byte{Offer: t.offer, Company: t.company, Companies: t.companies} {
		all[Case{DecodeReused, subject}] = func(n int) error {
			return repeat(n, func() error {
				d.ResetBytes(text)
				return d.Skip()
			})
		}
	}
	return all, nil
}
