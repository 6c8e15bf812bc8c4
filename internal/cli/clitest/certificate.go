// Package clitest has helpers for the tests of several commands.
package clitest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// ReplaceFile replaces the file old with the content of the file with, atomically, as a program that renews certificates does.
func ReplaceFile(t *testing.T, old, with string) {
	t.Helper()
	text, err := os.ReadFile(with)
	if err != nil {
		t.Fatal(err)
	}
	beside := old + ".new"
	if err := os.WriteFile(beside, text, 0o600); err != nil { //nolint:gosec // G703: a file of a test
		t.Fatal(err)
	}
	if err := os.Rename(beside, old); err != nil {
		t.Fatal(err)
	}
}

// CertFiles are the files of a certificate and its private key.
type CertFiles struct{ Cert, Key string }

// Certificate writes a self-signed certificate for 127.0.0.1, valid between two moments, and its key. It returns the files.
func Certificate(t *testing.T, from, to time.Time) CertFiles {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signed, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := CertFiles{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	for file, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: signed}, files.Key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
