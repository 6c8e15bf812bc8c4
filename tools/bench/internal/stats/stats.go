// Package stats summarizes the results of several windows.
package stats

import (
	"math"
	"slices"
)

// Series holds one figure of each window, in the order of measurement.
type Series []float64

// Median returns the middle value, or the mean of the two middle ones; NaN for an empty series.
func (s Series) Median() float64 { return s.Quantile(0.5) }

// Min returns the smallest value, NaN for an empty series.
func (s Series) Min() float64 { return s.Quantile(0) }

// Max returns the largest value, NaN for an empty series.
func (s Series) Max() float64 { return s.Quantile(1) }

// Quantile returns the q-quantile, 0 <= q <= 1, with linear interpolation; NaN for an empty series.
func (s Series) Quantile(q float64) float64 { return s.Quantiles(q)[0] }

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// Over returns s divided by base, window by window, for the windows that both have. Windows with
// the same index were measured directly after each other, so other load on the machine cancels out.
func (s Series) Over(base Series) Series {
	n := min(len(s), len(base))
	out := make(Series, n)
	for i := range n {
		out[i] = s[i] / base[i]
	}
	return out
}

// Quantiles returns several quantiles and sorts only once.
func (s Series) Quantiles(qs ...float64) []float64 {
	sorted := slices.Sorted(slices.Values(s))
	out := make([]float64, len(qs))
	for i, q := range qs {
		out[i] = quantile(sorted, q)
	}
	return out
}
