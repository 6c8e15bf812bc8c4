package handler

import (
	"strconv"
	"strings"
	"testing"
)

// TestFraction_shortDecimals: every valid rate is written with at most four decimals, never as
// 0.07000000000000001.
func TestFraction_shortDecimals(t *testing.T) {
	t.Parallel()
	for basisPoints := range int64(10_001) {
		got := strconv.FormatFloat(fraction(basisPoints), 'f', -1, 64)
		want := strconv.FormatInt(basisPoints/10_000, 10)
		if rest := basisPoints % 10_000; rest != 0 {
			text := strconv.FormatInt(10_000+rest, 10)[1:]
			want += "." + strings.TrimRight(text, "0")
		}
		if got != want {
			t.Fatalf("%d basis points: got %s, want %s", basisPoints, got, want)
		}
	}
}
