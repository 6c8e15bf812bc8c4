package serve

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateCheckInterval is the minimum time between two checks for a renewed certificate.
const certificateCheckInterval = 2 * time.Second

// loadTLS returns the TLS configuration, or nil without a certificate. It runs before the database
// is opened, so that a wrong path changes nothing.
func (c *Config) loadTLS(log *slog.Logger) (*tls.Config, error) {
	if c.TLSCert == "" {
		return nil, nil //nolint:nilnil // as package net/http has it
	}
	k := &certificateReloader{cert: c.TLSCert, key: c.TLSKey, log: log, now: time.Now}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	return &tls.Config{GetCertificate: k.getCertificate, MinVersion: tls.VersionTLS12}, nil
}

// certificateReloader holds the certificate of the server and reloads it when its files change. It
// checks the files during handshakes, at most once per certificateCheckInterval.
type certificateReloader struct {
	cert, key string // paths
	log       *slog.Logger
	now       func() time.Time

	pair atomic.Pointer[tls.Certificate]

	mu        sync.Mutex
	checkedAt time.Time      // when the files were last checked
	files     [2]fs.FileInfo // state of the files when they were loaded
	lastError string         // the last error that was logged, so that it is logged once
}

// getCertificate is called for each handshake. If another handshake is checking the files, it
// returns the current certificate without waiting.
func (k *certificateReloader) getCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if k.mu.TryLock() {
		defer k.mu.Unlock()
		if now := k.now(); now.Sub(k.checkedAt).Abs() >= certificateCheckInterval {
			k.checkedAt = now
			k.reloadIfChanged()
		}
	}
	return k.pair.Load(), nil
}

// reloadIfChanged loads the files if they have changed. If that fails, for example because only one
// of them is renewed so far, it keeps the old certificate and tries again at the next check.
func (k *certificateReloader) reloadIfChanged() {
	files, err := k.stat()
	if err == nil && unchanged(files[0], k.files[0]) && unchanged(files[1], k.files[1]) {
		k.lastError = ""
		return
	}
	if err == nil {
		err = k.load()
	}
	switch {
	case err == nil:
		k.lastError = ""
		k.log.Info("certificate reloaded", "tls-cert", k.cert, "not after", k.pair.Load().Leaf.NotAfter)
	case err.Error() != k.lastError:
		k.lastError = err.Error()
		k.log.Warn("cannot load the changed certificate; the old one stays in use", "tls-cert", k.cert, "error", err)
	}
}

// load reads both files. It takes their state before, so that a change during the read is noticed
// at the next check.
func (k *certificateReloader) load() error {
	files, err := k.stat()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return err
	}
	if now := k.now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
		k.log.Warn("the certificate is expired or not yet valid; clients will refuse it",
			"tls-cert", k.cert, "not before", pair.Leaf.NotBefore, "not after", pair.Leaf.NotAfter)
	}
	k.files = files
	k.pair.Store(&pair)
	return nil
}

// stat returns the state of both files.
func (k *certificateReloader) stat() (files [2]fs.FileInfo, err error) {
	for i, name := range [...]string{k.cert, k.key} {
		if files[i], err = os.Stat(name); err != nil {
			return files, err
		}
	}
	return files, nil
}

// unchanged reports whether a file is still the same.
func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
