package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// secretPrefix is part of every secret in these tests: 80 random bits, different in each run. So a leaked
// secret is found without knowing which one it is.
var secretPrefix = "secret" + rand.Text()[:16]

// password is the operator's password of all servers in these tests.
var password = secret("password")

// secret returns a secret, the same one for the same name. All output is searched for it and for
// its SHA-256 hash, because a server knows only the hash of a client key.
func secret(name string) string {
	made := secretPrefix + "-" + name
	sum := sha256.Sum256([]byte(made))
	secretForms.add("the SHA-256 sum of "+name, encodingsOf(sum[:]))
	return made
}

// key returns the query parameter with the key of a client.
func key(name string) string { return "&client_key=" + secret("key-of-"+name) }

// secretForms are the forms of all secrets.
var secretForms = newFormSet(secretPrefix)

// secretForm is one form of a secret.
type secretForm struct {
	what string
	text []byte
}

// formSet is a growing set of forms.
type formSet struct {
	mu  sync.Mutex
	all atomic.Pointer[[]secretForm]
}

// newFormSet returns the forms of stem: in any case, and in the encodings in which a program may
// print it.
func newFormSet(stem string) *formSet {
	s := new(formSet)
	s.all.Store(new([]secretForm))
	forms := [][]byte{[]byte(stem), []byte(strings.ToLower(stem)), []byte(strings.ToUpper(stem))}
	s.add("a secret", append(forms, encodingsOf([]byte(stem))...))
	return s
}

// encodingsOf returns the encodings in which bytes are printed.
func encodingsOf(data []byte) [][]byte {
	var forms [][]byte
	for _, verb := range []string{"%x", "%X", "% x", "% X"} {
		forms = append(forms, fmt.Appendf(nil, verb, data))
	}
	forms = append(forms, bytes.Trim(fmt.Append(nil, data), "[]"))
	// Base64 depends on the bytes before. The first and last characters also contain bits of the
	// neighbours.
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for front := range 3 {
			text := encoding.EncodeToString(append(make([]byte, front), data...))
			forms = append(forms, []byte(text[[]int{0, 2, 3}[front]:len(text)-1]))
		}
	}
	return forms
}

// add adds forms of a secret.
func (s *formSet) add(what string, forms [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(*s.all.Load())
	for _, form := range forms {
		if !slices.ContainsFunc(all, func(t secretForm) bool { return bytes.Equal(t.text, form) }) {
			all = append(all, secretForm{what, form})
		}
	}
	s.all.Store(&all)
}

// in returns the forms that text contains, with their context.
func (s *formSet) in(text []byte) []string {
	var found []string
	for _, t := range *s.all.Load() {
		if at := bytes.Index(text, t.text); at >= 0 {
			found = append(found, fmt.Sprintf("%s, in …%s", t.what, text[max(0, at-100):min(len(text), at+len(t.text)+20)]))
		}
	}
	return found
}

// longest returns the length of the longest form.
func (s *formSet) longest() int {
	n := 0
	for _, t := range *s.all.Load() {
		n = max(n, len(t.text))
	}
	return n
}

// checkNoSecrets fails the test if text contains a secret.
func checkNoSecrets(tb testing.TB, place, text string) {
	tb.Helper()
	for _, leak := range secretForms.in([]byte(text)) {
		tb.Errorf("%s: a leak of %s", place, leak)
	}
}

// secretSearcher is a reader that searches everything read through it, also across reads.
type secretSearcher struct {
	io.Reader

	leak func(what string) // called for each leak
	tail []byte            // the end of what was read, which may be the beginning of a secret
}

// searchReader returns a reader that fails the test if a client receives a secret.
func searchReader(tb testing.TB, in io.Reader) io.Reader {
	tb.Helper()
	return &secretSearcher{Reader: in, leak: func(what string) { tb.Errorf("a client is sent %s", what) }}
}

// Read is part of io.Reader.
func (o *secretSearcher) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	o.tail = append(o.tail, p[:n]...)
	found := secretForms.in(o.tail)
	for _, what := range found {
		o.leak(what)
	}
	keep := max(0, len(o.tail)-secretForms.longest())
	if len(found) > 0 {
		keep = len(o.tail) // already reported
	}
	o.tail = append(o.tail[:0], o.tail[keep:]...)
	return n, err
}

// searchedConn is a connection that reads through a searching reader.
type searchedConn struct {
	net.Conn

	in io.Reader
}

// Read is part of net.Conn.
func (c *searchedConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// recordingTB is a testing.TB that records errors and does not fail.
type recordingTB struct {
	testing.TB

	mu   sync.Mutex
	made []string
}

// Helper is part of testing.TB.
func (*recordingTB) Helper() {}

// Errorf is part of testing.TB.
func (c *recordingTB) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, fmt.Sprintf(format, args...))
}

// hasError reports whether one error contains all parts.
func (c *recordingTB) hasError(parts ...string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.made, func(made string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(made, part) })
	})
}

// TestLeaks_areFound makes a server print a secret, as the name of a client, and checks that start
// and connect find it in the logs, in frames and on pages. A search that cannot fail proves
// nothing.
func TestLeaks_areFound(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(secret("key-of-leak")))
	for name, row := range map[string]struct{ clientID, what string }{
		"the password":        {password, "a secret"},
		"in lower case":       {strings.ToLower(password), "a secret"},
		"in hexadecimal":      {hex.EncodeToString([]byte("x" + password)), "a secret"},
		"in base64":           {base64.RawURLEncoding.EncodeToString([]byte("user:" + password)), "a secret"},
		"a client key":        {"the-key-is-" + secret("key-of-leak"), "a secret"},
		"its sum":             {hex.EncodeToString(sum[:]), "the SHA-256 sum of key-of-leak"},
		"its sum, in letters": {base64.RawURLEncoding.EncodeToString(sum[:]), "the SHA-256 sum of key-of-leak"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := &recordingTB{TB: t}
			s := start(told)
			c := s.connect(told, row.clientID, "")
			c.call(`{"type":"ping"}`) // the pong contains it
			_, body := get(told, "http://"+s.addr+"/ws/status", "Authorization", "Bearer "+password)
			if !strings.Contains(body, row.clientID) {
				t.Fatalf("the server does not say who is connected: %s", body)
			}
			s.stop()
			for _, place := range []string{"log of the server", "a client is sent", "/ws/status"} {
				if !told.hasError(place, row.what) {
					t.Errorf("not found in %q: %q", place, told.made)
				}
			}
		})
	}
}

// TestLeaks_inPieces: a secret is found once, however it is split into reads.
func TestLeaks_inPieces(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("before ", 100) + password + strings.Repeat(" behind", 100)
	for size := 1; size < len(text); size += 7 {
		told := &recordingTB{TB: t}
		in := searchReader(told, strings.NewReader(text))
		if read, err := io.ReadAll(io.LimitReader(&chunkReader{in, size}, int64(len(text)))); err != nil || string(read) != text {
			t.Fatalf("read %q, %v", read, err)
		}
		if len(told.made) != 1 {
			t.Errorf("in pieces of %d: %d complaints", size, len(told.made))
		}
	}
	told := &recordingTB{TB: t}
	checkNoSecrets(told, "page", strings.ReplaceAll(text, secretPrefix, secretPrefix[:len(secretPrefix)-1]))
	if len(told.made) > 0 {
		t.Errorf("part of a secret is taken for one: %q", told.made)
	}
}

// chunkReader reads in small pieces.
type chunkReader struct {
	io.Reader

	size int
}

// Read is part of io.Reader.
func (s *chunkReader) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), s.size)]) }
