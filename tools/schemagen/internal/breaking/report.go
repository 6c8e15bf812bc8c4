package breaking

import (
	"encoding/json"
	"fmt"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Side is one of the contracts that were compared.
type Side struct {
	Name, Version, Hash, Documents string
	// File turns the path of a document into the name of the file that people find it in; nil: it is that name.
	File func(document string) string
}

// SideOf describes a contract.
func SideOf(c *ir.Contract, file func(document string) string) Side {
	return Side{Name: c.Name, Version: c.Version, Hash: c.Hash, Documents: c.Documents, File: file}
}

func (s Side) file(p ir.Pos) string {
	if s.File == nil {
		return p.File
	}
	return s.File(p.File)
}

// place is "file:line:column".
func (s Side) place(p ir.Pos) string {
	return fmt.Sprintf("%s:%d:%d", s.file(p), p.Line, p.Column)
}

// Report is what a comparison has found, for printing.
type Report struct {
	Old, New Side
	Findings []Finding
	Unused   []Allowance // allowances that allow nothing: each is an error
}

// Fails reports whether clients break, or an allowance is unused.
func (r Report) Fails() bool { return Breaking(r.Findings) > 0 || len(r.Unused) > 0 }

// shownPaths is how many paths of a finding a line names.
const shownPaths = 3

// Text is the report for people: a line for each finding, and one that counts them.
func (r Report) Text() []byte {
	var out strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "%s: %s %s: %s [%s] (was %s)", r.New.place(f.New), f.Rule.Severity, f.Rule.ID, f.Text, paths(f.Paths), r.Old.place(f.Old))
		if f.Allowed != "" {
			fmt.Fprintf(&out, " (allowed: %s)", f.Allowed)
		}
		out.WriteByte('\n')
	}
	for _, a := range r.Unused {
		fmt.Fprintf(&out, "%s\n", unusedText(a))
	}
	fmt.Fprintf(&out, "%s\n", r.summary())
	return []byte(out.String())
}

func unusedText(a Allowance) string {
	return fmt.Sprintf("allowance of %s at %s is not used: take it out", a.Rule, a.Path)
}

// paths is a list of paths for a sentence.
func paths(all []string) string {
	if len(all) <= shownPaths {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:shownPaths], ", "), len(all)-shownPaths)
}

func (r Report) summary() string {
	count := map[Severity]int{}
	allowed := 0
	for _, f := range r.Findings {
		if f.Allowed != "" {
			allowed++
			continue
		}
		count[f.Rule.Severity]++
	}
	if len(r.Findings) == 0 && r.Old.Hash != r.New.Hash {
		return fmt.Sprintf("%s %s and %s: the same messages and values in other words; the hash differs, so clients warn of another version",
			r.Old.Name, r.Old.Version, r.New.Version)
	}
	if len(r.Findings) == 0 {
		return fmt.Sprintf("%s %s and %s: no change that clients could notice", r.Old.Name, r.Old.Version, r.New.Version)
	}
	return fmt.Sprintf("%s %s to %s: %d breaking, %d dangerous, %d harmless, %d allowed",
		r.Old.Name, r.Old.Version, r.New.Version, count[Error], count[Warning], count[Info], allowed)
}

// The form of a report as JSON.
type (
	jsonReport struct {
		Old      jsonSide      `json:"old"`
		New      jsonSide      `json:"new"`
		Breaking int           `json:"breaking"`
		Findings []jsonFinding `json:"findings"`
		Unused   []Allowance   `json:"unused_allowances"`
	}
	jsonSide struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Hash    string `json:"hash"`
	}
	jsonPlace struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	jsonFinding struct {
		Rule      string    `json:"rule"`
		Severity  string    `json:"severity"`
		Direction string    `json:"direction"`
		Text      string    `json:"text"`
		Paths     []string  `json:"paths"`
		Old       jsonPlace `json:"old"`
		New       jsonPlace `json:"new"`
		Allowed   string    `json:"allowed,omitempty"`
	}
)

// JSON is the report for programs: one object. Its lists are never null.
func (r Report) JSON() ([]byte, error) {
	out := jsonReport{
		Old:      jsonSide{r.Old.Name, r.Old.Version, r.Old.Hash},
		New:      jsonSide{r.New.Name, r.New.Version, r.New.Hash},
		Breaking: Breaking(r.Findings), Findings: []jsonFinding{}, Unused: append([]Allowance{}, r.Unused...),
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, jsonFinding{
			Rule: f.Rule.ID, Severity: f.Rule.Severity.String(), Direction: f.Rule.Direction.String(), Text: f.Text, Paths: f.Paths,
			Old: jsonPlace{r.Old.file(f.Old), f.Old.Line, f.Old.Column}, New: jsonPlace{r.New.file(f.New), f.New.Line, f.New.Column},
			Allowed: f.Allowed,
		})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("print report: %w", err)
	}
	return append(data, '\n'), nil
}

// GitHub is the report as workflow commands, which GitHub shows beside the lines of a change: a line for each finding that is not
// allowed. Harmless ones are notices.
func (r Report) GitHub() []byte {
	var out strings.Builder
	for _, f := range r.Findings {
		if f.Allowed != "" {
			continue
		}
		fmt.Fprintf(&out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", command(f.Rule.Severity), property(r.New.file(f.New)), f.New.Line, f.New.Column,
			property(f.Rule.ID), data(fmt.Sprintf("%s [%s] (was %s)", f.Text, paths(f.Paths), r.Old.place(f.Old))))
	}
	for _, a := range r.Unused {
		fmt.Fprintf(&out, "::error title=unused allowance::%s\n", data(unusedText(a)))
	}
	return []byte(out.String())
}

// command is the workflow command for a severity.
func command(s Severity) string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "notice"
	}
	return "notice"
}

// data escapes the text of a workflow command, and property a value among its properties, as GitHub's runner reads them.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string { return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s)) }
