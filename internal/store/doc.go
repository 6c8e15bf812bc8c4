// Package store keeps the game in a SQLite database. It converts rows to game values and back, runs
// commands as units of work, and publishes each command after its commit, never before.
//
// A command locks one session. One transaction writes the rows that it changed and one row of the
// append-only log with its events. The numbers of the events come from the session's row, so they
// have no gaps. The table owners decides what must be unique across sessions and is chosen by
// callers or at random: user numbers and secret codes. The store allocates all other numbers.
//
// Queries never wait for commands. They read the last committed state.
package store
