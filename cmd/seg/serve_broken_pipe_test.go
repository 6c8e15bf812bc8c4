package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gobwas/ws/wsutil"
)

// TestServe_brokenPipe: a server whose log has no reader any more, as with "| tee" after Ctrl-C, drains
// normally. The next log line used to end it at once.
func TestServe_brokenPipe(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "serve", "--addr", "127.0.0.1:0", "--password", password, "--log", "debug",
		"--database-url", "sqlite://"+filepath.Join(t.TempDir(), "seg.db"))
	cmd.Env = append(os.Environ(), runAsProgram+"=1")
	logs, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	var entry struct{ Addr string }
	for lines := bufio.NewScanner(logs); entry.Addr == "" && lines.Scan(); {
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
	}
	logs.Close()
	c := (&server{addr: entry.Addr}).connect(t, "c", "") // this is logged
	if got := c.call(`{"type":"create-session","session_id":"G","password":"` + password + `","request_id":1}`); got.Code != "" {
		t.Error(got.Raw)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var closed wsutil.ClosedError
	for !errors.As(err, &closed) { // after the broadcast
		if _, err = wsutil.ReadServerText(c.readWriter()); err != nil && !errors.As(err, &closed) {
			t.Fatal(err)
		}
	}
	if closed.Code != 4000 {
		t.Errorf("the client is told %d %s", closed.Code, closed.Reason)
	}
	c.conn.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
