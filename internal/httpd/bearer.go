package httpd

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"seg.example/gen/wire"
	"seg.example/internal/auth"
	"seg.example/internal/ws"
)

// tokenState says what a request has in the way of a bearer token.
type tokenState int

const (
	tokenNone      tokenState = iota // no Authorization at all
	tokenGiven                       // a bearer token, right or wrong
	tokenMalformed                   // something else
)

func token(r *http.Request) tokenState {
	fields := r.Header.Values("Authorization")
	if len(fields) == 0 {
		return tokenNone
	}
	if scheme, _, _ := strings.Cut(fields[0], " "); len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return tokenMalformed
	}
	return tokenGiven
}

// present shows the token of a request that has one to the guard. A nil refusal says that it is right.
func (h *handler) present(r *http.Request) *refusal {
	source := netip.Prefix(ws.ClientNetOf(r.RemoteAddr))
	switch h.Passwords.Check(source, bearer(r)) {
	case auth.Right:
		return nil
	case auth.TooMany:
		seconds := int(h.Passwords.Delay(source).Seconds()) + 1
		return &refusal{
			status: http.StatusTooManyRequests, code: wire.ErrorCodeRateLimited, text: "too many wrong passwords; try again later",
			header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}, cause: guessing,
		}
	case auth.Wrong:
	}
	return wrongPassword()
}

// bearer returns the token of a request that has one.
func bearer(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimLeft(token, " ")
}
