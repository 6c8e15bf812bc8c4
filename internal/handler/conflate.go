package handler

import (
	"encoding/json"
	"slices"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// Conflation knows the broadcasts that the schema delivers as the latest of their key: a client that is behind gets one for several.
type Conflation struct{}

// Key returns the value of the field by which later broadcasts stand for earlier ones, as JSON; false: every one is delivered.
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

// Merge returns the data of one broadcast in place of two of one type and key, the older followed by the newer: it tells of the
// way from where the older began to where the newer ended. It is false where that cannot be told, such as when the change would
// be out of range.
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

// inRange tells whether a client can read n exactly: it is within ±(2⁵³-1).
func inRange(n int64) bool {
	const most = 1<<53 - 1
	return -most <= n && n <= most
}
