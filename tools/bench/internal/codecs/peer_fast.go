package codecs

import (
	"bytes"
	"errors"

	"github.com/bytedance/sonic"
	sonicencoder "github.com/bytedance/sonic/encoder"
	goccyjson "github.com/goccy/go-json"
	"github.com/mailru/easyjson"
	"github.com/mailru/easyjson/jwriter"

	"seg.example/tools/bench/internal/shape"
)

// goccyTasks returns the tasks of goccy/go-json, without sorting keys and without escaping HTML.
func goccyTasks(t texts) (tasks, error) {
	all := tasks{}
	if err := addShapes(all, t, goccyCodec[shape.Offer](), goccyCodec[shape.Company](), goccyCodec[shape.Companies]()); err != nil {
		return nil, err
	}
	addFindType(all, t, func(frame []byte) (string, error) {
		var head shape.Head
		err := goccyjson.Unmarshal(frame, &head)
		return head.Type, err
	})
	return all, nil
}

func goccyCodec[T any]() codec[T] {
	var out bytes.Buffer
	encoder := goccyjson.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	return codec[T]{
		decode: func(text []byte, v *T) error { return goccyjson.Unmarshal(text, v) },
		fresh: func(v *T) ([]byte, error) {
			return goccyjson.MarshalWithOption(v, goccyjson.UnorderedMap(), goccyjson.DisableHTMLEscape())
		},
		reused: func(_ []byte, v *T) ([]byte, error) {
			out.Reset()
			err := encoder.EncodeWithOption(v, goccyjson.UnorderedMap())
			return out.Bytes(), err
		},
	}
}

// sonicTasks returns the tasks of bytedance/sonic with its default settings, the fast ones.
func sonicTasks(t texts) (tasks, error) {
	if sonic.APIKind != sonic.UseSonicJSON {
		return nil, errors.New("sonic does not compile for this machine or this Go and would run encoding/json in its place")
	}
	all := tasks{}
	if err := addShapes(all, t, sonicCodec[shape.Offer](), sonicCodec[shape.Company](), sonicCodec[shape.Companies]()); err != nil {
		return nil, err
	}
	addFindType(all, t, func(frame []byte) (string, error) {
		node, err := sonic.Get(frame, "type")
		if err != nil {
			return "", err
		}
		return node.String()
	})
	return all, nil
}

func sonicCodec[T any]() codec[T] {
	return codec[T]{
		decode: func(text []byte, v *T) error { return sonic.Unmarshal(text, v) },
		fresh:  func(v *T) ([]byte, error) { return sonic.Marshal(v) },
		reused: func(dst []byte, v *T) ([]byte, error) {
			err := sonicencoder.EncodeInto(&dst, v, 0)
			return dst, err
		},
	}
}

// easyValue is the code that easyjson generates for *T.
type easyValue[T any] interface {
	*T
	easyjson.Marshaler
	easyjson.Unmarshaler
}

// easyTasks returns the tasks of mailru/easyjson.
func easyTasks(t texts) (tasks, error) {
	all := tasks{}
	if err := addShapes(all, t, easyCodec[shape.Offer](), easyCodec[shape.Company](), easyCodec[shape.Companies]()); err != nil {
		return nil, err
	}
	addFindType(all, t, func(frame []byte) (string, error) {
		var head shape.Head
		err := easyjson.Unmarshal(frame, &head)
		return head.Type, err
	})
	return all, nil
}

func easyCodec[T any, P easyValue[T]]() codec[T] {
	return codec[T]{
		decode: func(text []byte, v *T) error { return easyjson.Unmarshal(text, P(v)) },
		fresh:  func(v *T) ([]byte, error) { return easyBytes(P(v), nil) },
		reused: func(dst []byte, v *T) ([]byte, error) { return easyBytes(P(v), dst) },
	}
}

// easyBytes encodes v, into dst if it fits.
func easyBytes(v easyjson.Marshaler, dst []byte) ([]byte, error) {
	w := jwriter.Writer{NoEscapeHTML: true, Flags: jwriter.NilMapAsEmpty | jwriter.NilSliceAsEmpty}
	w.Buffer.Buf = dst[:0]
	v.MarshalEasyJSON(&w)
	return w.BuildBytes()
}
