package game

import "fmt"

// Code is the reason of a refusal. The values are the protocol's error codes; a test in package
// handler compares them.
type Code string

// The codes that the rules use.
const (
	CodeInvalidField Code = "invalid_field" // a value that is invalid in every state of the game
	CodeNotFound     Code = "not_found"     // something that the command names does not exist
	CodeConflict     Code = "conflict"      // the present state does not allow the command
	CodeWrongStage   Code = "wrong_stage"   // the session's stage does not allow the command
	CodeInPrison     Code = "in_prison"     // a company in prison may not do this
	CodeLimit        Code = "limit_reached" // the maximum number has been reached
	CodeNoFunds      Code = "insufficient_funds"
	CodeNoResources  Code = "insufficient_resources" // too few goods, or too little stock of an offer
	CodeNoSpace      Code = "no_space"               // the warehouse has too little room
	CodeRateLimited  Code = "rate_limited"           // the server is busy; the client may try the same command again later
)

// Codes returns every code that a refusal can carry.
func Codes() []Code {
	return []Code{
		CodeInvalidField, CodeNotFound, CodeConflict, CodeWrongStage, CodeInPrison, CodeLimit,
		CodeNoFunds, CodeNoResources, CodeNoSpace, CodeRateLimited,
	}
}

// Refusal is the error of a command that the rules do not allow. It is an answer to the player, not
// a fault of the server.
type Refusal struct {
	Code  Code
	Text  string // for people; a complete sentence
	Field string // the field of the request that caused the refusal, such as "expected_step"; may be empty
}

// Error is the text.
func (r *Refusal) Error() string { return r.Text }

// Refuse makes a Refusal; format and args are those of fmt.Sprintf.
func Refuse(code Code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Outdated refuses, with CodeConflict, a command whose field states a value that is no longer
// current. The text must state the present value.
func Outdated(field, format string, args ...any) *Refusal {
	r := Refuse(CodeConflict, format, args...)
	r.Field = field
	return r
}

// differs reports whether expected is not nil and not equal to is.
func differs[T comparable](expected *T, is T) bool { return expected != nil && *expected != is }

// checkBalance refuses a command whose caller expects another balance of c.
func checkBalance(c *Company, expected *int64) error {
	if differs(expected, c.Balance) {
		return Outdated("expected_balance", "The balance of %s is %d, not %d", c.Name, c.Balance, *expected)
	}
	return nil
}

// checkQuantity refuses a command whose caller expects another number of units of a resource in the
// warehouse of c.
func checkQuantity(c *Company, resource string, expected *int64) error {
	if has := c.Goods.Amount(resource); differs(expected, has) {
		return Outdated("expected_quantity", "The warehouse of %s has %d of %s, not %d", c.Name, has, resource, *expected)
	}
	return nil
}

// Refusals for things that do not exist. Clients may know these texts.

// UserNotFound refuses a command for a user that does not exist.
func UserNotFound() *Refusal { return Refuse(CodeNotFound, "User not found") }

// CompanyNotFound refuses a command for a company that does not exist.
func CompanyNotFound() *Refusal { return Refuse(CodeNotFound, "Company not found") }

// FactoryNotFound refuses a command for a factory that does not exist.
func FactoryNotFound() *Refusal { return Refuse(CodeNotFound, "Factory not found") }

// OfferNotFound refuses a command for an offer that does not exist.
func OfferNotFound() *Refusal { return Refuse(CodeNotFound, "Exchange offer not found") }

// SessionNotFound refuses a command for a session that does not exist.
func SessionNotFound() *Refusal { return Refuse(CodeNotFound, "Session not found") }

// SessionExists refuses a session whose id is taken.
func SessionExists(id string) *Refusal {
	return Refuse(CodeConflict, "Session %s already exists", id)
}

// UserExists refuses a user whose id is taken, in any session.
func UserExists(id int64) *Refusal {
	return Refuse(CodeConflict, "User %d already exists", id)
}
