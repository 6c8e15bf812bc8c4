package clikit_test

import (
	"maps"
	"testing"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/call"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/load"
	"seg.example/internal/cli/serve"
	"seg.example/internal/cli/watch"
)

// TestMisspeltVariables: a misspelt variable used to have no effect, and no warning named it.
func TestMisspeltVariables(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "seg"}
	root.AddCommand(serve.Command(), call.Command(), load.Command(), watch.Command())
	got := clikit.MisspeltVariables(root, []string{
		"SEG_ORIGIN=https://game.example", "SEG_TRUSTED_PROXY=10.0.0.1", "SEG_DATABASE=sqlite://x", "SEG_TLS_CERTIFICATE=x", "SEG_TLS_CERT_FILE=x",
		"SEG_LOG_LEVEL=debug", "SEG_PASS=secret", "SEG_PASSWROD=secret", "SEG_ADDRESS=:1", "SEG_PING_INTERVALL=1s",
		// Correct settings of this and other commands, and variables of other programs.
		"SEG_ORIGINS=https://game.example", "SEG_URL=ws://x/y", "SEG_CLIENTS=1", "SEG_HELP=true", "PATH=/bin", "ORIGIN=x", "SEG=1", "SEG_=1",
		"SEG_PORT=tcp://10.0.0.1:8000", "SEG_SERVICE_HOST=10.0.0.1", "SEG_SERVICE_PORT=8000", "SEG_PORT_8000_TCP=tcp://10.0.0.1:8000",
		"SEG_PORT_8000_TCP_PROTO=tcp", "SEG_PORT_8000_TCP_PORT=8000", "SEG_PORT_8000_TCP_ADDR=10.0.0.1", "SEG_SERVICE_PORT_HTTP=8000",
	})
	want := map[string]string{
		"SEG_ORIGIN": "SEG_ORIGINS", "SEG_TRUSTED_PROXY": "SEG_TRUSTED_PROXIES", "SEG_DATABASE": "SEG_DATABASE_URL",
		"SEG_TLS_CERTIFICATE": "SEG_TLS_CERT", "SEG_TLS_CERT_FILE": "SEG_TLS_CERT", "SEG_LOG_LEVEL": "SEG_LOG", "SEG_PASS": "SEG_PASSWORD",
		"SEG_PASSWROD": "SEG_PASSWORD", "SEG_ADDRESS": "SEG_ADDR", "SEG_PING_INTERVALL": "SEG_PING_INTERVAL",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
