package handler

import (
	"context"
	"errors"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
)

// PasswordChecker judges the password of a request. The context holds the caller and its address.
type PasswordChecker func(ctx context.Context, attempt string) auth.Verdict

// Interceptors returns the interceptors of the handlers, in order: convert refusals of the rules to
// errors of the protocol, check the fields, check the password, answer repeated requests.
func Interceptors(passwords PasswordChecker, requests Deduplicator, o Options) []route.Interceptor {
	return []route.Interceptor{convertRefusals, checkFieldRules, checkPassword(passwords, o), deduplicate(requests)}
}

// convertRefusals converts a *game.Refusal to a *route.Error. Other errors are internal; the dispatcher
// hides their text from the client.
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

// checkPassword refuses commands with a wrong password. The right password makes the connection trusted.
func checkPassword(passwords PasswordChecker, o Options) route.Interceptor {
	return func(ctx context.Context, call *route.Call, next route.Next) error {
		if needsCheck(call, o) {
			// A query needs no password, so a wrong one does not refuse it. It counts as an attempt.
			if err := verifyPassword(ctx, passwords, call); err != nil && call.Message.Mutates {
				return err
			}
		}
		return next(ctx, call)
	}
}

// needsCheck reports whether a request has a password or must have one.
func needsCheck(call *route.Call, o Options) bool {
	switch call.Message.Auth {
	case route.AuthNone:
		return false // the message has no password field
	case route.AuthOptional:
		return call.HasSecret || o.RequireSwitchPassword && call.Message.Mutates
	case route.AuthRequired:
		return true
	}
	return true
}

// verifyPassword checks the password of a request. A missing one is wrong.
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

// isNotFound reports whether err is the refusal missing.
func isNotFound(err error, missing *game.Refusal) bool {
	refusal, ok := errors.AsType[*game.Refusal](err)
	return ok && *refusal == *missing
}
