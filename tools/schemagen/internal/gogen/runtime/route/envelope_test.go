package route_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	route "seg.example/tools/schemagen/internal/gogen/runtime/route"
)

// TestEnvelope_AgainstEncodingJSON compares the envelope reader with encoding/json on objects with
// any keys in any order.
func TestEnvelope_AgainstEncodingJSON(t *testing.T) {
	t.Parallel()
	values := rapid.SampledFrom([]string{
		`null`, `true`, `0`, `-1.5e3`, `"add"`, `"nope"`, `"\u0061dd"`, `""`, `"}\\\""`, `"\\"`, `[]`, `{}`, `[[],{"type":"add"}]`,
		`{"request_id":"in"}`, `{"a":"]"}`, `"request_id"`, `17`, ` 1 `, "\n[ 1 , 2 ]\t",
	})
	keys := rapid.SampledFrom([]string{
		`"type"`, `"t\u0079pe"`, `"request_id"`, `"request\u005fid"`, `"n"`, `""`, `"a\""`, `"é"`, `"type "`, `"Type"`, `"\\type"`, `"data"`,
	})
	rapid.Check(t, func(t *rapid.T) {
		var frame strings.Builder
		frame.WriteString("{")
		for i := range rapid.IntRange(0, 6).Draw(t, "members") {
			if i > 0 {
				frame.WriteString(rapid.SampledFrom([]string{",", " ,\n"}).Draw(t, "comma"))
			}
			frame.WriteString(keys.Draw(t, "key") + rapid.SampledFrom([]string{":", " : "}).Draw(t, "colon") + values.Draw(t, "value"))
		}
		frame.WriteString("}")
		compareEnvelope(t, []byte(frame.String()))
	})
}

// FuzzEnvelope does the same with any bytes: JSON is read like encoding/json, and no input causes a
// panic.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{`{"type":"add","request_id":1,"n":1}`, `{"t\u0079pe":"add"}`, `{"a":[{}],"type":"x"}`, `{"type":`, `{`, `{"a" 1}`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) { compareEnvelope(t, frame) })
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func compareEnvelope(t failer, frame []byte) {
	t.Helper()
	typ, id, twice, ok := route.ReadEnvelope(frame)
	if !json.Valid(frame) || !utf8.Valid(frame) {
		return // read must only not panic
	}
	var wantTyp, wantID json.RawMessage
	wantTwice := false
	in := json.NewDecoder(bytes.NewReader(frame))
	open, err := in.Token()
	if isObject := err == nil && open == json.Delim('{'); ok != isObject {
		t.Fatalf("%s: an object: %t, want %t", frame, ok, isObject)
	}
	if !ok {
		return
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			t.Fatalf("%s: %v", frame, err)
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			t.Fatalf("%s: %v", frame, err)
		}
		switch key {
		case "type":
			wantTwice = wantTwice || wantTyp != nil
			wantTyp = value
		case "request_id":
			wantTwice = wantTwice || wantID != nil
			wantID = value
		}
	}
	if allTyp, allID, allTwice, _ := route.ReadThoroughly(frame); (allTwice != "") != wantTwice ||
		!bytes.Equal(allTyp, wantTyp) || !bytes.Equal(allID, wantID) {
		t.Fatalf("%s: read thoroughly: type %q, request_id %q, twice %q; want %q, %q", frame, allTyp, allID, allTwice, wantTyp, wantID)
	}
	if !wantTwice && (twice != "" || !bytes.Equal(typ, wantTyp) || !bytes.Equal(id, wantID)) {
		t.Fatalf("%s: type %q, request_id %q, twice %q; want %q, %q", frame, typ, id, twice, wantTyp, wantID)
	}
}

// TestEnvelope_StopsAtATypeThatStandsTwice: the rest of such a frame is not searched for every type
// in it. The test proves it with a rest that is not JSON.
func TestEnvelope_StopsAtATypeThatStandsTwice(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{
		`{"type":1,"type":2,"x":"\n" request_id"`,
		`{"request_id":1,"request_id":2,"type":"x"!`,
	} {
		if _, _, twice, ok := route.ReadEnvelope([]byte(frame)); twice == "" || !ok {
			t.Errorf("%s: %q twice, read %t", frame, twice, ok)
		}
	}
}

func BenchmarkEnvelope(b *testing.B) {
	fields := `"company_id":123456,"session_id":"session_abc123","sell_resource":"stone","sell_amount_per_trade":10,"count_offers":5,` +
		`"offer_type":"barter","barter_resource":"wood","barter_amount":15,"password":"correct horse battery staple","client":"0123456789"`
	for name, frame := range map[string]string{
		"type,id first":  `{"type":"create-exchange-offer","request_id":"req-1234",` + fields + `}`,
		"type first":     `{"type":"create-exchange-offer",` + fields + `}`,
		"id last":        `{"type":"create-exchange-offer",` + fields + `,"request_id":"req-1234"}`,
		"both last":      `{` + fields + `,"request_id":"req-1234","type":"create-exchange-offer"}`,
		"type last 64KB": `{"data":[` + strings.Repeat(`{"a":"bcdefgh","i":12345},`, 2500) + `0],"type":"x"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			data := []byte(frame)
			for b.Loop() {
				if _, _, _, ok := route.ReadEnvelope(data); !ok {
					b.Fatal("not read")
				}
			}
		})
	}
}

// TestTypeOf: the type is found at any position, and what follows it does not matter.
func TestTypeOf(t *testing.T) {
	t.Parallel()
	for frame, want := range map[string]string{
		`{"type":"add"}`: "add",
		` { "a" : [1,{"type":"in"}] , "type" : "add" } `: "add",
		`{"t\u0079pe":"a\u0064d"}`:                       "add",
		`{"type":"add","type":"sub"}`:                    "add",
		`{"type":"add",rubbish`:                          "add",
		`{"type":17}`:                                    "",
		`{"type":null}`:                                  "",
		`{"n":1}`:                                        "",
		`{"n":1,"type":"add`:                             "",
		`["type","add"]`:                                 "",
		``:                                               "",
	} {
		if got := string(route.TypeOf([]byte(frame))); got != want {
			t.Errorf("%s: found %q, want %q", frame, got, want)
		}
	}
}
