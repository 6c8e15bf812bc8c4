package main

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

// certificateLook is how often at most a server looks whether its certificate has been renewed.
const certificateLook = 2 * time.Second

// transport returns how to speak TLS; nil: it is not spoken. It is asked first, so that a wrong path leaves everything as it is.
func (c *config) transport(log *slog.Logger) (*tls.Config, error) {
	if c.tlsCert == "" {
		return nil, nil //nolint:nilnil // as package net/http has it
	}
	k := &keyPair{cert: c.tlsCert, key: c.tlsKey, log: log, now: time.Now}
	if err := k.read(); err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	return &tls.Config{GetCertificate: k.get, MinVersion: tls.VersionTLS12}, nil
}

// keyPair is the certificate that a server shows, and its key. A renewed one is shown without a restart: the files are looked at when
// somebody connects, but at most every certificateLook.
type keyPair struct {
	cert, key string // files
	log       *slog.Logger
	now       func() time.Time

	pair atomic.Pointer[tls.Certificate]

	looking sync.Mutex
	looked  time.Time      // the last time
	files   [2]fs.FileInfo // as they were when they were read
	told    string         // what was said of files that could not be read, so that it is said once
}

// get is asked at each handshake. Who comes while another looks does not wait, but gets what there is.
func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if k.looking.TryLock() {
		defer k.looking.Unlock()
		if now := k.now(); now.Sub(k.looked).Abs() >= certificateLook {
			k.looked = now
			k.renew()
		}
	}
	return k.pair.Load(), nil
}

// renew reads files that have changed. While they cannot be read, such as when only one of them is there yet, the old certificate is
// kept and they are tried again.
func (k *keyPair) renew() {
	files, err := k.stat()
	if err == nil && sameFile(files[0], k.files[0]) && sameFile(files[1], k.files[1]) {
		k.told = ""
		return
	}
	if err == nil {
		err = k.read()
	}
	switch {
	case err == nil:
		k.told = ""
		k.log.Info("the certificate has been read again", "tls-cert", k.cert, "not after", k.pair.Load().Leaf.NotAfter)
	case err.Error() != k.told:
		k.told = err.Error()
		k.log.Warn("the certificate has changed and cannot be read, so the one from before is kept", "tls-cert", k.cert, "error", err)
	}
}

// read reads both files. They are looked at before: what changes meanwhile is read the next time.
func (k *keyPair) read() error {
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
func (k *keyPair) stat() (files [2]fs.FileInfo, err error) {
	for i, name := range [...]string{k.cert, k.key} {
		if files[i], err = os.Stat(name); err != nil {
			return files, err
		}
	}
	return files, nil
}

// sameFile tells whether a file is as it was.
func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
