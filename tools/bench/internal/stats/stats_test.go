package stats_test

import (
	"math"
	"slices"
	"testing"

	"seg.example/tools/bench/internal/stats"
)

func TestSeries(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name                   string
		series                 stats.Series
		minimum, median, p, to float64
	}{
		{"one", stats.Series{3}, 3, 3, 3, 3},
		{"odd, unsorted", stats.Series{5, 1, 3}, 1, 3, 4.96, 5},
		{"even", stats.Series{4, 1, 2, 3}, 1, 2.5, 3.97, 4},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(x.series)
			got := []float64{x.series.Min(), x.series.Median(), x.series.Quantile(0.99), x.series.Max()}
			for i, want := range []float64{x.minimum, x.median, x.p, x.to} {
				if math.Abs(got[i]-want) > 1e-9 {
					t.Errorf("figure %d: got %v, want %v", i, got[i], want)
				}
			}
			if !slices.Equal(before, x.series) {
				t.Errorf("got the series changed to %v, want it unchanged", x.series)
			}
		})
	}
	if got := (stats.Series{}).Median(); !math.IsNaN(got) {
		t.Errorf("median of an empty series: got %v, want NaN", got)
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	got := stats.Series{2, 9, 4}.Over(stats.Series{1, 3})
	if want := (stats.Series{2, 3}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
