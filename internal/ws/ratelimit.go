package ws

import (
	"context"
	"errors"
	"time"

	"golang.org/x/time/rate"

	"seg.example/gen/route"
)

// What is asked for costs so many units of Config.Rate. A message is charged when it comes in, the rest as it turns out.
const (
	costFrame  = 1 // a message, a ping, a pong
	costChange = 2 // a request that changes state
	costGuess  = 10
)

// patiencePart is how much slower than Config.Rate the refusals are forgiven that a client has brought on itself.
const patiencePart = 10

// meter is what one connection has asked for of late. Only the reading goroutine touches it. A connection that is silent has none
// of its parts: most are, most of the time.
type meter struct {
	units         *rate.Limiter // what may still be done
	refusalBudget *rate.Limiter // what may still be refused; nil until something was
	refused       bool          // the message under way came too soon
	flooded       bool          // refusing has not helped
}

// takeTokens takes so many units. It is false when there are not enough; none are taken then, and the connection comes nearer to its end.
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
		m.refusalBudget = rate.NewLimiter(rate.Limit(limits.Rate)/patiencePart, limits.Burst)
	}
	m.flooded = m.flooded || !m.refusalBudget.AllowN(at, 1)
	return false
}

// chargeTokens takes so many units whether they are there or not: what comes next has to wait for them.
func (s *Socket) chargeTokens(units int) {
	if m := &s.in.meter; m.units != nil {
		m.units.ReserveN(now(), min(units, m.units.Burst()))
	}
}

// floodError returns how to end a connection that does not mind being refused, nil for all others.
func (s *Socket) floodError() error {
	if s.in.meter.flooded {
		return &closeStatus{ClosePolicy, "too many messages"}
	}
	return nil
}

// Error codes of the protocol, in the schema's spelling, that this package needs.
const (
	codeTooLarge     = "too_large"
	codeRateLimited  = "rate_limited"
	codeUnauthorized = "unauthorized"
	codeInvalid      = "invalid_field"
	codeInternal     = "internal"
)

// RateLimit is the interceptor that refuses a request with rate_limited when its connection asks for more than Config.Rate allows.
// It belongs outermost of those that see a *route.Error. A request that comes over no Socket passes.
//
// Without it messages beyond the limit are served, but still end a connection that floods.
func RateLimit(ctx context.Context, call *route.Call, next route.Next) error {
	s := fromContext(ctx)
	if s == nil {
		return next(ctx, call)
	}
	spent := costFrame
	if call.Message.Mutates {
		spent = costChange
	}
	if s.in.meter.refused || spent > costFrame && !s.takeTokens(spent-costFrame) {
		return &route.Error{Code: codeRateLimited, Text: "Too many requests; try again later"}
	}
	err := next(ctx, call)
	if failedLogin(call, err) {
		s.chargeTokens(costGuess - spent)
	}
	return err
}

// failedLogin tells whether a request has presented a wrong password: it was refused for that, or it only reads, which no password is
// refused, but its connection is not trusted for what it presented.
func failedLogin(call *route.Call, err error) bool {
	if e, ok := errors.AsType[*route.Error](err); ok && e.Code == codeUnauthorized {
		return true
	}
	return call.HasSecret && !call.Message.Mutates && !call.Caller.Trusted
}

// retryAfter is when a client that was refused for want of room may try again.
const retryAfter = 5 * time.Second
