package serve

import (
	"strings"
	"testing"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	if err := checkPassword(strings.Repeat("я", maxPasswordLength)); err != nil {
		t.Errorf("a password of the maximum length: got %v, want no error", err)
	}
	if err := checkPassword(strings.Repeat("я", maxPasswordLength+1)); err == nil {
		t.Error("a password longer than the maximum: got no error")
	}
}
