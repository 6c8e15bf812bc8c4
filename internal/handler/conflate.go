package handler

import (
	"encoding/json"
	"slices"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// Conflation merges broadcasts whose delivery in the schema is "latest": a slow client gets one broadcast
// instead of several with the same key.
type Conflation struct{}

// Key returns the conflation key of a broadcast, as JSON, or false if it must not be conflated.
func (Conflation) Key(typ string, data []byte) (key string, ok bool) {
	all := route.Broadcasts()
	i := slices.IndexFunc(all, func(b route.Broadcast) bool { return b.Type == typ })
	if i < 0 || all[i].Delivery != route.DeliverLatest {
		return "", false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return "", false
	}
	value, ok := fields[all[i].Key]
	return string(value), ok
}

// Merge returns the data of one broadcast that replaces two with the same type and key: the change from
// before older to after newer. It returns false if they cannot be merged, for example because the change
// would be out of range.
func (Conflation) Merge(typ string, older, newer []byte) (data []byte, ok bool) {
	switch typ {
	case "api-company_balance_changed":
		var a, b wire.CompanyBalanceChanged
		if wire.DecodeCompanyBalanceChanged(older, &a) != nil || wire.DecodeCompanyBalanceChanged(newer, &b) != nil {
			return nil, false
		}
		b.OldBalance, b.Change = a.OldBalance, b.NewBalance-a.OldBalance
		return b.Append(nil), inRange(b.Change)
	case "api-company_reputation_changed":
		var a, b wire.CompanyReputationChanged
		if wire.DecodeCompanyReputationChanged(older, &a) != nil || wire.DecodeCompanyReputationChanged(newer, &b) != nil {
			return nil, false
		}
		b.OldReputation, b.Change = a.OldReputation, b.NewReputation-a.OldReputation
		return b.Append(nil), inRange(b.Change)
	}
	return nil, false
}

// inRange reports whether JavaScript can represent n exactly: it is within ±(2⁵³-1).
func inRange(n int64) bool {
	const maxSafe = 1<<53 - 1
	return -maxSafe <= n && n <= maxSafe
}
