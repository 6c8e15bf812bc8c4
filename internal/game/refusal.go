package game

import "fmt"

// Code says what kind of refusal a Refusal is. The values are those of the
// protocol's error codes; a test beside the handlers holds them to it.
type Code string

// The codes that the rules use.
const (
	CodeInvalidField Code = "invalid_field" // a value that no state of the game would allow
	CodeNotFound     Code = "not_found"     // something named does not exist
	CodeConflict     Code = "conflict"      // the present state does not allow it
	CodeWrongStage   Code = "wrong_stage"   // the session's stage does not allow it
	CodeInPrison     Code = "in_prison"     // a company in prison may not do it
	CodeLimit        Code = "limit_reached" // there can be no more of it
	CodeNoFunds      Code = "insufficient_funds"
	CodeNoResources  Code = "insufficient_resources" // too few goods, or too little stock of an offer
	CodeNoSpace      Code = "no_space"               // the warehouse has too little room
	CodeRateLimited  Code = "rate_limited"           // too much is under way; the same command may be tried again later
)

// Codes returns every code that a refusal can carry.
func Codes() []Code {
	return []Code{
		CodeInvalidField, CodeNotFound, CodeConflict, CodeWrongStage, CodeInPrison, CodeLimit,
		CodeNoFunds, CodeNoResources, CodeNoSpace, CodeRateLimited,
	}
}

// Refusal is the answer of the rules to a command that they do not allow. It is
// an answer to a player, not a fault of the server.
type Refusal struct {
	Code  Code
	Text  string // for people; complete in itself
	Field string // the field of the request that is at fault, such as "expected_step"; empty: none in particular
}

// Error is the text.
func (r *Refusal) Error() string { return r.Text }

// Refuse makes a Refusal; format and args are those of fmt.Sprintf.
func Refuse(code Code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Outdated refuses (CodeConflict) a command whose field names a state that the caller has seen and that is no longer so. The text
// must give the present state.
func Outdated(field, format string, args ...any) *Refusal {
	r := Refuse(CodeConflict, format, args...)
	r.Field = field
	return r
}

// differs reports whether the caller expects another value than the present one; nil expects nothing.
func differs[T comparable](expected *T, is T) bool { return expected != nil && *expected != is }

// checkBalance refuses a command whose caller expects another balance of c.
func checkBalance(c *Company, expected *int64) error {
	if differs(expected, c.Balance) {
		return Outdated("expected_balance", "The balance of %s is %d, not %d", c.Name, c.Balance, *expected)
	}
	return nil
}

// checkQuantity refuses a command whose caller expects another number of units of a resource in the warehouse of c.
func checkQuantity(c *Company, resource string, expected *int64) error {
	if has := c.Goods.Amount(resource); differs(expected, has) {
		return Outdated("expected_quantity", "The warehouse of %s has %d of %s, not %d", c.Name, has, resource, *expected)
	}
	return nil
}

// The refusals for what does not exist, with the texts that clients know.

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

// SessionExists refuses a session whose name is taken.
func SessionExists(id string) *Refusal {
	return Refuse(CodeConflict, "Session %s already exists", id)
}

// UserExists refuses a user whose number is taken, in whatever session.
func UserExists(id int64) *Refusal {
	return Refuse(CodeConflict, "User %d already exists", id)
}
