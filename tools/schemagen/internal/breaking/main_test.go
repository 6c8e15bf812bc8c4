package breaking_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain keeps the random tests short; -rapid.checks makes them longer.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "60", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}
