package contracttest_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"seg.example/internal/leaktest"
)

// TestMain limits each random test to 20 checks, because there are hundreds of tests.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	leaktest.Main(m)
}
