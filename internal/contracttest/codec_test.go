package contracttest_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"pgregory.net/rapid"

	"seg.example/gen/wire"
	"seg.example/gen/wiretest"
	"seg.example/schema"
	"seg.example/tools/schemagen/difftest"
)

// codec returns the differential tests of gen/wire against the documents of the schema.
func codec(tb testing.TB) *difftest.Suite {
	tb.Helper()
	text, err := fs.ReadFile(schema.FS, "contract.json")
	if err != nil {
		tb.Fatal(err)
	}
	var contract struct {
		Contract struct {
			Documents []string `json:"documents"`
		} `json:"x-contract"`
	}
	if err := json.Unmarshal(text, &contract); err != nil {
		tb.Fatal(err)
	}
	oracle, err := difftest.NewOracle(schema.FS, contract.Contract.Documents...)
	if err != nil {
		tb.Fatal(err)
	}
	s := &difftest.Suite{Oracle: oracle, Refusal: func(err error) (difftest.Refusal, bool) {
		e, ok := errors.AsType[*wire.Error](err)
		if !ok {
			return difftest.Refusal{}, false
		}
		return difftest.Refusal(*e), true
	}}
	for _, t := range wiretest.Types() {
		s.Types = append(s.Types, difftest.Type{
			Name: t.Name, Document: t.Document, Request: t.Request, New: func() difftest.Value { return t.New() },
		})
	}
	return s
}

// TestValid: the codec decodes random valid values, encodes them and decodes the result again.
func TestValid(t *testing.T) {
	t.Parallel()
	s := codec(t)
	for _, typ := range s.Types {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { s.Valid(t, typ) })
		})
	}
}

// TestBroken: the codec refuses values that break one constraint, and names the field.
func TestBroken(t *testing.T) {
	t.Parallel()
	s := codec(t)
	for _, typ := range s.Types {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { s.Broken(t, typ) })
		})
	}
}
