package handler

import (
	"context"
	"crypto/sha256"
	"errors"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// Deduplicator stores the answers to requests of clients with a client key.
type Deduplicator interface {
	// Once calls run, unless r is stored or running: then it returns the answer of that request. If run
	// fails and returns the frame of its refusal, the refusal is stored like an answer. The error is
	// that of run, a *game.Refusal or an internal error.
	Once(ctx context.Context, r game.Request, run func(context.Context) (refusal []byte, err error)) (answer []byte, err error)
}

// requestKey is the context key of the current game.Request.
type requestKey struct{}

// requestFrom returns the current request if it is deduplicated, otherwise the zero value.
func requestFrom(ctx context.Context) game.Request {
	r, _ := ctx.Value(requestKey{}).(game.Request)
	return r
}

// deduplicate answers a command that its client has sent before with the first answer. It must come
// after the check of the password, so that a client with a wrong password does not get the answer.
func deduplicate(requests Deduplicator) route.Interceptor {
	return func(ctx context.Context, call *route.Call, next route.Next) error {
		if !call.Message.Mutates || call.Caller.Key == "" || call.RequestID == "" {
			return next(ctx, call)
		}
		r := requestOf(call)
		answer, err := requests.Once(ctx, r, func(ctx context.Context) ([]byte, error) {
			err := next(context.WithValue(ctx, requestKey{}, r), call)
			return replayableRefusal(call, err), err
		})
		if answer != nil {
			call.Replay(answer)
		}
		return err
	}
}

// requestOf returns the identity of a request: client key, request id and a hash of type and
// parameters. It uses the id's JSON text, so "1" and 1 are different ids.
func requestOf(call *route.Call) game.Request {
	hash := sha256.New()
	hash.Write([]byte(call.Message.Type + "\x00"))
	hash.Write(call.Parameters())
	r := game.Request{Key: call.Caller.Key, ID: string(call.RequestID)}
	hash.Sum(r.Hash[:0])
	return r
}

// replayableRefusal returns the frame of a refusal to store, nil for other errors. A rate limit is not
// stored, because the next attempt may succeed.
func replayableRefusal(call *route.Call, err error) []byte {
	refusal, ok := errors.AsType[*game.Refusal](err)
	if !ok || refusal.Code == game.CodeRateLimited {
		return nil
	}
	return call.Refusal(toRouteError(refusal))
}
