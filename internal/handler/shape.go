package handler

import (
	"strings"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// What a schema cannot say of the shape of a message is refused here, in the words of the dispatcher and before anything is looked
// for.

// field is an optional field of a message.
type field struct {
	name string
	set  bool
}

// foreign refuses a message for the fields that must not stand in it; nil when none is there.
func foreign(why string, fields ...field) error {
	var names []string
	for _, f := range fields {
		if f.set {
			names = append(names, f.name)
		}
	}
	return invalid(why, names...)
}

// missing refuses a message for the fields that it lacks; nil when all are there.
func missing(fields ...field) error {
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

// notZero refuses a message for a change that is none.
func notZero(name string, change int64) error {
	if change == 0 {
		return invalid("must not be 0", name)
	}
	return nil
}

// invalid refuses a message for fields that are wrong; nil for none.
func invalid(why string, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	refusal := &route.Error{Code: wire.ErrorCodeInvalidField, Text: "Invalid field: " + names[0] + ": " + why}
	for _, name := range names {
		refusal.Details = append(refusal.Details, route.Detail{Path: "/" + name, Message: why})
	}
	return refusal
}
