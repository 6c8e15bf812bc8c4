package handler_test

import (
	"testing"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/handler"
)

// step returns the data of a broadcast that changes a number of a company from one value to
// another.
func step(typ string, company, from, to int64) []byte {
	switch typ {
	case "api-company_balance_changed":
		return (&wire.CompanyBalanceChanged{CompanyID: company, OldBalance: from, NewBalance: to, Change: to - from}).Append(nil)
	case "api-company_reputation_changed":
		return (&wire.CompanyReputationChanged{CompanyID: company, OldReputation: from, NewReputation: to, Change: to - from}).Append(nil)
	}
	return nil
}

// TestConflation: every broadcast whose delivery is "latest" has a key and can be merged, and no
// other can.
func TestConflation(t *testing.T) {
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
				t.Errorf("%s is reliable: got key %t, merge %t, want neither", b.Type, ok, merges)
			}
			continue
		case route.DeliverLatest:
		}
		seen++
		if !ok || key != "7" {
			t.Errorf("%s: got key %q, %t, want 7", b.Type, key, ok)
		}
		if other, ok := latest.Key(b.Type, step(b.Type, 8, 0, 1)); !ok || other == key {
			t.Errorf("%s of another company: got key %q, want another one", b.Type, other)
		}
		// 10 to 40 and 40 to 15 merge to 10 to 15, a change of 5.
		merged, ok := latest.Merge(b.Type, first, step(b.Type, 7, 40, 15))
		if want := string(step(b.Type, 7, 10, 15)); !ok || string(merged) != want {
			t.Errorf("%s: got %s, %t, want %s", b.Type, merged, ok, want)
		}
		if _, ok := latest.Merge(b.Type, []byte(`{}`), first); ok {
			t.Errorf("%s with {}: got it merged, want it refused", b.Type)
		}
		if _, ok := latest.Key(b.Type, []byte(`{}`)); ok {
			t.Errorf("%s: got a key for {}, want none", b.Type)
		}
	}
	if seen == 0 {
		t.Error("got no broadcast with delivery latest, want some")
	}
	if _, ok := latest.Key("api-nothing", []byte(`{"company_id":7}`)); ok {
		t.Error("unknown type: got a key, want none")
	}
}

// TestConflation_outOfRange: two changes are not merged if their sum is out of range.
func TestConflation_outOfRange(t *testing.T) {
	t.Parallel()
	const typ, most = "api-company_balance_changed", 1<<53 - 1
	older, newer := step(typ, 7, -most, 0), step(typ, 7, 0, 1)
	if merged, ok := (handler.Conflation{}).Merge(typ, older, newer); ok {
		t.Errorf("got %s, want the merge refused", merged)
	}
	if merged, ok := (handler.Conflation{}).Merge(typ, older, step(typ, 7, 0, 0)); !ok {
		t.Errorf("merge with a change of 0: got %s, want %s", merged, older)
	}
}
