// Package game holds the rules: plain values and functions that know neither frames nor rows.
// README.md in this folder explains the rules for players.
//
// Time, random numbers and ids come in as [Env]. A refused command returns a [Refusal] with a code
// and has changed nothing. The effects of a command are returned as a list of [Event], in causal
// order.
//
// Checks run in this order: what a command names must exist, the stage must allow the command, then
// everything else.
package game
