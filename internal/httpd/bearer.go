package httpd

import (
	"net/http"
	"strings"
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

// bearer returns the token of a request that has one.
func bearer(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimLeft(token, " ")
}
