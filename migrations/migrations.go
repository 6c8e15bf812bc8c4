// Package migrations holds the steps that make a database what the program
// expects: one folder per dialect, each step a numbered pair of files that goes
// up and back down. A step that has been released is never edited; a change of
// mind is a new step.
//
// The names end in .tx.up.sql and .tx.down.sql: the .tx makes a step one
// transaction, so that one which fails leaves nothing behind. That a step is done
// is noted after its transaction; a crash in between runs it again, so every
// statement must bear that (IF NOT EXISTS, IF EXISTS).
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql
var files embed.FS

// SQLite returns the steps for SQLite, at the root of the file system returned.
func SQLite() fs.FS {
	dir, err := fs.Sub(files, "sqlite")
	if err != nil {
		panic(err) //nolint:forbidigo // fs.Sub fails only on a path that is not valid, and this one is a constant
	}
	return dir
}
