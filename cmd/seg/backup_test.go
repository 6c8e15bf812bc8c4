package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seg.example/internal/cli/clikit"
	"seg.example/migrations"
)

// TestMigrate_noSuchCommand: an unknown subcommand of migrate used to print the help and exit with
// code 0.
func TestMigrate_noSuchCommand(t *testing.T) {
	t.Parallel()
	if code, _, problems := runSeg(t, "migrate", "upp"); code != clikit.ExitUsage || !strings.Contains(problems, "did you mean up?") {
		t.Errorf("exit code %d: %s", code, problems)
	}
	if code, out, problems := runSeg(t, "migrate"); code != clikit.ExitOK || !strings.Contains(out, "seg migrate [command]") {
		t.Errorf("no command: exit code %d: %s%s", code, out, problems)
	}
}

// TestBackupAndRestore: a backup of a running server can be restored after the server has ended.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := start(t)
	makeSession := func(name string) {
		t.Helper()
		r := s.connect(t, "maker-of-"+name, "").call(`{"type":"create-session","session_id":"` + name + `","password":"` + password + `","request_id":1}`)
		if r.Code != "" {
			t.Fatal(r.Raw)
		}
	}
	makeSession("A")
	url, backup := "sqlite://"+s.database, filepath.Join(t.TempDir(), "backup.db")
	if code, out, problems := runSeg(t, "backup", backup, "--database-url", url); code != clikit.ExitOK || !strings.Contains(out, backup) {
		t.Fatalf("exit code %d: %s%s", code, out, problems)
	}
	if code, _, problems := runSeg(t, "backup", backup, "--database-url", url); code != clikit.ExitFailed || !strings.Contains(problems, "already exists") {
		t.Errorf("over a backup: exit code %d: %s", code, problems)
	}
	makeSession("B")
	if code, _, problems := runSeg(t, "restore", backup, "--database-url", url); code != clikit.ExitFailed || !strings.Contains(problems, "--force") {
		t.Errorf("over a database: exit code %d: %s", code, problems)
	}
	if code, _, problems := runSeg(t, "restore", backup, "--force", "--database-url", url); code != clikit.ExitFailed || !strings.Contains(problems, "stop the server") {
		t.Errorf("while it is served: exit code %d: %s", code, problems)
	}
	s.stop()
	if code, out, problems := runSeg(t, "restore", backup, "--force", "--database-url", url); code != clikit.ExitOK || !strings.Contains(out, "new epochs") {
		t.Fatalf("exit code %d: %s%s", code, out, problems)
	}
	steps, err := fs.Glob(migrations.SQLite(), "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ := runSeg(t, "migrate", "status", "--database-url", url); code != clikit.ExitOK || strings.Count(out, " applied\n") != len(steps) || strings.Contains(out, "pending") {
		t.Errorf("exit code %d: %s", code, out)
	}
	again := start(t, "--database-url", url)
	if got := again.connect(t, "a", "").call(`{"type":"get-sessions","request_id":3}`).Raw; !strings.Contains(got, `"A"`) || strings.Contains(got, `"B"`) {
		t.Error(got)
	}
	again.stop()
	for _, line := range again.logs {
		if strings.Contains(line, replacedWarning) {
			t.Errorf("restored, and said not to be: %s", line)
		}
	}
}

// replacedWarning is part of the warning about a database file that was replaced by other means than Restore.
const replacedWarning = "new epochs"

// TestServe_bypassedRestore: a server whose database file was replaced logs a warning that names seg restore.
func TestServe_bypassedRestore(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stop()
	url := "sqlite://" + s.database
	if err := os.Remove(s.database + ".identity"); err != nil {
		t.Fatal(err)
	}
	again := start(t, "--database-url", url)
	again.stop()
	said := false
	for _, line := range again.logs {
		var entry struct{ Msg, Reason string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		said = said || strings.Contains(entry.Msg, replacedWarning) && entry.Reason != "" && strings.Contains(line, "seg restore")
	}
	if !said {
		t.Errorf("the log has no warning about the replaced database: %v", again.logs)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	url := "sqlite://" + filepath.Join(t.TempDir(), "seg.db")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"migrate", "status"}, clikit.ExitOK, "20260101000004 pending\n"},
		{[]string{"migrate", "up"}, clikit.ExitOK, "20260101000004 applied\n"},
		{[]string{"migrate", "down"}, clikit.ExitFailed, "--lose-data"},
		{[]string{"migrate", "down", "--lose-data"}, clikit.ExitOK, "20260101000004 reverted\n"},
		{[]string{"migrate", "status"}, clikit.ExitOK, "20260101000003 applied\n20260101000004 pending\n"},
		{[]string{"migrate", "down", "--lose-data"}, clikit.ExitOK, "20260101000003 reverted\n"},
		{[]string{"migrate", "down", "--lose-data"}, clikit.ExitOK, "20260101000002 reverted\n"},
		{[]string{"migrate", "down", "--lose-data"}, clikit.ExitOK, "20260101000001 reverted\n"},
		{[]string{"migrate", "down", "--lose-data"}, clikit.ExitOK, "no migration to revert"},
		{[]string{"migrate", "up", "x"}, clikit.ExitUsage, "unknown command"},
		{[]string{"backup"}, clikit.ExitUsage, "1 arg"},
		{[]string{"restore", "a", "b"}, clikit.ExitUsage, "1 arg"},
		{[]string{"restore", "/no/such/file"}, clikit.ExitFailed, "no such file"},
		{[]string{"serve", "--keep-events", "0"}, clikit.ExitUsage, "--keep-events"},
	} {
		code, out, problems := runSeg(t, append(c.args, "--database-url", url)...)
		if code != c.code || !strings.Contains(out+problems, c.want) {
			t.Errorf("%v: exit code %d: %s%s", c.args, code, out, problems)
		}
	}
}

// TestServe_resent: a client that lost its connection before the answer came repeats its request.
// The command is executed once, and the client gets the first answer. Without a key the server
// cannot recognize the client.
func TestServe_resent(t *testing.T) {
	t.Parallel()
	s := start(t)
	frame := `{"type":"create-session","session_id":"A","password":"` + password + `","request_id":"r-1"}`
	first := s.connect(t, "a", key("a")).call(frame)
	if first.Code != "" {
		t.Fatal(first.Raw)
	}
	for range 2 {
		if again := s.connect(t, "a", key("a")).call(frame); again.Raw != first.Raw {
			t.Errorf("answered %s, the first time %s", again.Raw, first.Raw)
		}
	}
	if other := s.connect(t, "b", key("b")).call(frame); other.Code != "conflict" {
		t.Errorf("another client: %s", other.Raw)
	}
	if without := s.connect(t, "c", "").call(frame); without.Code != "conflict" {
		t.Errorf("a client without a key: %s", without.Raw)
	}
}
