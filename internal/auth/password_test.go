package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"seg.example/internal/auth"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	var zero auth.Password
	tests := []struct {
		name     string
		password auth.Password
		attempt  string
		want     bool
	}{
		{"right", auth.New("открой"), "открой", true},
		{"wrong", auth.New("secret"), "Secret", false},
		{"prefix", auth.New("secret"), "secre", false},
		{"longer", auth.New("secret"), "secret ", false},
		{"empty attempt", auth.New("secret"), "", false},
		{"empty password refuses the empty attempt", auth.New(""), "", false},
		{"zero refuses the empty attempt", zero, "", false},
		{"zero refuses any attempt", zero, "secret", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.password.Check(tt.attempt); got != tt.want {
				t.Errorf("Check(%q) = %t, want %t", tt.attempt, got, tt.want)
			}
		})
	}
}

// TestPassword_isNeverPrinted prints a password in many ways, alone and inside a struct. The output
// must contain neither its text nor its hash sum.
func TestPassword_isNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "canary-5f3a"
	p := auth.New(text)
	config := struct {
		Password auth.Password
		Pointer  *auth.Password
		password auth.Password
	}{p, &p, p}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", p)
	}
	fmt.Fprintf(&out, "%v %+v\n", config, config)
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "password", p)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", config)
	asJSON, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(asJSON)
	sum := sha256.Sum256([]byte(text))
	for _, secret := range []string{text, fmt.Sprintf("%x", sum[:4]), fmt.Sprintf("%d %d %d", sum[0], sum[1], sum[2])} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("got output that contains %q, want it hidden:\n%s", secret, out.String())
		}
	}
	if got := strings.Count(out.String(), "***"); got < 12 {
		t.Errorf("got %d times ***, want at least 12:\n%s", got, out.String())
	}
}
