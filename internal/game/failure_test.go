//go:build failure

package game_test

import (
	"flag"
	"testing"
)

// The tests of this file run with make test-failure only. Each is a longer form of a test that make
// test runs too.

func TestFailure_wholeGames(t *testing.T) {
	const name = "rapid.checks"
	before := flag.Lookup(name).Value.String()
	if err := flag.Set(name, "1000"); err != nil {
		t.Fatal(err)
	}
	// The parallel subtests end before the cleanup.
	t.Cleanup(func() {
		if err := flag.Set(name, before); err != nil {
			t.Error(err)
		}
	})
	testWholeGames(t)
}

func TestFailure_refuseCovered(t *testing.T) {
	testRefuseCovered(t, map[string]int{"game": 70, "handler": 10, "store": 10, "ruleset": 1})
}
