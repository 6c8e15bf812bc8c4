package main

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// presented connects and returns the certificate that a server shows.
func presented(t *testing.T, addr string) []byte {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	secure, ok := conn.(*tls.Conn)
	if !ok {
		t.Fatalf("no TLS: %T", conn)
	}
	return secure.ConnectionState().PeerCertificates[0].Raw
}

// inPlace puts the files of a new certificate where those of another are, one after the other, as who renews it does.
func inPlace(t *testing.T, renewed, old string) {
	t.Helper()
	text, err := os.ReadFile(renewed)
	if err != nil {
		t.Fatal(err)
	}
	beside := old + ".new"
	if err := os.WriteFile(beside, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(beside, old); err != nil {
		t.Fatal(err)
	}
}

// TestServe_renewedCertificate: a renewed certificate needed a restart, so that a server that nobody restarted showed one that had
// expired. A server that runs now shows the new one to whoever connects, and keeps the old one while only half of it is there.
func TestServe_renewedCertificate(t *testing.T) {
	t.Parallel()
	old := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	renewed := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*time.Hour))
	s := start(t, "--tls-cert", old.tlsCert, "--tls-key", old.tlsKey)
	first := presented(t, s.addr)
	inPlace(t, renewed.tlsCert, old.tlsCert)
	inPlace(t, renewed.tlsKey, old.tlsKey)
	pair, err := tls.LoadX509KeyPair(renewed.tlsCert, renewed.tlsKey)
	if err != nil {
		t.Fatal(err)
	}
	var now []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if now = presented(t, s.addr); !bytes.Equal(now, first) {
			break
		}
	}
	if !bytes.Equal(now, pair.Certificate[0]) {
		t.Error("the server does not show the certificate that its files hold now")
	}
}

// TestKeyPair goes through what can happen to the files, with a clock of its own.
func TestKeyPair(t *testing.T) {
	t.Parallel()
	old := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	renewed := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*time.Hour))
	var logs bytes.Buffer
	now := time.Now()
	k := &keyPair{cert: old.tlsCert, key: old.tlsKey, log: slog.New(slog.NewTextHandler(&logs, nil)), now: func() time.Time { return now }}
	if err := k.read(); err != nil {
		t.Fatal(err)
	}
	first := k.pair.Load()
	// get moves the clock on, asks, and returns whether the pair is still the first, and how often it was told of.
	get := func(later time.Duration) (same bool, told int) {
		now = now.Add(later)
		pair, err := k.get(nil)
		if err != nil || pair == nil {
			t.Fatalf("%v, %v", pair, err)
		}
		return pair == first, strings.Count(logs.String(), "\n")
	}
	expect := func(what string, later time.Duration, wantSame bool, wantTold int) {
		t.Helper()
		if same, told := get(later); same != wantSame || told != wantTold {
			t.Errorf("%s: the same %v, told %d times\n%s", what, same, told, logs.String())
		}
	}
	expect("nothing has changed", certificateLook, true, 0)
	inPlace(t, renewed.tlsCert, old.tlsCert)
	expect("it was looked at just now", certificateLook-1, true, 0)
	expect("a certificate without its key", 1, true, 1)
	expect("still without", certificateLook, true, 1)
	if err := os.Remove(old.tlsKey); err != nil {
		t.Fatal(err)
	}
	expect("no key", certificateLook, true, 2)
	inPlace(t, renewed.tlsKey, old.tlsKey)
	expect("both are there", certificateLook, false, 3)
	first = k.pair.Load()
	expect("nothing more has changed", certificateLook, true, 3)
	if !strings.Contains(logs.String(), "level=WARN") || !strings.Contains(logs.String(), filepath.Base(old.tlsCert)) {
		t.Errorf("the log does not warn: %s", logs.String())
	}
}
