// Package store keeps the game in a database. It turns rows into game values and
// back, carries out commands as units of work, and tells of each one after it
// has been committed, never before.
//
// A command changes one session, which is locked meanwhile. What it changed, and
// one row of the append-only log with the events it caused, are written in one
// transaction; the numbers of the events come from the session's row, so they
// have no gaps. Of the session only the rows are written that are different
// afterwards. What must be unique across sessions is decided by the table owners
// where callers choose it or chance does, user numbers and secret codes; all
// other numbers are drawn by the store.
//
// Queries never wait for commands: they read the last committed state.
package store
