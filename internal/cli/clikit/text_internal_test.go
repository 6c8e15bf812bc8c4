package clikit

import "testing"

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``: ``, `{"a":"б"}`: `{"a":"б"}`, "a\x1b\"\u202e\"b": `a\x1b"\u202e"b`, "\\\n": `\\\n`,
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
