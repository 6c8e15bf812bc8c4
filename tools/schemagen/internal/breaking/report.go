package breaking

import (
	"encoding/json"
	"fmt"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
)

// Side describes one of the compared contracts.
type Side struct {
	Name, Version, Hash, Documents string
	// File maps the path of a document to the file name in the report; nil: the path itself.
	File func(document string) string
}

// SideOf returns the description of a contract.
func SideOf(c *ir.Contract, file func(document string) string) Side {
	return Side{Name: c.Name, Version: c.Version, Hash: c.Hash, Documents: c.Documents, File: file}
}

func (s Side) file(p ir.Pos) string {
	if s.File == nil {
		return p.File
	}
	return s.File(p.File)
}

// place returns "file:line:column".
func (s Side) place(p ir.Pos) string {
	return fmt.Sprintf("%s:%d:%d", s.file(p), p.Line, p.Column)
}

// Report is the result of a comparison, for printing.
type Report struct {
	Old, New Side
	Findings []Finding
	Unused   []Allowance // allowances without a finding; each is an error
}

// Fails reports whether a change breaks clients or an allowance is unused.
func (r Report) Fails() bool { return Breaking(r.Findings) > 0 || len(r.Unused) > 0 }

// maxShownPaths is the number of paths that a finding shows.
const maxShownPaths = 3

// Text returns the report as text: a line for each finding, and a summary.
func (r Report) Text() []byte {
	var out strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "%s: %s %s: %s [%s] (was %s)", r.New.place(f.New), f.Rule.Severity, f.Rule.ID, f.Text, joinPaths(f.Paths), r.Old.place(f.Old))
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
	return fmt.Sprintf("allowance of %s at %s is not used: remove it", a.Rule, a.Path)
}

// joinPaths returns a list of paths for a sentence.
func joinPaths(all []string) string {
	if len(all) <= maxShownPaths {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:maxShownPaths], ", "), len(all)-maxShownPaths)
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
		return fmt.Sprintf("%s %s and %s: the same messages and values, written differently; the hash differs, so clients warn about another version",
			r.Old.Name, r.Old.Version, r.New.Version)
	}
	if len(r.Findings) == 0 {
		return fmt.Sprintf("%s %s and %s: no change that clients can observe", r.Old.Name, r.Old.Version, r.New.Version)
	}
	return fmt.Sprintf("%s %s to %s: %d breaking, %d dangerous, %d harmless, %d allowed",
		r.Old.Name, r.Old.Version, r.New.Version, count[Error], count[Warning], count[Info], allowed)
}

// The JSON format of a report.
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

// JSON returns the report as a JSON object. Its lists are never null.
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

// GitHub returns the report as workflow commands, which GitHub shows as annotations: one for each
// finding that is not allowed. Harmless findings are notices.
func (r Report) GitHub() []byte {
	var out strings.Builder
	for _, f := range r.Findings {
		if f.Allowed != "" {
			continue
		}
		fmt.Fprintf(&out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", workflowCommand(f.Rule.Severity), escapeProperty(r.New.file(f.New)), f.New.Line, f.New.Column,
			escapeProperty(f.Rule.ID), escapeData(fmt.Sprintf("%s [%s] (was %s)", f.Text, joinPaths(f.Paths), r.Old.place(f.Old))))
	}
	for _, a := range r.Unused {
		fmt.Fprintf(&out, "::error title=unused allowance::%s\n", escapeData(unusedText(a)))
	}
	return []byte(out.String())
}

// workflowCommand returns the workflow command for a severity.
func workflowCommand(s Severity) string {
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

// escapeData escapes the text of a workflow command; escapeProperty escapes the value of one of its
// properties.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeData(s))
}
