package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDatabaseIsIgnored: git ignores all files that a server writes in a clone. The identity file
// of the database was not ignored, so "make release" refused to work.
func TestDatabaseIsIgnored(t *testing.T) {
	t.Parallel()
	ignore, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	s.connect(t, "c", "").call(`{"type":"create-session","session_id":"G1","password":"` + password + `","request_id":1}`)
	files, err := os.ReadDir(filepath.Dir(s.database))
	if err != nil || len(files) < 3 {
		t.Fatalf("only %v: %v", files, err)
	}
	for _, f := range files {
		ignored := slices.ContainsFunc(strings.Fields(string(ignore)), func(pattern string) bool {
			match, err := filepath.Match(pattern, f.Name())
			return match && err == nil
		})
		if !ignored {
			t.Errorf("%s is not ignored", f.Name())
		}
	}
}
