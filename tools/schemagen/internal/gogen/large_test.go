package gogen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/schema"
)

// largeProtocol is a protocol with the required error codes and these definitions.
func largeProtocol(definitions string) fstest.MapFS {
	const codes = `"missing_field", "invalid_field", "unauthorized", "unknown_type", "invalid_json", "too_large", "rate_limited", "internal"`
	return fstest.MapFS{
		schema.IndexFile: {Data: []byte(`{"$schema": "` + schema.Draft + `", "x-contract": {"name": "large", "version": "1.0.0",
			"codes": "thing.json#/definitions/ErrorCode", "documents": ["thing.json"]}}`)},
		"thing.json": {Data: []byte(`{"$schema": "` + schema.Draft + `", "definitions": {"ErrorCode": {"enum": [` + codes + `]}, ` + definitions + `}}`)},
	}
}

// TestRoute_largeEnum: the tables repeated the values of an enum for every field, which made 4 MB
// for 1,500 values and 200 fields.
func TestRoute_largeEnum(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values, want int // how often the tables may contain the last value
		kind, limits string
	}{
		{32, 200, `"item_0" | `, ""},
		{33, 0, `Type: "string"`, "One of 33 values of Item."},
	} {
		items := make([]string, c.values)
		for i := range items {
			items[i] = fmt.Sprintf("item_%d", i)
		}
		list, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		definitions := `"Item": {"enum": ` + string(list) + `}`
		for i := range 100 {
			definitions += fmt.Sprintf(`, "Do%d": {"x-request": "do-%d", "type": "object", "properties": {"a": {"$ref": "#/definitions/Item"}, "b": {"$ref": "#/definitions/Item"}}}`, i, i)
		}
		files, err := gogen.Route(contractOf(t, largeProtocol(definitions)), gogen.Options{ImportPath: "large.test"})
		if err != nil {
			t.Fatal(err)
		}
		got, kinds, limits := 0, 0, 0
		for _, f := range files {
			got += bytes.Count(f.Data, []byte(items[c.values-1]))
			kinds += bytes.Count(f.Data, []byte(c.kind))
			limits += bytes.Count(f.Data, []byte(c.limits))
		}
		if got != c.want || kinds != 200 || c.limits != "" && limits != 200 {
			t.Errorf("%d values: got the last %d times, the kind %d times and the limits %d times, want %d, 200 and 200", c.values, got, kinds, limits, c.want)
		}
	}
}

// TestCalls_longNameOfEmptyObject: the literal of an empty object with a name of more than 86 bytes
// contained a comma and did not parse.
func TestCalls_longNameOfEmptyObject(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 80, 200} {
		name := strings.Repeat("Long", (length+3)/4)
		c := contractOf(t, largeProtocol(`"Do": {"x-request": "do", "type": "object", "required": ["it"], "properties": {"it": {"$ref": "#/definitions/`+name+`"}}},
			"`+name+`": {"type": "object", "properties": {"a": {"type": "integer"}}}`))
		calls, err := gogen.NewCalls(c)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := schema.Parse("call", []byte(`{"it": {}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := calls.Call(c.Requests()[0], fields); err != nil || !strings.Contains(got, "wire."+name+"{}") {
			t.Errorf("a name of %d bytes: got %q, %v", len(name), got, err)
		}
	}
}
