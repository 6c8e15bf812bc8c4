package handler

import (
	"context"
	"errors"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
)

// Passwords judges what a request presents as the password; the context tells
// where it came from.
type Passwords func(ctx context.Context, attempt string) auth.Verdict

// Interceptors returns what stands between the dispatcher and the handlers, in
// order: refusals of the rules become errors of the protocol, the password is
// checked, and what a client has sent before is not carried out again.
func Interceptors(passwords Passwords, requests Requests) []route.Interceptor {
	return []route.Interceptor{translateRefusals, checkPassword(passwords), carryOutOnce(requests)}
}

// translateRefusals turns a *game.Refusal into a *route.Error. Other errors are
// faults, which the dispatcher tells nothing of.
func translateRefusals(ctx context.Context, call *route.Call, next route.Next) error {
	err := next(ctx, call)
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return translated(refusal)
	}
	return err
}

func translated(r *game.Refusal) *route.Error {
	return &route.Error{Code: wire.ErrorCode(r.Code), Text: r.Text}
}

// checkPassword refuses a request with a wrong password, and trusts a connection
// that has presented the right one.
func checkPassword(passwords Passwords) route.Interceptor {
	return func(ctx context.Context, call *route.Call, next route.Next) error {
		switch call.Message.Auth {
		case route.AuthNone:
			// Without a credential in the message there is nothing to check.
		case route.AuthOptional, route.AuthRequired:
			if err := present(ctx, passwords, call); err != nil {
				return err
			}
		}
		return next(ctx, call)
	}
}

// present checks the password that came with a request, if one did.
func present(ctx context.Context, passwords Passwords, call *route.Call) error {
	verdict := auth.Wrong
	if call.HasSecret {
		verdict = passwords(ctx, string(call.Secret))
	} else if call.Message.Auth == route.AuthOptional {
		return nil
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
