package handler

import (
	"context"
	"errors"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/game"
)

// Interceptors returns what stands between the dispatcher and the handlers, in
// order: refusals of the rules become errors of the protocol, and the password
// is checked.
func Interceptors(password auth.Password) []route.Interceptor {
	return []route.Interceptor{translateRefusals, checkPassword(password)}
}

// translateRefusals turns a *game.Refusal into a *route.Error. Other errors are
// faults, which the dispatcher tells nothing of.
func translateRefusals(ctx context.Context, call *route.Call, next route.Next) error {
	err := next(ctx, call)
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return &route.Error{Code: wire.ErrorCode(refusal.Code), Text: refusal.Text}
	}
	return err
}

// checkPassword refuses a request with a wrong password, and trusts a connection
// that has presented the right one.
func checkPassword(password auth.Password) route.Interceptor {
	return func(ctx context.Context, call *route.Call, next route.Next) error {
		switch call.Message.Auth {
		case route.AuthNone:
			// Without a credential in the message there is nothing to check.
		case route.AuthOptional, route.AuthRequired:
			if err := present(password, call); err != nil {
				return err
			}
		}
		return next(ctx, call)
	}
}

// present checks the password that came with a request, if one did.
func present(password auth.Password, call *route.Call) error {
	if !call.HasSecret && call.Message.Auth == route.AuthOptional {
		return nil
	}
	if !call.HasSecret || !password.Check(string(call.Secret)) {
		return &route.Error{Code: wire.ErrorCodeUnauthorized, Text: "Password is incorrect"}
	}
	call.Caller.Trusted = true
	return nil
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
