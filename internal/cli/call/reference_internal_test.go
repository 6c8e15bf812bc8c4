package call

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/gen/docs"
	"seg.example/gen/route"
)

// documented is a request as the reference shows it.
type documented struct{ typ, command, frame string }

// reference reads all requests from the reference.
func reference(t *testing.T) []documented {
	t.Helper()
	text, err := docs.FS.ReadFile("reference.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []documented
	for _, entry := range strings.Split(string(text), `<a id="request-`)[1:] {
		typ, rest, _ := strings.Cut(entry, `"`)
		found := regexp.MustCompile("(?s)```sh\n(.*?)\n```\n\nJSON:\n\n```json\n(.*?)\n```").FindStringSubmatch(rest)
		if found == nil {
			t.Fatalf("%s is shown neither as a command nor as JSON", typ)
		}
		all = append(all, documented{typ, found[1], found[2]})
	}
	return all
}

// words splits command lines as a shell does.
func words(t *testing.T, lines []string) [][]string {
	t.Helper()
	script := "seg() { for word do printf '%s\\0' \"$word\"; done; printf '\\n\\0'; }\n" + strings.Join(lines, "\n")
	out, err := exec.CommandContext(t.Context(), "sh", "-euc", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for command := range strings.SplitSeq(strings.TrimSuffix(string(out), "\n\x00"), "\n\x00") {
		all = append(all, strings.Split(strings.TrimSuffix(command, "\x00"), "\x00"))
	}
	return all
}

// TestCall_documented: each command in the reference sends the JSON that the reference shows next
// to it. The password and members that are not fields of the message may differ.
func TestCall_documented(t *testing.T) {
	t.Parallel()
	all := reference(t)
	if len(all) != len(route.Messages()) {
		t.Errorf("%d requests are documented, %d served", len(all), len(route.Messages()))
	}
	var lines []string
	for _, d := range all {
		lines = append(lines, d.command)
	}
	given := words(t, lines)
	if len(given) != len(all) {
		t.Fatalf("%d commands of %d", len(given), len(all))
	}
	for i, d := range all {
		m := route.Messages()[slices.IndexFunc(route.Messages(), func(m *route.Message) bool { return m.Type == d.typ })]
		if len(given[i]) < 2 || given[i][0] != "call" || given[i][1] != d.typ {
			t.Errorf("%s is shown as %q", d.typ, d.command)
			continue
		}
		fields, err := ParseFields(m, given[i][2:], PasswordField)
		if err != nil {
			t.Errorf("%s: %v", d.command, err)
			continue
		}
		var got, want map[string]any
		if err := json.Unmarshal(fields, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(d.frame), &want); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			known := slices.ContainsFunc(m.Args, func(a route.Arg) bool { return a.Name == name })
			if !known || name == PasswordField || value == nil && got[name] == nil {
				delete(want, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: JSON and command differ:\n%s", d.typ, diff)
		}
	}
}
