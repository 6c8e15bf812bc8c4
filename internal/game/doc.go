// Package game holds the rules: plain values and functions that know neither
// frames nor rows. What they need of the world, the time and the dice, comes in
// as [Env]; what they refuse is a [Refusal] with a code; what they cause is
// returned as a list of [Event]. A method that returns an error has changed
// nothing.
//
// The rules that exist now:
//
// A session runs FreeUserConnect → CellSelect → Game → End; a ruleset may put a
// pause, ChangeTurn, between two turns. It is made in FreeUserConnect at step 0,
// with the map size, the pattern and the number of steps of its ruleset (the
// number of steps may be given instead). Its name is given by the caller, 1-64
// of A-Z a-z 0-9 _ -, or drawn: 8 capital letters and digits. The map is empty
// until it is laid.
//
// Users join in FreeUserConnect only. The number of a user is the caller's own
// and unique on the server; who holds it is decided by the store, across
// sessions. A username is unique in its session, as written, upper and lower
// case apart; white space around it is cut off, then it has 1-32 characters,
// none of them a control character. A user may be renamed until the End, and
// deleted at any time. A session may be deleted at any time, and everything in
// it goes with it.
//
// A command that would change nothing is a conflict, except where a rule says
// otherwise. Checks come in this order: what is named must exist, the stage
// must allow the command, then the rest.
package game
