package report_test

import (
	"math"
	"strings"
	"testing"

	"seg.example/tools/bench/internal/report"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := report.Table{Title: "Speed", Text: 1, Columns: []string{"peer", "ns"}}
	table.Add("größer", report.Number(1234567))
	table.Add("b", report.Number(math.NaN()))
	var b strings.Builder
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `### Speed

| peer   |        ns |
|--------|----------:|
| größer | 1,234,567 |
| b      |         – |

`
	if got := b.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0.00", 0.456: "0.46", 12.34: "12.3", 999.6: "1,000", 1000: "1,000", 1002003: "1,002,003", -5000: "-5,000", 3e12: "3e+12"} {
		if got := report.Number(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	if got := report.Spread(1, 2000); got != "1.00 to 2,000" {
		t.Error(got)
	}
	if got := report.Ratio(1.2345); got != "1.23" {
		t.Error(got)
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		goal report.Goal
		want bool
	}{
		{"enough", report.Goal{Limit: 1.2, Got: 1.2}, true},
		{"too little", report.Goal{Limit: 1.2, Got: 1.1}, false},
		{"little enough", report.Goal{Limit: 5, Most: true, Got: 4}, true},
		{"too much", report.Goal{Limit: 5, Most: true, Got: 6}, false},
		{"least, not measured", report.Goal{Limit: 5, Got: math.NaN()}, false},
		{"most, not measured", report.Goal{Limit: 5, Most: true, Got: math.NaN()}, false},
	} {
		if got := x.goal.Reached(); got != x.want {
			t.Errorf("%s: got reached %v, want %v", x.name, got, x.want)
		}
	}
}
