package handler_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// contents is the content of a database. Two are equal if and only if nothing has changed.
type contents struct {
	rows string   // rows of all tables except the log, one per line
	log  []string // rows of the log, oldest first
}

// contents reads the database of s, without the store.
func (s *server) contents() contents {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.file+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var c contents
	tables := texts(s.t, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
	if len(tables) < 10 || !slices.Contains(tables, "log") {
		s.t.Fatalf("got tables %v, want at least 10, with the log", tables)
	}
	for _, table := range tables {
		columns := texts(s.t, db, "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('"+table+"') ORDER BY cid")
		rows := texts(s.t, db, "SELECT "+strings.Join(columns, " || '|' || ")+" FROM \""+table+"\" ORDER BY rowid")
		switch table {
		case "log":
			c.log = rows
		case "sqlite_sequence": // counts the rows of the log
		default:
			c.rows += table + "\n" + strings.Join(rows, "\n") + "\n"
		}
	}
	return c
}

func texts(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
