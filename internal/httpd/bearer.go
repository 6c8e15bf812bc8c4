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

// tokenState describes the Authorization header of a request.
type tokenState int

const (
	tokenNone      tokenState = iota // no Authorization header
	tokenGiven                       // a bearer token, right or wrong
	tokenMalformed                   // another scheme, or several headers
)

func tokenStateOf(r *http.Request) tokenState {
	fields := r.Header.Values("Authorization")
	if len(fields) == 0 {
		return tokenNone
	}
	if scheme, _, _ := strings.Cut(fields[0], " "); len(fields) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return tokenMalformed
	}
	return tokenGiven
}

// checkToken checks the bearer token of a request whose state is tokenGiven. It returns nil if the
// token is the password.
func (h *handler) checkToken(r *http.Request) *refusal {
	source := netip.Prefix(ws.ClientNetOf(r.RemoteAddr))
	switch h.Passwords.Check(source, bearerToken(r)) {
	case auth.Right:
		return nil
	case auth.TooMany:
		seconds := int(h.Passwords.Delay(source).Seconds()) + 1
		return &refusal{
			status: http.StatusTooManyRequests, code: wire.ErrorCodeRateLimited, text: "too many wrong passwords; try again later",
			header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}, reason: reasonGuessing,
		}
	case auth.Wrong:
	}
	return wrongPassword()
}

// bearerToken returns the token of a request whose state is tokenGiven.
func bearerToken(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimLeft(token, " ")
}
