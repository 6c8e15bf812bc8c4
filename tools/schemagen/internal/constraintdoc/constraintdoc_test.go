package constraintdoc_test

import (
	"testing"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// TestWithArticle_fitsTheSound: error texts once said "must be a email".
func TestWithArticle_fitsTheSound(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"email": "an email", "uri": "a uri", "uuid": "a uuid", "date-time": "a date-time", "Expression": "an Expression",
		"User": "a User", "Union": "a Union", "Undo": "an Undo", "Index": "an Index", "One": "a One", "": "a ",
	} {
		if got := constraintdoc.WithArticle(word); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestDescribe_hasTheRightArticle: comments in generated code once said "A email.".
func TestDescribe_hasTheRightArticle(t *testing.T) {
	t.Parallel()
	for format, want := range map[ir.Format]string{
		ir.FormatEmail: "An email.", ir.FormatURI: "A uri.", ir.FormatUUID: "A uuid.", ir.FormatDateTime: "A date-time.",
	} {
		if got := constraintdoc.Describe(&ir.Type{Kind: ir.String, String: &ir.StringLimits{Format: format}}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
