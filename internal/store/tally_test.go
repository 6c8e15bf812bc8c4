package store_test

import "testing"

// tally is what a test of failures comes to.
type tally struct {
	seed       uint64 // of its chance; 0: it has none
	acked      int    // commands that were acknowledged
	lost       int    // those of them that are not there
	duplicated int    // commands that have had more than one effect
	ambiguous  int    // commands that are there and were not acknowledged
}

// report tells of c. A test in which nothing was acknowledged has shown nothing.
func (c tally) report(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: seed %d, acked %d, lost %d, duplicated %d, ambiguous %d", what, c.seed, c.acked, c.lost, c.duplicated, c.ambiguous)
	if c.acked == 0 || c.lost > 0 || c.duplicated > 0 {
		t.Error("that must not be")
	}
}
