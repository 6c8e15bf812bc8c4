package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/clitest"
	"seg.example/internal/cli/doctor"
)

// runDoctor runs seg doctor and returns the exit code and the findings by check.
func runDoctor(t *testing.T, args ...string) (int, map[string]doctor.Finding) {
	t.Helper()
	var stdout, stderr strings.Builder
	code := cli.Run(t.Context(), append([]string{"doctor", "--json"}, args...), &stdout, &stderr)
	checkNoSecrets(t, "seg doctor", stdout.String()+stderr.String())
	var report struct {
		OK     bool
		Checks []doctor.Finding
	}
	if err := json.Unmarshal([]byte(stdout.String()), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	if report.OK != (code == clikit.ExitOK) {
		t.Errorf("exit code %d, ok %v", code, report.OK)
	}
	found := map[string]doctor.Finding{}
	for _, f := range report.Checks {
		found[f.Check] = f
		if f.Text == "" || f.Status == doctor.StatusFail && f.Advice == "" || f.Status == doctor.StatusOK && f.Advice != "" {
			t.Errorf("a finding that does not say enough, or too much: %+v", f)
		}
	}
	return code, found
}

func wantFinding(t *testing.T, f doctor.Finding, s doctor.Status, text string) {
	t.Helper()
	if f.Status != s || !strings.Contains(f.Text, text) {
		t.Errorf("%+v, want %s with %q", f, s, text)
	}
}

// TestDoctor_fresh: without a problem there is no failed check, and no file is left behind.
func TestDoctor_fresh(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, found := runDoctor(t, "--addr", "127.0.0.1:0", "--database-url", "sqlite://"+filepath.Join(dir, "seg.db"), "--max-connections", "100")
	if code != clikit.ExitOK {
		t.Errorf("exit code %d", code)
	}
	wantFinding(t, found["address"], doctor.StatusOK, "is free")
	wantFinding(t, found["contract"], doctor.StatusOK, "no running server")
	wantFinding(t, found["database"], doctor.StatusOK, "the first start creates it")
	wantFinding(t, found["password"], doctor.StatusWarn, "no password is set")
	wantFinding(t, found["clock"], doctor.StatusOK, "20")
	wantFinding(t, found["ruleset"], doctor.StatusOK, "classic")
	if _, checked := found["certificate"]; checked {
		t.Error("there is no certificate to check")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestDoctor_misspelt: seg doctor names misspelt variables. Only the server's log used to do so.
func TestDoctor_misspelt(t *testing.T) {
	flags := []string{"--addr", "127.0.0.1:0", "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "seg.db")}
	_, found := runDoctor(t, flags...)
	wantFinding(t, found["variables"], doctor.StatusOK, "no misspelt settings")
	t.Setenv("SEG_PASSWD", password)
	t.Setenv("SEG_ORIGIN", "https://game.example")
	code, found := runDoctor(t, flags...)
	wantFinding(t, found["variables"], doctor.StatusWarn, "SEG_ORIGIN, SEG_PASSWD:")
	if advice := found["variables"].Advice; code != clikit.ExitOK || !strings.Contains(advice, "SEG_ORIGINS, SEG_PASSWORD") {
		t.Errorf("exit code %d: %s", code, advice)
	}
}

// TestDoctor_running checks a running server, which must not be disturbed.
func TestDoctor_running(t *testing.T) {
	t.Parallel()
	s := start(t)
	code, found := runDoctor(t, "--addr", s.addr, "--database-url", "sqlite://"+s.database, "--password", "Wk3-uY9.qL2_tR7x")
	if code != clikit.ExitOK {
		t.Errorf("exit code %d: %+v", code, found)
	}
	wantFinding(t, found["address"], doctor.StatusOK, "in use by a seg server that is running")
	wantFinding(t, found["contract"], doctor.StatusOK, "the same as the running server")
	wantFinding(t, found["database"], doctor.StatusOK, "writable and up to date")
	wantFinding(t, found["password"], doctor.StatusWarn, "command line")
	if got := s.connect(t, "c", "").call(`{"type":"create-session","password":"` + password + `","request_id":1}`); got.Code != "" {
		t.Errorf("the server does not work any more: %s", got.Raw)
	}
}

func TestDoctor_failures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	args := []string{"doctor", "--addr", "127.0.0.1:0", "--database-url", "sqlite://" + file, "--password", "hunter2", "--ruleset", "chess"}
	if code := cli.Run(t.Context(), args, &out, &out); code != clikit.ExitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{
		"fail  database", "fail  password", "fail  ruleset", "ok    address", "-> set SEG_PASSWORD", "3 of 8 checks failed",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("it tells the password")
	}
	if code := cli.Run(t.Context(), []string{"doctor", "now"}, &out, &out); code != clikit.ExitUsage {
		t.Errorf("exit code %d for an argument", code)
	}
}

// TestDoctor_tls checks a server that only uses https, with a self-signed certificate.
func TestDoctor_tls(t *testing.T) {
	t.Parallel()
	c := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*24*time.Hour))
	tls := []string{"--tls-cert", c.Cert, "--tls-key", c.Key}
	s := start(t, tls...)
	_, found := runDoctor(t, slices.Concat([]string{"--addr", s.addr, "--database-url", "sqlite://" + s.database}, tls)...)
	wantFinding(t, found["address"], doctor.StatusOK, "in use by a seg server")
	wantFinding(t, found["certificate"], doctor.StatusOK, "valid until")
}
