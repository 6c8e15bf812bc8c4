package scaffold_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"seg.example/tools/schemagen/internal/scaffold"
)

// root is the folder of the generator's own module.
const root = "../../../../"

// TestRequirements_are_ours: a new protocol requires the versions that this project is tested with.
func TestRequirements_are_ours(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(root + "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, requirement := range scaffold.Requirements() {
		if !strings.Contains(string(mod), "\t"+requirement+"\n") {
			t.Errorf("go.mod does not require %s", requirement)
		}
	}
	sum, err := os.ReadFile(root + "go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range scaffold.Sums() {
		if !strings.Contains(string(sum), line+"\n") {
			t.Errorf("go.sum lacks %s", line)
		}
	}
	data, err := os.ReadFile(root + "tools/node/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var node struct {
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(data, &node); err != nil {
		t.Fatal(err)
	}
	for pkg, version := range scaffold.Packages() {
		if node.DevDependencies[pkg] != version {
			t.Errorf("got %s %s for a new protocol, tools/node has %q", pkg, version, node.DevDependencies[pkg])
		}
	}
}

// TestName takes the last part of a module path, if it is a valid name.
func TestName(t *testing.T) {
	t.Parallel()
	for module, want := range map[string]string{
		"example.com/chess": "chess", "chess": "chess", "example.com/My-Game_2": "mygame2", "game.example": "game",
		"example.com/chess/v2": "chess", "v2": "v2",
	} {
		if got, err := scaffold.Name(module); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", module, got, err, want)
		}
	}
	for _, module := range []string{
		"", "example.com/", "example.com/2go", "example.com/---",
		"bad path", "../up", "/rooted", `C:\chess`, "example.com//chess", "example.com/émile",
	} {
		if got, err := scaffold.Name(module); err == nil {
			t.Errorf("%q: got %q", module, got)
		}
	}
}

// TestFiles leaves no placeholder.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := scaffold.Files("example.com/chess")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(string(f.Data), "{{") {
			t.Errorf("%s contains a placeholder:\n%s", f.Path, f.Data)
		}
	}
	if len(files) < 10 {
		t.Errorf("got only %d files", len(files))
	}
}

// TestFiles_server_is_short: the server in main.go fits on a page; the WebSocket code is a separate
// file.
func TestFiles_server_is_short(t *testing.T) {
	t.Parallel()
	files, err := scaffold.Files("example.com/chess")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path != "main.go" {
			continue
		}
		if lines := strings.Count(string(f.Data), "\n"); lines > 30 {
			t.Errorf("main.go has %d lines, want 30 at most:\n%s", lines, f.Data)
		}
		return
	}
	t.Error("there is no main.go")
}

// TestFiles_test_ends: newer versions than Node 20 do not accept a folder of tests. A client that
// is not closed keeps reconnecting, so a test that fails before closing it would never end.
func TestFiles_test_ends(t *testing.T) {
	t.Parallel()
	files, err := scaffold.Files("example.com/chess")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range files {
		found[f.Path] = string(f.Data)
	}
	if script := found["package.json"]; !strings.Contains(script, "node --test dist/*.test.js\"") {
		t.Errorf("package.json passes no test files to Node:\n%s", script)
	}
	_, last, _ := strings.Cut(found["test/greet.test.ts"], "} finally {")
	if !strings.Contains(last, "await client.close()") {
		t.Errorf("a failing test does not close its client:\n%s", found["test/greet.test.ts"])
	}
}

// TestGoMod_keeps_what_is_there and adds missing requirements once.
func TestGoMod_keeps_what_is_there(t *testing.T) {
	t.Parallel()
	first := scaffold.GoMod("a.example/b", nil)
	want := "module a.example/b\n\ngo 1.26.0\n\nrequire github.com/gobwas/ws v1.5.0\n\nrequire github.com/gobwas/httphead v0.1.0 // indirect\n"
	if string(first) != want {
		t.Errorf("got\n%s", first)
	}
	if again := scaffold.GoMod("a.example/b", first); string(again) != want {
		t.Errorf("again\n%s", again)
	}
	sum := scaffold.GoSum([]byte("a.example/c v1.0.0 h1:x=\n"))
	if string(scaffold.GoSum(sum)) != string(sum) || !strings.HasPrefix(string(sum), "a.example/c ") {
		t.Errorf("got\n%s", sum)
	}
}
