package main

import (
	"bytes"
	"crypto/tls"
	"testing"
	"time"

	"seg.example/internal/cli/clitest"
)

// serverCertificate connects and returns the server's certificate.
func serverCertificate(t *testing.T, addr string) []byte {
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

// TestServe_renewedCertificate: a running server uses a renewed certificate for new connections,
// and keeps the old one while only one of the two files is renewed. It used to need a restart.
func TestServe_renewedCertificate(t *testing.T) {
	t.Parallel()
	old := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	renewed := clitest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*time.Hour))
	s := start(t, "--tls-cert", old.Cert, "--tls-key", old.Key)
	first := serverCertificate(t, s.addr)
	clitest.ReplaceFile(t, old.Cert, renewed.Cert)
	clitest.ReplaceFile(t, old.Key, renewed.Key)
	pair, err := tls.LoadX509KeyPair(renewed.Cert, renewed.Key)
	if err != nil {
		t.Fatal(err)
	}
	var now []byte
	for deadline := time.Now().Add(waitTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if now = serverCertificate(t, s.addr); !bytes.Equal(now, first) {
			break
		}
	}
	if !bytes.Equal(now, pair.Certificate[0]) {
		t.Error("the server does not show the certificate that its files hold now")
	}
}
