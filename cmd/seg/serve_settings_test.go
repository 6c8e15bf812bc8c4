package main

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/clitest"
)

// TestServe_uselessSettings: settings that cannot work are refused before the database is created
// or changed.
func TestServe_uselessSettings(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		flags []string
		text  string
	}{
		"password of a file":      {[]string{"--password", password + "\n"}, "white space"},
		"password with a space":   {[]string{"--password", " " + password}, "white space"},
		"password of two lines":   {[]string{"--password", password + "\n" + password}, "control character"},
		"password of other bytes": {[]string{"--password", password + "\xff"}, "UTF-8"},
		"too long a password":     {[]string{"--password", strings.Repeat(password, 20)}, "256 characters"},
		"no origin":               {[]string{"--origins", "game.example"}, "--origins"},
		"origin of many hosts":    {[]string{"--origins", "https://*.game.example"}, "use * alone"},
		"origin of a socket":      {[]string{"--origins", "wss://game.example"}, "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			args := []string{"serve", "--addr", "127.0.0.1:0", "--database-url", "sqlite://" + filepath.Join(folder, "seg.db")}
			code, out, problems := runSeg(t, append(args, row.flags...)...)
			if code != clikit.ExitUsage || !strings.Contains(problems, row.text) {
				t.Errorf("exit code %d, want %d and %q: %s%s", code, clikit.ExitUsage, row.text, out, problems)
			}
			if made, err := os.ReadDir(folder); err != nil || len(made) > 0 {
				t.Errorf("it has left %v, %v", made, err)
			}
		})
	}
}

// TestServe_noCertificate: a wrong path to the certificate is found before the database is
// migrated.
func TestServe_noCertificate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	missing := filepath.Join(folder, "none.pem")
	code, _, problems := runSeg(t, "serve", "--addr", "127.0.0.1:0", "--database-url", "sqlite://"+filepath.Join(folder, "seg.db"),
		"--tls-cert", missing, "--tls-key", missing)
	if code != clikit.ExitFailed || !strings.Contains(problems, missing) {
		t.Errorf("exit code %d: %s", code, problems)
	}
	if made, err := os.ReadDir(folder); err != nil || len(made) > 0 {
		t.Errorf("it has left %v, %v", made, err)
	}
}

// TestServe_misspelt: the log names a misspelt variable, but not its value.
func TestServe_misspelt(t *testing.T) {
	t.Setenv("SEG_PASSWD", password)
	s := start(t)
	s.stop()
	found := slices.ContainsFunc(s.logs, func(line string) bool {
		var entry struct {
			Level, Variable string
			Meant           string `json:"did you mean"`
		}
		return json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "WARN" && entry.Variable == "SEG_PASSWD" && entry.Meant == "SEG_PASSWORD"
	})
	if !found {
		t.Errorf("nothing tells of the variable: %q", s.logs)
	}
}

// TestServe_guesses: the log says from which address passwords are guessed.
func TestServe_guesses(t *testing.T) {
	t.Parallel()
	s := start(t, "--wrong-passwords", "2")
	c := s.connect(t, "guesser", "")
	for range 10 {
		c.call(wrongGuess)
	}
	s.status(t, "wrong")
	s.stop()
	var told []string
	for _, line := range s.logs {
		var entry struct {
			Level, Msg, From, Wait string
			Times                  int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg == "too many wrong passwords" {
			told = append(told, entry.Level+" "+entry.From+" "+strconv.Itoa(entry.Times)+" "+entry.Wait)
		}
	}
	if want := []string{"WARN 127.0.0.1 2 1s"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
}

// TestServe_oldCertificate: the server logs a warning about an expired certificate.
func TestServe_oldCertificate(t *testing.T) {
	t.Parallel()
	old := clitest.Certificate(t, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	s := start(t, "--tls-cert", old.Cert, "--tls-key", old.Key)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // like a client that ignores the error
	answer, err := client.Get("https://" + s.addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
	s.stop()
	if !slices.ContainsFunc(s.logs, func(line string) bool {
		return strings.Contains(line, `"level":"WARN"`) && strings.Contains(line, "the certificate is expired or not yet valid") && strings.Contains(line, old.Cert)
	}) {
		t.Errorf("nothing tells of it: %q", s.logs)
	}
}
