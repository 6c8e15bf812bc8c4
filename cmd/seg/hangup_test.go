//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// TestServe_hangUp: closing the terminal used to end the server at once. It now drains, although
// both the shell and the system send SIGHUP.
func TestServe_hangUp(t *testing.T) {
	t.Parallel()
	p, addr, wait := process(t, "--database-url", "sqlite://"+filepath.Join(t.TempDir(), "seg.db"))
	conn, early, _, err := ws.Dial(t.Context(), "ws://"+addr+"/ws/connect?client_id=c")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if early != nil {
		t.Error("the server says something before it is asked")
	}
	for range 2 {
		if err := p.Signal(syscall.SIGHUP); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	_, err = wsutil.ReadServerText(struct {
		io.Reader
		io.Writer
	}{conn, lenientWriter{conn}})
	if closed, ok := errors.AsType[wsutil.ClosedError](err); !ok || closed.Code != 4000 {
		t.Errorf("the client is told %v, want the close code 4000", err)
	}
	if err := wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

// TestServe_noHangUp: a server that ignores SIGHUP, as with nohup, continues.
func TestServe_noHangUp(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, addr, wait := processBy(t, []string{"sh", "-c", `trap '' HUP; exec "$0" "$@"`, program},
		"--database-url", "sqlite://"+filepath.Join(t.TempDir(), "seg.db"))
	if err := p.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	conn, _, _, err := ws.Dial(t.Context(), "ws://"+addr+"/ws/connect?client_id=c")
	if err != nil {
		t.Fatalf("the server does not go on: %v", err)
	}
	defer conn.Close()
	if err := wsutil.WriteClientText(conn, []byte(`{"type":"ping"}`)); err != nil {
		t.Error(err)
	}
	if text, err := wsutil.ReadServerText(conn); err != nil {
		t.Errorf("the server does not go on: %s %v", text, err)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if _, err := wsutil.ReadServerText(conn); err == nil {
		t.Error("the server says something when it ends")
	}
	if err := wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}
