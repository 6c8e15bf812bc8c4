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

// Secrets of these tests: 130 random bits each, which nothing holds by chance. What is logged and answered is searched for them.
var (
	password  = "open sesame " + rand.Text()
	clientKey = "my secret key " + rand.Text()
)

// told says which secrets a text tells, in the forms that this package has them in.
func told(text string) []string {
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

// keepsSecrets fails the test if a text that somebody could see tells a secret.
func keepsSecrets(tb testing.TB, place, text string) {
	tb.Helper()
	for _, what := range told(text) {
		tb.Errorf("the %s tells the %s: %.2000s", place, what, text)
	}
}

// journal is a log that is kept, for as long as a test runs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write is part of io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// logged returns a log of every level, which is searched for secrets when the test has ended.
func logged(t *testing.T) *slog.Logger {
	t.Helper()
	j := new(journal)
	t.Cleanup(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		keepsSecrets(t, "log", j.text.String())
	})
	return j.logger()
}

// logger returns one that logs everything into j.
func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// TestLeaks_areFound: a search that cannot fail proves nothing.
func TestLeaks_areFound(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(clientKey))
	for text, want := range map[string]string{
		"GET /ws/connect?client_key=" + url.QueryEscape(clientKey): "client key", fmt.Sprintf("%q", `{"authorization":"Bearer `+password+`"}`): "password",
		fmt.Sprintf("%X", sum): "client key", strings.ToLower(password): "password", "Bearer open sesame": "", "my secret key": "",
	} {
		if got := strings.Join(told(text), ", "); got != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}

// TestRefusals_keepSecrets: whoever is refused is not told what he came with.
func TestRefusals_keepSecrets(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	key := "&client_key=" + url.QueryEscape(clientKey)
	right := "Authorization: Bearer " + password
	for query, code := range map[string]ws.CloseCode{
		"client_id=c" + key + key: ws.CloseBadParameters, "client_id=c" + strings.Repeat(key, 1) + strings.Repeat("x", 128): ws.CloseBadParameters,
		"client_id=c" + key + "%00": ws.CloseBadParameters, "client_id=" + key: ws.CloseBadParameters,
		"client_id=c&session_id=nowhere" + key: ws.CloseNoSession, "client_id=c&after=x" + key: ws.CloseBadParameters,
	} {
		wantClosed(t, s, "/ws/connect?"+query, code, "", right)
	}
	if got := s.ask(t, "GET", "/ws/connect?client_id=c&session_id=broken"+key, append(upgrade, right)...); got.status != http.StatusInternalServerError {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, target := range []string{"/nowhere?password=" + url.QueryEscape(password), "/" + url.PathEscape(password), "/ws/status?" + key} {
		s.ask(t, "GET", target, "Authorization: Basic "+password, "Cookie: key="+url.QueryEscape(clientKey))
	}
}
