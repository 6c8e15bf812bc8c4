package handler

import (
	"context"
	"errors"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
)

// PasswordChecker judges what a request presents as the password; the context tells
// where it came from.
type PasswordChecker func(ctx context.Context, attempt string) auth.Verdict

// Interceptors returns what stands between the dispatcher and the handlers, in
// order: refusals of the rules become errors of the protocol, the shape of the
// message and then the password is checked, and what a client has sent before is
// not carried out again.
func Interceptors(passwords PasswordChecker, requests Deduplicator, o Options) []route.Interceptor {
	return []route.Interceptor{convertRefusals, checkFieldRules, checkPassword(passwords, o), deduplicate(requests)}
}

// convertRefusals turns a *game.Refusal into a *route.Error. Other errors are
// faults, which the dispatcher tells nothing of.
func convertRefusals(ctx context.Context, call *route.Call, next route.Next) error {
	err := next(ctx, call)
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return toRouteError(refusal)
	}
	return err
}

func toRouteError(r *game.Refusal) *route.Error {
	e := &route.Error{Code: wire.ErrorCode(r.Code), Text: r.Text}
	if r.Field != "" {
		e.Details = []route.Detail{{Path: "/" + r.Field, Message: r.Text}}
	}
	return e
}

// checkPassword refuses a request that changes something with a wrong password,
// and trusts a connection that has presented the right one.
func checkPassword(passwords PasswordChecker, o Options) route.Interceptor {
	return func(ctx context.Context, call *route.Call, next route.Next) error {
		if needsCheck(call, o) {
			// Who only reads needs no password: a wrong one has counted as an attempt, and is no reason to refuse.
			if err := verifyPassword(ctx, passwords, call); err != nil && call.Message.Mutates {
				return err
			}
		}
		return next(ctx, call)
	}
}

// needsCheck tells whether a request has a password to be looked at, or must have one.
func needsCheck(call *route.Call, o Options) bool {
	switch call.Message.Auth {
	case route.AuthNone:
		return false // without a credential in the message there is nothing to check
	case route.AuthOptional:
		return call.HasSecret || o.RequireSwitchPassword && call.Message.Mutates
	case route.AuthRequired:
		return true
	}
	return true
}

// verifyPassword checks the password that came with a request; none is a wrong one.
func verifyPassword(ctx context.Context, passwords PasswordChecker, call *route.Call) error {
	verdict := auth.Wrong
	if call.HasSecret {
		verdict = passwords(ctx, string(call.Secret))
	}
	switch verdict {
	case auth.Right:
		call.Caller.Trusted = true
		return nil
	case auth.TooMany:
		return &route.Error{Code: wire.ErrorCodeRateLimited, Text: "Too many wrong passwords; try again later"}
	case auth.Wrong:
	}
	return &route.Error{Code: wire.ErrorCodeUnauthorized, Text: "Password is incorrect"}
}

func isConflict(err error) bool {
	refusal, ok := errors.AsType[*game.Refusal](err)
	return ok && refusal.Code == game.CodeConflict
}

// isNotFound tells whether err says that the very thing that missing names does
// not exist.
func isNotFound(err error, missing *game.Refusal) bool {
	refusal, ok := errors.AsType[*game.Refusal](err)
	return ok && *refusal == *missing
}
