package breaking

import (
	"fmt"
	"strings"
)

// Markdown returns the report as sections of a changelog, breaking changes first; empty if there
// are no findings. Allowed changes are shown with their reason.
func (r Report) Markdown() []byte {
	var out strings.Builder
	broken := func(f Finding) bool { return f.Rule.Severity == Error }
	section(&out, "Breaking", r.Findings, broken)
	for _, s := range []Section{Added, Changed, Removed} {
		section(&out, s.String(), r.Findings, func(f Finding) bool { return !broken(f) && f.Rule.Section == s })
	}
	return []byte(out.String())
}

// section prints the findings of a section with its heading, unless there are none.
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

// codePaths returns paths as code spans.
func codePaths(all []string) string {
	more := ""
	if len(all) > maxShownPaths {
		more = fmt.Sprintf(" and %d more", len(all)-maxShownPaths)
		all = all[:maxShownPaths]
	}
	spans := make([]string, len(all))
	for i, p := range all {
		spans[i] = "`" + p + "`"
	}
	return strings.Join(spans, ", ") + more
}

// markdownText escapes special characters of Markdown.
func markdownText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "|", `\|`).Replace(s)
}

// Table returns all rules as a Markdown table, in their order.
func Table() []byte {
	var out strings.Builder
	out.WriteString("| rule | severity | affects | change and consequence |\n|---|---|---|---|\n")
	for _, r := range Rules() {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, audience(r.Direction), r.What)
	}
	return []byte(out.String())
}

func audience(d Direction) string {
	switch d {
	case Sent:
		return "senders"
	case Received:
		return "receivers"
	case Both:
		return "both"
	}
	return ""
}
