package client_test

import (
	"encoding/json"
	"strings"
	"testing"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

// FuzzReadEnvelope compares readEnvelope with encoding/json. It skips escaped keys, which servers
// do not write and the client does not support.
func FuzzReadEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"type":"a","request_id":1,"data":{"x":[1,{"y":"}\\\""}]}}`, ` { "data" : -1.5e+3 , "type" : "\u0061" } `, `{"type":"a","type":"b"}`, `{}`,
		`{"type":""}`, `{"":{"type":"a"},"type":"b","data":[[],{},"",null,true,0]}`, `[]`, `"type"`, `{"type":null}`, `{"type":{}}`, `{"type":"a"`,
		`{"data":{"a":1 , "b": [ ] },"type":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		typ, id, data, err := client.ReadEnvelope(frame)
		want := map[string]json.RawMessage{}
		var wantType string
		valid := json.Unmarshal(frame, &want) == nil && want["type"] != nil && json.Unmarshal(want["type"], &wantType) == nil && wantType != ""
		if strings.Contains(string(frame), `\`) && !valid != (err != nil) {
			return
		}
		if valid != (err == nil) {
			t.Fatalf("%q: %v, want it valid: %v", frame, err, valid)
		}
		if err != nil || strings.Contains(string(frame), `\`) {
			return
		}
		if typ != wantType || id != string(want["request_id"]) || data != string(want["data"]) {
			t.Errorf("%q: got %q, %q, %q", frame, typ, id, data)
		}
	})
}
