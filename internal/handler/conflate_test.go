package handler_test

import (
	"testing"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/handler"
)

// step is the data of a broadcast that says that a company's figure has gone from one value to another, whatever the figure.
func step(typ string, company, from, to int64) []byte {
	switch typ {
	case "api-company_balance_changed":
		return (&wire.CompanyBalanceChanged{CompanyID: company, OldBalance: from, NewBalance: to, Change: to - from}).Append(nil)
	case "api-company_reputation_changed":
		return (&wire.CompanyReputationChanged{CompanyID: company, OldReputation: from, NewReputation: to, Change: to - from}).Append(nil)
	}
	return nil
}

// TestLatest: every broadcast that the schema delivers as the latest of its key has a key and a merge, and no other has.
func TestLatest(t *testing.T) {
	t.Parallel()
	var latest handler.Conflation
	seen := 0
	for _, b := range route.Broadcasts() {
		first := step(b.Type, 7, 10, 40)
		if first == nil {
			first = []byte(`{"company_id":7}`)
		}
		key, ok := latest.Key(b.Type, first)
		switch b.Delivery {
		case route.DeliverReliable:
			if _, merges := latest.Merge(b.Type, first, first); ok || merges {
				t.Errorf("%s is reliable, and yet may be left out", b.Type)
			}
			continue
		case route.DeliverLatest:
		}
		seen++
		if !ok || key != "7" {
			t.Errorf("%s has the key %q, %t", b.Type, key, ok)
		}
		if other, ok := latest.Key(b.Type, step(b.Type, 8, 0, 1)); !ok || other == key {
			t.Errorf("%s has the key %q for another company", b.Type, other)
		}
		// From 10 to 40 and from 40 to 15 is from 10 to 15, which is a change of 5.
		merged, ok := latest.Merge(b.Type, first, step(b.Type, 7, 40, 15))
		if want := string(step(b.Type, 7, 10, 15)); !ok || string(merged) != want {
			t.Errorf("%s merges to %s, %t, want %s", b.Type, merged, ok, want)
		}
		if _, ok := latest.Merge(b.Type, []byte(`{}`), first); ok {
			t.Errorf("%s merges with what it is not", b.Type)
		}
		if _, ok := latest.Key(b.Type, []byte(`{}`)); ok {
			t.Errorf("%s has a key without one", b.Type)
		}
	}
	if seen == 0 {
		t.Error("no broadcast is delivered as the latest")
	}
	if _, ok := latest.Key("api-nothing", []byte(`{"company_id":7}`)); ok {
		t.Error("a type that does not exist has a key")
	}
}

// TestLatest_outOfRange: two changes that are in range each may come to one that is not; then both are told.
func TestLatest_outOfRange(t *testing.T) {
	t.Parallel()
	const typ, most = "api-company_balance_changed", 1<<53 - 1
	older, newer := step(typ, 7, -most, 0), step(typ, 7, 0, 1)
	if merged, ok := (handler.Conflation{}).Merge(typ, older, newer); ok {
		t.Errorf("merged to %s", merged)
	}
	if merged, ok := (handler.Conflation{}).Merge(typ, older, step(typ, 7, 0, 0)); !ok {
		t.Errorf("%s is not merged with what changes nothing: %s", older, merged)
	}
}
