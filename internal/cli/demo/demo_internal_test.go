package demo

import (
	"path/filepath"
	"testing"
	"time"

	"seg.example/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestWithCommas(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1_234_567: "1,234,567", -1000: "-1,000", 1_000_005: "1,000,005"} {
		if got := withCommas(n); got != want {
			t.Errorf("withCommas(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestWriteRuleset: the demo plays by a copy of the chosen ruleset. Only its name and its timers differ.
func TestWriteRuleset(t *testing.T) {
	t.Parallel()
	rules, err := writeRuleset(config{ruleset: "industrial", turn: 3 * time.Second}, filepath.Join(t.TempDir(), "rules.json"))
	if err != nil {
		t.Fatal(err)
	}
	if rules.ID.Name != "demo" || rules.Timers.Turn != 3*time.Second || rules.Timers.CellSelect != cellSelectSeconds*time.Second {
		t.Errorf("got the name %s and the timers %+v", rules.ID.Name, rules.Timers)
	}
	if _, err := writeRuleset(config{ruleset: "chess", turn: time.Second}, filepath.Join(t.TempDir(), "rules.json")); err == nil {
		t.Error("an unknown ruleset: got no error")
	}
}
