package handler

import (
	"cmp"
	"context"
	"strings"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// checkFieldRules refuses what a schema cannot say of the shape of a message, in the words of the dispatcher. It stands before the check of
// the password, as the schema's own checks do: whoever has made two mistakes is told the same, whichever of them the schema can say.
func checkFieldRules(ctx context.Context, call *route.Call, next route.Next) error {
	if err := checkRequest(call.Request()); err != nil {
		return err
	}
	return next(ctx, call)
}

// checkRequest returns what is wrong with the shape of a message.
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

// checkOffer refuses an offer whose fields do not fit its type.
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

// forbid refuses a message for the fields that must not stand in it; nil when none is there.
func forbid(why string, fields ...field) error {
	var names []string
	for _, f := range fields {
		if f.set {
			names = append(names, f.name)
		}
	}
	return invalidField(why, names...)
}

// require refuses a message for the fields that it lacks; nil when all are there.
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

// requireNonZero refuses a message for a change that is none.
func requireNonZero(name string, change int64) error {
	if change == 0 {
		return invalidField("must not be 0", name)
	}
	return nil
}

// invalidField refuses a message for fields that are wrong; nil for none.
func invalidField(why string, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	refusal := &route.Error{Code: wire.ErrorCodeInvalidField, Text: "Invalid field: " + names[0] + ": " + why}
	for _, name := range names {
		refusal.Details = append(refusal.Details, route.Detail{Path: "/" + name, Message: why})
	}
	return refusal
}
