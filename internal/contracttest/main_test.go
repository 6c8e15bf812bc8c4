package contracttest_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"seg.example/internal/leaktest"
)

// TestMain keeps the random tests short, for there are hundreds; -rapid.checks makes them longer.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	leaktest.Main(m)
}
