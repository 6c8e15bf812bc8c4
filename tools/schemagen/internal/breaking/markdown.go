package breaking

import (
	"fmt"
	"strings"
)

// Markdown is the report as the sections of a changelog, the changes that break clients first; empty when there is nothing to
// tell. Allowed ones are told with their reason.
func (r Report) Markdown() []byte {
	var out strings.Builder
	broken := func(f Finding) bool { return f.Rule.Severity == Error }
	section(&out, "Breaking", r.Findings, broken)
	for _, s := range []Section{Added, Changed, Removed} {
		section(&out, s.String(), r.Findings, func(f Finding) bool { return !broken(f) && f.Rule.Section == s })
	}
	return []byte(out.String())
}

// section prints the findings that belong to a section, unless there are none.
func section(out *strings.Builder, title string, all []Finding, belongs func(Finding) bool) {
	empty := true
	for _, f := range all {
		if !belongs(f) {
			continue
		}
		if empty {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			fmt.Fprintf(out, "### %s\n\n", title)
			empty = false
		}
		fmt.Fprintf(out, "- %s: %s", codePaths(f.Paths), markdownText(f.Text))
		if f.Allowed != "" {
			fmt.Fprintf(out, " (%s)", f.Allowed)
		}
		out.WriteByte('\n')
	}
}

// codePaths is a list of paths in code spans.
func codePaths(all []string) string {
	more := ""
	if len(all) > shownPaths {
		more = fmt.Sprintf(" and %d more", len(all)-shownPaths)
		all = all[:shownPaths]
	}
	spans := make([]string, len(all))
	for i, p := range all {
		spans[i] = "`" + p + "`"
	}
	return strings.Join(spans, ", ") + more
}

// markdownText escapes what Markdown would take for a sign.
func markdownText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "|", `\|`).Replace(s)
}

// Table is the list of all rules as a Markdown table, in their order.
func Table() []byte {
	var out strings.Builder
	out.WriteString("| rule | severity | who notices | what |\n|---|---|---|---|\n")
	for _, r := range Rules() {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, who(r.Direction), r.What)
	}
	return []byte(out.String())
}

func who(d Direction) string {
	switch d {
	case Sent:
		return "who sends it"
	case Received:
		return "who receives it"
	case Both:
		return "both"
	}
	return ""
}
