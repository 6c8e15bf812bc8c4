package httpd_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// Secrets of these tests, with 130 random bits each. Logs and answers are searched for them.
var (
	password  = "open sesame " + rand.Text()
	clientKey = "my secret key " + rand.Text()
)

// secretsIn returns the names of the secrets that text contains, in any encoding that this package uses.
func secretsIn(text string) []string {
	var found []string
	for what, secret := range map[string]string{"password": password, "client key": clientKey} {
		sum := sha256.Sum256([]byte(secret))
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%q", secret), hex.EncodeToString(sum[:])} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
				found = append(found, what)
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

// checkNoSecrets fails the test if text, which somebody could read, contains a secret.
func checkNoSecrets(tb testing.TB, place, text string) {
	tb.Helper()
	for _, what := range secretsIn(text) {
		tb.Errorf("got the %s in the %s, want no secret in it: %.2000s", what, place, text)
	}
}

// logBuffer collects a log in memory.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *logBuffer) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// testLog returns a log of every level. It is searched for secrets when the test ends.
func testLog(t *testing.T) *slog.Logger {
	t.Helper()
	j := new(logBuffer)
	t.Cleanup(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		checkNoSecrets(t, "log", j.text.String())
	})
	return j.logger()
}

// logger returns a logger of every level that writes to j.
func (j *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// TestSecretsIn: the search finds a secret in each encoding, and nothing in other texts.
func TestSecretsIn(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(clientKey))
	for text, want := range map[string]string{
		"GET /ws/connect?client_key=" + url.QueryEscape(clientKey): "client key", fmt.Sprintf("%q", `{"authorization":"Bearer `+password+`"}`): "password",
		fmt.Sprintf("%X", sum): "client key", strings.ToLower(password): "password", "Bearer open sesame": "", "my secret key": "",
	} {
		if got := strings.Join(secretsIn(text), ", "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestRefusals_keepSecrets: a refusal does not repeat the secrets of the request.
func TestRefusals_keepSecrets(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	key := "&client_key=" + url.QueryEscape(clientKey)
	right := "Authorization: Bearer " + password
	for query, code := range map[string]ws.CloseCode{
		"client_id=c" + key + key: ws.CloseBadParameters, "client_id=c" + strings.Repeat(key, 1) + strings.Repeat("x", 128): ws.CloseBadParameters,
		"client_id=c" + key + "%00": ws.CloseBadParameters, "client_id=" + key: ws.CloseBadParameters,
		"client_id=c&session_id=nowhere" + key: ws.CloseNoSession, "client_id=c&after=x" + key: ws.CloseBadParameters,
	} {
		wantClosed(t, s, "/ws/connect?"+query, code, "", right)
	}
	if got := s.request(t, "GET", "/ws/connect?client_id=c&session_id=broken"+key, append(upgrade, right)...); got.status != http.StatusInternalServerError {
		t.Errorf("got %d %s, want 500", got.status, got.body)
	}
	for _, target := range []string{"/nowhere?password=" + url.QueryEscape(password), "/" + url.PathEscape(password), "/ws/status?" + key} {
		s.request(t, "GET", target, "Authorization: Basic "+password, "Cookie: key="+url.QueryEscape(clientKey))
	}
}
