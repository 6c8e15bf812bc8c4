package phrase_test

import (
	"testing"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
)

// TestA_goes_by_the_sound: refusals said "must be a email".
func TestA_goes_by_the_sound(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"email": "an email", "uri": "a uri", "uuid": "a uuid", "date-time": "a date-time", "Expression": "an Expression",
		"User": "a User", "Union": "a Union", "Undo": "an Undo", "Index": "an Index", "One": "a One", "": "a ",
	} {
		if got := phrase.A(word); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestLimits_have_the_right_article: so did the comments in generated code.
func TestLimits_have_the_right_article(t *testing.T) {
	t.Parallel()
	for format, want := range map[ir.Format]string{
		ir.FormatEmail: "An email.", ir.FormatURI: "A uri.", ir.FormatUUID: "A uuid.", ir.FormatDateTime: "A date-time.",
	} {
		if got := phrase.Limits(&ir.Type{Kind: ir.String, String: &ir.StringLimits{Format: format}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
