package serve

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seg.example/internal/cli/clitest"
)

// TestCertificateReloader replaces and removes the files in all orders, with a simulated clock.
func TestCertificateReloader(t *testing.T) {
	t.Parallel()
	old := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	renewed := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*time.Hour))
	var logs bytes.Buffer
	now := time.Now()
	k := &certificateReloader{cert: old.Cert, key: old.Key, log: slog.New(slog.NewTextHandler(&logs, nil)), now: func() time.Time { return now }}
	if err := k.load(); err != nil {
		t.Fatal(err)
	}
	first := k.pair.Load()
	// get advances the clock and asks for the certificate. It returns whether that is still the
	// first one, and the number of log lines.
	get := func(later time.Duration) (same bool, told int) {
		now = now.Add(later)
		pair, err := k.getCertificate(nil)
		if err != nil || pair == nil {
			t.Fatalf("%v, %v", pair, err)
		}
		return pair == first, strings.Count(logs.String(), "\n")
	}
	expect := func(what string, later time.Duration, wantSame bool, wantTold int) {
		t.Helper()
		if same, told := get(later); same != wantSame || told != wantTold {
			t.Errorf("%s: the same %v, told %d times\n%s", what, same, told, logs.String())
		}
	}
	expect("nothing has changed", certificateCheckInterval, true, 0)
	clitest.ReplaceFile(t, old.Cert, renewed.Cert)
	expect("it was looked at just now", certificateCheckInterval-1, true, 0)
	expect("a certificate without its key", 1, true, 1)
	expect("still without", certificateCheckInterval, true, 1)
	if err := os.Remove(old.Key); err != nil {
		t.Fatal(err)
	}
	expect("no key", certificateCheckInterval, true, 2)
	clitest.ReplaceFile(t, old.Key, renewed.Key)
	expect("both are there", certificateCheckInterval, false, 3)
	first = k.pair.Load()
	expect("nothing more has changed", certificateCheckInterval, true, 3)
	if !strings.Contains(logs.String(), "level=WARN") || !strings.Contains(logs.String(), filepath.Base(old.Cert)) {
		t.Errorf("the log does not warn: %s", logs.String())
	}
}
