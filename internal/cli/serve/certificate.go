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

// certificateCheckInterval is how often at most a server looks whether its certificate has been renewed.
const certificateCheckInterval = 2 * time.Second

// loadTLS returns how to speak TLS; nil: it is not spoken. It is asked first, so that a wrong path leaves everything as it is.
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

// certificateReloader is the certificate that a server shows, and its key. A renewed one is shown without a restart: the files are looked at when
// somebody connects, but at most every certificateLook.
type certificateReloader struct {
	cert, key string // files
	log       *slog.Logger
	now       func() time.Time

	pair atomic.Pointer[tls.Certificate]

	mu        sync.Mutex
	checkedAt time.Time      // the last time
	files     [2]fs.FileInfo // as they were when they were read
	lastError string         // what was said of files that could not be read, so that it is said once
}

// getCertificate is asked at each handshake. Who comes while another looks does not wait, but gets what there is.
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

// reloadIfChanged reads files that have changed. While they cannot be read, such as when only one of them is there yet, the old certificate is
// kept and they are tried again.
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
		k.log.Info("the certificate has been read again", "tls-cert", k.cert, "not after", k.pair.Load().Leaf.NotAfter)
	case err.Error() != k.lastError:
		k.lastError = err.Error()
		k.log.Warn("the certificate has changed and cannot be read, so the one from before is kept", "tls-cert", k.cert, "error", err)
	}
}

// load reads both files. They are looked at before: what changes meanwhile is read the next time.
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
		k.log.Warn("the certificate is not valid now, so clients will refuse it",
			"tls-cert", k.cert, "not before", pair.Leaf.NotBefore, "not after", pair.Leaf.NotAfter)
	}
	k.files = files
	k.pair.Store(&pair)
	return nil
}

// stat looks at both files.
func (k *certificateReloader) stat() (files [2]fs.FileInfo, err error) {
	for i, name := range [...]string{k.cert, k.key} {
		if files[i], err = os.Stat(name); err != nil {
			return files, err
		}
	}
	return files, nil
}

// unchanged tells whether a file is as it was.
func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
