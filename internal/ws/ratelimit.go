package ws

import (
	"context"
	"errors"
	"time"

	"golang.org/x/time/rate"

	"seg.example/gen/route"
)

// Costs in units of Config.Rate. A message is charged when it arrives; the rest is charged when it
// is known.
const (
	costFrame       = 1 // a message, a ping, a pong
	costMutation    = 2 // a request that changes state
	costFailedLogin = 10
)

// refusalFraction is how much slower than Config.Rate the budget for refusals refills.
const refusalFraction = 10

// meter limits what one connection may ask for. Only the reading goroutine uses it. Its limiters
// are created when they are needed, because most connections are idle.
type meter struct {
	units         *rate.Limiter // for requests
	refusalBudget *rate.Limiter // for refusals; nil until the first
	refused       bool          // the current message exceeds the limit
	flooded       bool          // the budget for refusals is exhausted
}

// takeTokens takes units and returns true, or takes none and returns false if there are not enough.
// Then it charges a refusal.
func (s *Socket) takeTokens(units int) bool {
	limits, m := &s.server.config, &s.in.meter
	if limits.Rate < 0 {
		return true
	}
	if m.units == nil {
		m.units = rate.NewLimiter(rate.Limit(limits.Rate), limits.Burst)
	}
	at := s.server.steadyNow()
	if m.units.AllowN(at, units) {
		return true
	}
	if m.refusalBudget == nil {
		m.refusalBudget = rate.NewLimiter(rate.Limit(limits.Rate)/refusalFraction, limits.Burst)
	}
	m.flooded = m.flooded || !m.refusalBudget.AllowN(at, 1)
	return false
}

// chargeTokens takes units even if there are not enough, so that the next message has to wait for
// them.
func (s *Socket) chargeTokens(units int) {
	if m := &s.in.meter; m.units != nil {
		m.units.ReserveN(now(), min(units, m.units.Burst()))
	}
}

// floodError returns a *closeStatus if the connection goes on despite refusals, otherwise nil.
func (s *Socket) floodError() error {
	if s.in.meter.flooded {
		return &closeStatus{ClosePolicy, "too many messages"}
	}
	return nil
}

// Error codes of the protocol that this package uses.
const (
	codeTooLarge     = "too_large"
	codeRateLimited  = "rate_limited"
	codeUnauthorized = "unauthorized"
	codeInvalid      = "invalid_field"
	codeInternal     = "internal"
)

// RateLimit is an interceptor. It refuses a request with rate_limited if its connection exceeds
// Config.Rate. It must run before all interceptors that return a *route.Error. Requests without a
// Socket pass.
//
// Without RateLimit, messages beyond the limit are served, but a connection that floods is still
// closed.
func RateLimit(ctx context.Context, call *route.Call, next route.Next) error {
	s := fromContext(ctx)
	if s == nil {
		return next(ctx, call)
	}
	charged := costFrame
	if call.Message.Mutates {
		charged = costMutation
	}
	if s.in.meter.refused || charged > costFrame && !s.takeTokens(charged-costFrame) {
		return &route.Error{Code: codeRateLimited, Text: "Too many requests; try again later"}
	}
	err := next(ctx, call)
	if failedLogin(call, err) {
		s.chargeTokens(costFailedLogin - charged)
	}
	return err
}

// failedLogin reports whether a request had a wrong password. It was refused for that, or it only
// reads: then it is not refused, but its connection is not trusted.
func failedLogin(call *route.Call, err error) bool {
	if e, ok := errors.AsType[*route.Error](err); ok && e.Code == codeUnauthorized {
		return true
	}
	return call.HasSecret && !call.Message.Mutates && !call.Caller.Trusted
}

// retryAfter is the Retry-After of a request that was refused because of a limit.
const retryAfter = 5 * time.Second
