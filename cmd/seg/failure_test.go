//go:build failure

package main

import (
	"testing"
	"time"
)

// The tests of this file run with make test-failure only, one at a time: none of them is parallel,
// so that what a test kills or slows down is its own. Each is a test that make test runs too, at
// greater length or undisturbed.

func TestFailure_disconnects(t *testing.T) { testDisconnects(t, 20, 50) }

func TestFailure_twoTabs(t *testing.T) { testTwoTabs(t, 100) }

func TestFailure_ahead(t *testing.T) { testAhead(t) }

func TestFailure_killedGames(t *testing.T) { testKilledGames(t, 15) }

func TestFailure_timersKilled(t *testing.T) { testTimersKilled(t) }

func TestFailure_slowClients(t *testing.T) {
	heap, limit := testSlowClients(t, slowClientTest{listeners: 500, slow: 25, events: 800, every: 8 * time.Millisecond, queue: 256 << 10})
	if heap > 2*limit {
		t.Errorf("slow clients take %d KiB of memory, want at most %d KiB", heap>>10, 2*limit>>10)
	}
}
