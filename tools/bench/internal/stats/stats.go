// Package stats sums up what was measured in several windows.
package stats

import (
	"math"
	"slices"
)

// Series holds one figure of each window, in the order in which they were measured.
type Series []float64

// Median returns the middle value, the mean of the two in the middle of an even number, and NaN of an empty series.
func (s Series) Median() float64 { return s.Quantile(0.5) }

// Min returns the smallest value, NaN of an empty series.
func (s Series) Min() float64 { return s.Quantile(0) }

// Max returns the largest value, NaN of an empty series.
func (s Series) Max() float64 { return s.Quantile(1) }

// Quantile returns the value below which a share of q, from 0 to 1, of the values lies; between two values it interpolates. It is
// NaN for an empty series.
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

// Over returns s divided by base window by window, as far as both go. Windows with the same index lay next to each other in time,
// so what disturbed both alike falls out.
func (s Series) Over(base Series) Series {
	n := min(len(s), len(base))
	out := make(Series, n)
	for i := range n {
		out[i] = s[i] / base[i]
	}
	return out
}

// Quantiles returns several quantiles for the price of one.
func (s Series) Quantiles(qs ...float64) []float64 {
	sorted := slices.Sorted(slices.Values(s))
	out := make([]float64, len(qs))
	for i, q := range qs {
		out[i] = quantile(sorted, q)
	}
	return out
}
