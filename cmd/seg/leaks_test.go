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

// stem stands in every secret that these tests give to a program: 80 random bits, new in each run, which nothing else can hold by
// chance. Nobody needs to know which secrets there are to find one that was told.
var stem = "canary" + rand.Text()[:16]

// password is the operator's password of every server that these tests start.
var password = secret("password")

// secret makes a secret: for the same name the same one. Whatever comes out of a program is searched for it, and for its SHA-256 sum,
// which is all that a server knows of a client key.
func secret(name string) string {
	made := stem + "-" + name
	sum := sha256.Sum256([]byte(made))
	traces.add("the SHA-256 sum of "+name, inBytes(sum[:]))
	return made
}

// key is the parameter of a connection that proves who a client is.
func key(name string) string { return "&client_key=" + secret("key-of-"+name) }

// traces is what secrets can be recognized by.
var traces = newTraceSet(stem)

// trace is a text by which a secret is recognized.
type trace struct {
	what string
	text []byte
}

// traceSet is a growing set of traces.
type traceSet struct {
	mu  sync.Mutex
	all atomic.Pointer[[]trace]
}

// newTraceSet returns the traces of what every secret holds: as it is, in any case, and in the forms that a careless program gives it.
func newTraceSet(stem string) *traceSet {
	s := new(traceSet)
	s.all.Store(new([]trace))
	forms := [][]byte{[]byte(stem), []byte(strings.ToLower(stem)), []byte(strings.ToUpper(stem))}
	s.add("a secret", append(forms, inBytes([]byte(stem))...))
	return s
}

// inBytes returns the forms that bytes are printed in.
func inBytes(data []byte) [][]byte {
	var forms [][]byte
	for _, verb := range []string{"%x", "%X", "% x", "% X"} {
		forms = append(forms, fmt.Appendf(nil, verb, data))
	}
	forms = append(forms, bytes.Trim(fmt.Append(nil, data), "[]"))
	// Base64 depends on what stands in front. The characters at both ends hold bits of the neighbours too.
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for front := range 3 {
			text := encoding.EncodeToString(append(make([]byte, front), data...))
			forms = append(forms, []byte(text[[]int{0, 2, 3}[front]:len(text)-1]))
		}
	}
	return forms
}

// add adds forms of a secret.
func (s *traceSet) add(what string, forms [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(*s.all.Load())
	for _, form := range forms {
		if !slices.ContainsFunc(all, func(t trace) bool { return bytes.Equal(t.text, form) }) {
			all = append(all, trace{what, form})
		}
	}
	s.all.Store(&all)
}

// in says which traces stand in a text, and where; nothing if none does.
func (s *traceSet) in(text []byte) []string {
	var found []string
	for _, t := range *s.all.Load() {
		if at := bytes.Index(text, t.text); at >= 0 {
			found = append(found, fmt.Sprintf("%s, in …%s", t.what, text[max(0, at-100):min(len(text), at+len(t.text)+20)]))
		}
	}
	return found
}

// longest is the length of the longest trace.
func (s *traceSet) longest() int {
	n := 0
	for _, t := range *s.all.Load() {
		n = max(n, len(t.text))
	}
	return n
}

// keepsSecrets fails the test if a text that somebody could see tells a secret.
func keepsSecrets(tb testing.TB, place, text string) {
	tb.Helper()
	for _, leak := range traces.in([]byte(text)) {
		tb.Errorf("%s: a leak of %s", place, leak)
	}
}

// overheard searches all that is read through it, also what comes in pieces.
type overheard struct {
	io.Reader

	leak func(what string) // is told of each
	tail []byte            // of what was read: the beginning of a secret, perhaps
}

// overhear returns a reader of what a client is sent, which fails the test if that tells a secret.
func overhear(tb testing.TB, in io.Reader) io.Reader {
	tb.Helper()
	return &overheard{Reader: in, leak: func(what string) { tb.Errorf("a client is sent %s", what) }}
}

// Read is part of io.Reader.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	o.tail = append(o.tail, p[:n]...)
	found := traces.in(o.tail)
	for _, what := range found {
		o.leak(what)
	}
	keep := max(0, len(o.tail)-traces.longest())
	if len(found) > 0 {
		keep = len(o.tail) // it has been told of
	}
	o.tail = append(o.tail[:0], o.tail[keep:]...)
	return n, err
}

// overheardConn is a connection of a client that does its own reading.
type overheardConn struct {
	net.Conn

	in io.Reader
}

// Read is part of net.Conn.
func (c *overheardConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// complaints is a test that takes down what it is told to fail for, and does not fail.
type complaints struct {
	testing.TB

	mu   sync.Mutex
	made []string
}

// Helper is part of testing.TB.
func (*complaints) Helper() {}

// Errorf is part of testing.TB.
func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, fmt.Sprintf(format, args...))
}

// holds tells whether there is a complaint with all of some parts.
func (c *complaints) holds(parts ...string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.made, func(made string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(made, part) })
	})
}

// TestLeaks_areFound: a server is made to tell secrets, in the only place where it tells what it was told: the name of a client. What
// starts servers for all tests, and connects to them, must find it in the logs, in frames and on the pages. A search that cannot fail
// proves nothing.
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
			told := &complaints{TB: t}
			s := start(told)
			c := s.connect(told, row.clientID, "")
			c.call(`{"type":"ping"}`) // the pong carries it
			_, body := get(told, "http://"+s.addr+"/ws/status", "Authorization", "Bearer "+password)
			if !strings.Contains(body, row.clientID) {
				t.Fatalf("the server does not say who is connected: %s", body)
			}
			s.stop()
			for _, place := range []string{"log of the server", "a client is sent", "/ws/status"} {
				if !told.holds(place, row.what) {
					t.Errorf("not found in %q: %q", place, told.made)
				}
			}
		})
	}
}

// TestLeaks_inPieces: a secret is found in whatever pieces it comes, once.
func TestLeaks_inPieces(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("before ", 100) + password + strings.Repeat(" behind", 100)
	for size := 1; size < len(text); size += 7 {
		told := &complaints{TB: t}
		in := overhear(told, strings.NewReader(text))
		if read, err := io.ReadAll(io.LimitReader(&slowly{in, size}, int64(len(text)))); err != nil || string(read) != text {
			t.Fatalf("read %q, %v", read, err)
		}
		if len(told.made) != 1 {
			t.Errorf("in pieces of %d: %d complaints", size, len(told.made))
		}
	}
	told := &complaints{TB: t}
	keepsSecrets(told, "page", strings.ReplaceAll(text, stem, stem[:len(stem)-1]))
	if len(told.made) > 0 {
		t.Errorf("part of a secret is taken for one: %q", told.made)
	}
}

// slowly reads in pieces.
type slowly struct {
	io.Reader

	size int
}

// Read is part of io.Reader.
func (s *slowly) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), s.size)]) }
