//go:build failure

package store_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// The tests of this file run with make test-failure only, one at a time: none of them is parallel,
// so that what a test kills or slows down is its own. Each is a test that make test runs too, at
// greater length or undisturbed.

func TestFailure_kill(t *testing.T) { testKill(t, 20) }

func TestFailure_fsyncs(t *testing.T) { testFsyncs(t) }

func TestFailure_diskFull(t *testing.T) { testDiskFull(t) }

func TestFailure_backupUnderLoad(t *testing.T) { testBackupUnderLoad(t) }

func TestFailure_linearizable(t *testing.T) { testLinearizable(t, 1500) }

func TestFailure_stateMachine(t *testing.T) {
	seed := rand.Uint64() >> 1
	defer func() { must(t, flag.Set("rapid.seed", "0")) }()
	commands := testStateMachine(t, seed, func(run func(*rapid.T)) {
		for i := range uint64(8) {
			must(t, flag.Set("rapid.seed", fmt.Sprint(seed+i)))
			rapid.Check(t, run)
		}
	})
	if commands < 10_000 {
		t.Errorf("ran %d commands, want at least 10000", commands)
	}
}
