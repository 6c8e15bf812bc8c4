package handler

import (
	"cmp"
	"context"
	"strings"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// checkFieldRules checks rules for fields that the schema cannot express. Its errors look like those of
// the dispatcher. Like the schema's own checks it comes before the password, so that a request with an
// invalid field and a wrong password always gets the error about the field.
func checkFieldRules(ctx context.Context, call *route.Call, next route.Next) error {
	if err := checkRequest(call.Request()); err != nil {
		return err
	}
	return next(ctx, call)
}

// checkRequest returns an error if the fields of a request are invalid.
func checkRequest(request any) error {
	switch m := request.(type) {
	case *wire.CreateExchangeOffer:
		return checkOffer(m)
	case *wire.NotforgameUpdateCompanyBalance:
		return requireNonZero("balance_change", m.BalanceChange)
	case *wire.NotforgameUpdateCompanyItems:
		return requireNonZero("quantity_change", m.QuantityChange)
	}
	return nil
}

// checkOffer refuses an offer whose fields do not match its type.
func checkOffer(m *wire.CreateExchangeOffer) error {
	price, resource, amount := field{"price", m.Price.Set}, field{"barter_resource", m.BarterResource.Set}, field{"barter_amount", m.BarterAmount.Set}
	switch m.OfferType {
	case wire.OfferTypeMoney:
		return cmp.Or(forbid("must not stand in an offer for money", resource, amount), require(price))
	case wire.OfferTypeBarter:
		return cmp.Or(forbid("must not stand in a barter", price), require(resource, amount))
	}
	return nil
}

// field is an optional field of a message.
type field struct {
	name string
	set  bool
}

// forbid refuses a message that has one of the fields; nil if it has none.
func forbid(reason string, fields ...field) error {
	var names []string
	for _, f := range fields {
		if f.set {
			names = append(names, f.name)
		}
	}
	return invalidField(reason, names...)
}

// require refuses a message without one of the fields; nil if it has all.
func require(fields ...field) error {
	refusal := &route.Error{Code: wire.ErrorCodeMissingField}
	var names []string
	for _, f := range fields {
		if !f.set {
			names = append(names, f.name)
			refusal.Details = append(refusal.Details, route.Detail{Path: "/" + f.name, Message: "is required"})
		}
	}
	switch len(names) {
	case 0:
		return nil
	case 1:
		refusal.Text = "Missing required field: " + names[0]
	default:
		refusal.Text = "Missing required fields: " + strings.Join(names, ", ")
	}
	return refusal
}

// requireNonZero refuses a change of 0.
func requireNonZero(name string, change int64) error {
	if change == 0 {
		return invalidField("must not be 0", name)
	}
	return nil
}

// invalidField refuses a message because of the named fields; nil without names.
func invalidField(reason string, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	refusal := &route.Error{Code: wire.ErrorCodeInvalidField, Text: "Invalid field: " + names[0] + ": " + reason}
	for _, name := range names {
		refusal.Details = append(refusal.Details, route.Detail{Path: "/" + name, Message: reason})
	}
	return refusal
}
