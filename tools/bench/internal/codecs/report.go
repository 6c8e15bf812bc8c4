package codecs

import (
	"fmt"
	"math"

	"seg.example/tools/bench/internal/report"
	"seg.example/tools/bench/internal/stats"
)

// Table returns a table with a row for each peer and case, and the ratio to the generated codec,
// window by window.
func (f Figures) Table() *report.Table {
	t := &report.Table{
		Title: "Codecs: processor time of one operation", Text: 3,
		Columns: []string{"operation", "subject", "codec", "ns, median", "from – to", "× gen/wire", "from – to", "allocations", "bytes"},
	}
	for _, c := range Cases() {
		for _, name := range Names() {
			figure := f[c][name]
			if figure == nil {
				continue
			}
			ratio := figure.Nanos.Over(f.nanos(c, Ours))
			t.Add(string(c.Op), c.Subject, name,
				report.Number(figure.Nanos.Median()), report.Spread(figure.Nanos.Min(), figure.Nanos.Max()),
				report.Ratio(ratio.Median()), report.Spread(ratio.Min(), ratio.Max()),
				fmt.Sprintf("%.0f", figure.Allocs), report.Number(math.Round(figure.Bytes)))
		}
	}
	return t
}

func (f Figures) nanos(c Case, name string) stats.Series {
	if figure := f[c][name]; figure != nil {
		return figure.Nanos
	}
	return nil
}

// Goals compares the results with the goals.
func (f Figures) Goals() []report.Goal {
	var goals []report.Goal
	for _, subject := range []string{Offer, Company, Companies} {
		c := Case{DecodeFresh, subject}
		goals = append(goals,
			report.Goal{Text: "decode " + subject + ": × faster than the fastest peer", Limit: 1.2, Got: f.lead(c)},
			report.Goal{Text: "decode " + subject + ": × faster than the validating peer", Limit: 40, Got: f.ratio(c, santhosh, Ours)},
		)
	}
	for _, x := range []struct {
		subject string
		limit   float64
	}{{Offer, 1.3}, {Company, 1.8}, {Companies, 1.8}} {
		goals = append(goals, report.Goal{
			Text: "decode " + x.subject + " into the same value: × the time of jx.Skip", Limit: x.limit, Most: true,
			Got: f.ratio(Case{DecodeReused, x.subject}, Ours, Skip),
		})
	}
	allocs := math.NaN()
	if figure := f[Case{DecodeReused, Offer}][Ours]; figure != nil {
		allocs = math.Round(figure.Allocs)
	}
	goals = append(goals, report.Goal{Text: "decode " + Offer + " into the same value: allocations", Limit: 1, Most: true, Got: allocs})
	for _, subject := range []string{Offer, Company, Companies} {
		goals = append(goals, report.Goal{
			Text: "encode " + subject + " into its own slice: × faster than the fastest peer", Limit: 1.2, Got: f.lead(Case{EncodeFresh, subject}),
		})
	}
	return append(goals, report.Goal{
		Text: "find the type of a frame where it stands first: ns", Limit: 100, Most: true,
		Got: f.nanos(Case{FindType, TypeFirst}, Ours).Median(),
	})
}

// ratio returns a's time divided by b's, NaN if one was not measured.
func (f Figures) ratio(c Case, a, b string) float64 {
	return f.nanos(c, a).Over(f.nanos(c, b)).Median()
}

// lead returns the time of the fastest other codec divided by that of the generated one.
func (f Figures) lead(c Case) float64 {
	lead := math.NaN()
	for name := range f[c] {
		if r := f.ratio(c, name, Ours); name != Ours && name != Skip && (math.IsNaN(lead) || r < lead) {
			lead = r
		}
	}
	return lead
}
