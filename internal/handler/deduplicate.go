package handler

import (
	"context"
	"crypto/sha256"
	"errors"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// Deduplicator remembers what clients that prove who they are have been answered.
type Deduplicator interface {
	// Once calls run unless r has been carried out before, or is under way: then it
	// returns its answer. A refusal of run is remembered when run returns the frame
	// that tells of it. The error is run's, a *game.Refusal, or a fault.
	Once(ctx context.Context, r game.Request, run func(context.Context) (refusal []byte, err error)) (answer []byte, err error)
}

// requestKey is the key of a context that gives the game.Request under way.
type requestKey struct{}

// requestFrom returns the request under way if it is one to be remembered, else the zero value.
func requestFrom(ctx context.Context) game.Request {
	r, _ := ctx.Value(requestKey{}).(game.Request)
	return r
}

// deduplicate answers a request that changes something, and that its client has sent before, as it was answered then. It stands
// behind the check of the password: who may not ask does not get the answer either.
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

// requestOf names the request of call. Its id is taken as it was written: a client that sends it again writes it the same.
func requestOf(call *route.Call) game.Request {
	hash := sha256.New()
	hash.Write([]byte(call.Message.Type + "\x00"))
	hash.Write(call.Parameters())
	r := game.Request{Key: call.Caller.Key, ID: string(call.RequestID)}
	hash.Sum(r.Hash[:0])
	return r
}

// replayableRefusal returns the frame of a refusal that is to be given again. One for lack of room is not: the next try may find some.
func replayableRefusal(call *route.Call, err error) []byte {
	refusal, ok := errors.AsType[*game.Refusal](err)
	if !ok || refusal.Code == game.CodeRateLimited {
		return nil
	}
	return call.Refusal(toRouteError(refusal))
}
