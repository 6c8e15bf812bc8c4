package breaking_test

import (
	"strings"
	"testing"

	"seg.example/tools/schemagen/internal/breaking"
)

// report compares the contracts of testdata/report.txtar with its allowances.
func report(t *testing.T, c ruleCase) breaking.Report {
	t.Helper()
	before, after := c.contract(t, "old"), c.contract(t, "new")
	file, _ := c.part("allow.json")
	allowances, err := breaking.ReadAllowances([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	all, unused := breaking.Allow(breaking.Compare(before, after), allowances)
	in := func(folder string) func(string) string {
		return func(document string) string { return folder + "/" + document }
	}
	return breaking.Report{Old: breaking.SideOf(before, in("old")), New: breaking.SideOf(after, in("new")), Findings: all, Unused: unused}
}

// TestReport shows one report in each format.
func TestReport(t *testing.T) {
	t.Parallel()
	c := readCaseFile(t, "report.txtar")
	r := report(t, c)
	json, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	c.compare(t, "want-text", string(r.Text()))
	c.compare(t, "want-json", string(json))
	c.compare(t, "want-github", string(r.GitHub()))
	c.compare(t, "want-markdown", string(r.Markdown()))
	if !r.Fails() {
		t.Error("the report does not fail")
	}
}

// TestReport_fails for errors that are not allowed and for unused allowances, but not for warnings.
func TestReport_fails(t *testing.T) {
	t.Parallel()
	finding := func(s breaking.Severity, allowed string) breaking.Finding {
		return breaking.Finding{Rule: breaking.Rule{Severity: s}, Allowed: allowed}
	}
	for name, test := range map[string]struct {
		report breaking.Report
		want   bool
	}{
		"nothing": {breaking.Report{}, false},
		"warning": {breaking.Report{Findings: []breaking.Finding{finding(breaking.Warning, "")}}, false},
		"allowed": {breaking.Report{Findings: []breaking.Finding{finding(breaking.Error, "Nobody used it.")}}, false},
		"error":   {breaking.Report{Findings: []breaking.Finding{finding(breaking.Error, "Nobody used it."), finding(breaking.Error, "")}}, true},
		"unused":  {breaking.Report{Unused: []breaking.Allowance{{}}}, true},
	} {
		if got := test.report.Fails(); got != test.want {
			t.Errorf("%s: fails: %v, want %v", name, got, test.want)
		}
	}
}

// TestReport_GitHub_escapes characters that would end a workflow command or one of its properties.
func TestReport_GitHub_escapes(t *testing.T) {
	t.Parallel()
	r := breaking.Report{
		New: breaking.Side{File: func(string) string { return "a,b:c%.json" }},
		Findings: []breaking.Finding{{
			Rule: breaking.Rule{ID: "x", Severity: breaking.Warning}, Text: "100%\nof\rit: a, b", Paths: []string{"p"},
		}},
	}
	want := "::warning file=a%2Cb%3Ac%25.json,line=0,col=0,title=x::100%25%0Aof%0Dit: a, b [p] (was :0:0)\n"
	if got := string(r.GitHub()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestReadAllowances_refuses entries that are certainly mistakes.
func TestReadAllowances_refuses(t *testing.T) {
	t.Parallel()
	entry := `{"rule": "request-removed", "path": "do", "reason": "Nobody used it."}`
	for text, want := range map[string]string{
		`{"allow": [` + entry + `, ` + entry + `]}`:                                         "allowance 2: it is a duplicate",
		`{"allow": [{"rule": "request-remove", "path": "do", "reason": "x"}]}`:              `allowance 1: there is no rule "request-remove"`,
		`{"allow": [{"rule": "request-added", "path": "do", "reason": "x"}]}`:               "allowance 1: request-added breaks nothing, so it needs no allowance",
		`{"allow": [{"rule": "request-removed", "path": "", "reason": "x"}]}`:               "allowance 1: the path is missing",
		`{"allow": [{"rule": "request-removed", "path": "do", "reason": " "}]}`:             "allowance 1: the reason is missing",
		`{"allow": [{"rule": "request-removed", "path": "do", "reason": "x", "why": "y"}]}`: `read allowances: json: unknown field "why"`,
		`{"allow": []} {}`: "read allowances: unexpected text after the object",
		`{"allow": [`:      "read allowances: unexpected EOF",
	} {
		if _, err := breaking.ReadAllowances([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{"allow": [` + entry + `]}`, string(breaking.EmptyAllowances())} {
		if _, err := breaking.ReadAllowances([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAllow_splits: a change of a shared type that is allowed in one place is not allowed in the
// others.
func TestAllow_splits(t *testing.T) {
	t.Parallel()
	rule := breaking.Rule{ID: "sent-type-changed", Severity: breaking.Error}
	all := []breaking.Finding{{Rule: rule, Text: "x", Paths: []string{"a.request.v", "b.request.v", "b.request.w"}}}
	marked, unused := breaking.Allow(all, []breaking.Allowance{
		{Rule: rule.ID, Path: "b.*", Reason: "Because."},
		{Rule: rule.ID, Path: "c.request.v", Reason: "Without effect."},
		{Rule: "sent-type-narrowed", Path: "a.request.v", Reason: "Another rule."},
	})
	var got []string
	for _, f := range marked {
		got = append(got, strings.Join(f.Paths, ",")+"="+f.Allowed)
	}
	if want := "a.request.v= b.request.v,b.request.w=Because."; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(unused) != 2 || unused[0].Path != "c.request.v" || unused[1].Rule != "sent-type-narrowed" {
		t.Errorf("unused: %v", unused)
	}
	if breaking.Breaking(marked) != 1 {
		t.Errorf("%d findings break", breaking.Breaking(marked))
	}
}

// TestReport_tells_of_a_hash_that_differs_alone: if only the hash differs, clients still warn about
// another version.
func TestReport_tells_of_a_hash_that_differs_alone(t *testing.T) {
	t.Parallel()
	before := contractOf(t, messagesWith(`{"type": "string", "pattern": "^[a-z]{1,5}$"}`, ""))
	after := contractOf(t, messagesWith(`{"type": "string", "pattern": "^[a-z]{1,5}$", "minLength": 1}`, ""))
	r := breaking.Report{Old: breaking.SideOf(before, nil), New: breaking.SideOf(after, nil), Findings: breaking.Compare(before, after)}
	if got, want := string(r.Text()), "written differently; the hash differs, so clients warn about another version\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want an end of %q", got, want)
	}
	r.New = r.Old
	if got, want := string(r.Text()), "no change that clients can observe\n"; !strings.HasSuffix(got, want) {
		t.Errorf("of the same contract: got %q, want an end of %q", got, want)
	}
}
