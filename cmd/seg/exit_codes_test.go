package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

func TestMain_exitCodes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		args []string
		want int
		text string
	}{
		{"no command prints help", []string{}, clikit.ExitOK, "Usage"},
		{"help", []string{"serve", "--help"}, clikit.ExitOK, "SEG_PASSWORD"},
		{"unknown command", []string{"sreve"}, clikit.ExitUsage, "unknown command"},
		{"unknown flag", []string{"serve", "--port", "1"}, clikit.ExitUsage, "unknown flag"},
		{"certificate without key", []string{"serve", "--tls-cert", "x.pem"}, clikit.ExitUsage, "go together"},
		{"admin address for everybody", []string{"serve", "--admin-addr", ":6060"}, clikit.ExitUsage, "--admin-addr"},
		{"unknown ruleset", []string{"serve", "--ruleset", "chess", "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "a.db")}, clikit.ExitFailed, "chess"},
		{"unknown database", []string{"serve", "--database-url", "mongodb://x"}, clikit.ExitFailed, "sqlite://"},
		{"address in use", []string{"serve", "--addr", "256.0.0.1:1", "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "b.db")}, clikit.ExitFailed, "256.0.0.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if got := cli.Run(t.Context(), row.args, &out, &out); got != row.want {
				t.Errorf("exit code %d, want %d", got, row.want)
			}
			if !strings.Contains(out.String(), row.text) {
				t.Errorf("output does not contain %q:\n%s", row.text, out.String())
			}
		})
	}
	if _, err := os.Stat("seg.db"); err == nil {
		t.Error("a test has written seg.db into its own folder")
	}
}
