package main

import (
	"bytes"
	"crypto/tls"
	"testing"
	"time"

	"seg.example/internal/cli/clitest"
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

// TestServe_renewedCertificate: a renewed certificate needed a restart, so that a server that nobody restarted showed one that had
// expired. A server that runs now shows the new one to whoever connects, and keeps the old one while only half of it is there.
func TestServe_renewedCertificate(t *testing.T) {
	t.Parallel()
	old := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	renewed := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*time.Hour))
	s := start(t, "--tls-cert", old.Cert, "--tls-key", old.Key)
	first := presented(t, s.addr)
	clitest.ReplaceFile(t, old.Cert, renewed.Cert)
	clitest.ReplaceFile(t, old.Key, renewed.Key)
	pair, err := tls.LoadX509KeyPair(renewed.Cert, renewed.Key)
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
