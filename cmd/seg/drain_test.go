package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// process starts the program as a process. It returns the process, its address and a function that
// waits for its end.
func process(t *testing.T, flags ...string) (p *os.Process, addr string, wait func() error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return processBy(t, []string{program}, flags...)
}

// processBy is process with a command in front of the program.
func processBy(t *testing.T, command []string, flags ...string) (p *os.Process, addr string, wait func() error) {
	t.Helper()
	args := slices.Concat(command[1:], []string{"serve", "--addr", "127.0.0.1:0", "--password", password, "--log", "debug"}, longTimeouts, flags)
	cmd := exec.CommandContext(t.Context(), command[0], args...)
	cmd.Env = append(os.Environ(), runAsProgram+"=1")
	logs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	go func() {
		defer close(listening)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			var entry struct{ Level, Msg, Addr string }
			checkNoSecrets(t, "log of the program", lines.Text())
			if err := json.Unmarshal(lines.Bytes(), &entry); err != nil || entry.Level == "ERROR" {
				t.Errorf("the program says %s", lines.Bytes())
			}
			if entry.Msg == "listening" {
				listening <- entry.Addr
			}
		}
	}()
	wait = func() error {
		for range listening { // until the end of its output
		}
		return cmd.Wait()
	}
	addr, ok := <-listening
	if !ok {
		t.Fatalf("the program ended before it listened: %v", wait())
	}
	return cmd.Process, addr, wait
}

// crowd counts what a number of clients have done together.
type crowd struct {
	addr                   string
	connected, next, acked atomic.Int64
	leaks                  atomic.Int64 // leaked secrets
}

// worker is one client, until the server closes the connection.
type worker struct {
	acked []int64 // users whose creation was acknowledged
	end   error   // close code
}

// work connects and creates users, one after the other. Four of five workers only read.
func (w *worker) work(ctx context.Context, c *crowd, number int) {
	query := ""
	if number%50 != 0 {
		query = "&session_id=QUIET" // gets only its own answers: another test lets 500 clients receive everything
	}
	conn, early, _, err := ws.Dial(ctx, fmt.Sprintf("ws://%s/ws/connect?client_id=worker-%d%s", c.addr, number, query))
	if err != nil {
		w.end = err
		return
	}
	defer conn.Close()
	stream := struct {
		io.Reader
		io.Writer
	}{conn, lenientWriter{conn}}
	if early != nil {
		stream.Reader = early
	}
	stream.Reader = &secretSearcher{Reader: stream.Reader, leak: func(string) { c.leaks.Add(1) }}
	c.connected.Add(1)
	if number%5 != 0 {
		for w.end == nil { // only the welcome arrives before the end
			_, w.end = wsutil.ReadServerText(stream)
		}
		return
	}
	for w.end == nil {
		id := c.next.Add(1)
		frame := fmt.Sprintf(`{"type":"create-user","user_id":%d,"username":"u%d","session_id":"DRAIN","password":%q,"request_id":%d}`, id, id, password, id)
		_ = wsutil.WriteClientText(stream, []byte(frame)) // lenientWriter returns no error
		if w.end = answered(stream, id); w.end == nil {
			w.acked = append(w.acked, id)
			c.acked.Add(1)
		}
	}
}

// answered reads until a request is answered. The answer must be a success.
func answered(stream io.ReadWriter, id int64) error {
	for {
		text, err := wsutil.ReadServerText(stream)
		if err != nil {
			return err
		}
		var got reply
		if err := json.Unmarshal(text, &got); err != nil {
			return err
		}
		switch {
		case got.Type != "response":
		case strings.Contains(string(text), `"error"`) || string(got.RequestID) != strconv.FormatInt(id, 10):
			return fmt.Errorf("user %d is answered with %s", id, text)
		default:
			return nil
		}
	}
}

// TestDrain stops a server with SIGTERM while 500 clients are connected: 100 create users, and one
// more does not read. All get close code 4000, exactly the acknowledged commands were executed, and
// the server ends in time with exit code 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	const clients, enough = 500, 500
	database := filepath.Join(t.TempDir(), "seg.db")
	program, addr, wait := process(t, "--database-url", "sqlite://"+database, "--message-rate", "0")
	setUp := (&server{addr: addr}).connect(t, "setup", "")
	setUp.call(`{"type":"create-session","session_id":"QUIET","password":"` + password + `","request_id":0}`)
	if got := setUp.call(`{"type":"create-session","session_id":"DRAIN","password":"` + password + `","request_id":1}`); got.Code != "" {
		t.Fatal(got.Raw)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*waitTimeout)
	defer cancel()
	all := crowd{addr: addr}
	workers := make([]worker, clients)
	var working sync.WaitGroup
	for i := range workers {
		working.Go(func() { workers[i].work(ctx, &all, i) })
	}
	for tick := time.NewTicker(5 * time.Millisecond); all.acked.Load() < enough || all.connected.Load() < clients; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d clients were connected and %d commands done", all.connected.Load(), all.acked.Load())
		}
	}
	connectNonReader(t, addr)
	began := time.Now()
	if err := program.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	if err := wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	took := time.Since(began) // a server that had to cut clients off after drainTimeout ends with an error
	var told []int64
	for i := range workers {
		told = append(told, workers[i].acked...)
		if closed, ok := errors.AsType[wsutil.ClosedError](workers[i].end); !ok || closed.Code != 4000 || closed.Reason != "server is restarting" {
			t.Errorf("client %d ended with %v", i, workers[i].end)
		}
	}
	if n := all.leaks.Load(); n > 0 {
		t.Errorf("clients are sent secrets %d times", n)
	}
	slices.Sort(told)
	stored := userIDs(t, database)
	if !slices.Equal(told, stored) {
		t.Errorf("%d commands were answered, %d are in the database", len(told), len(stored))
	}
	t.Logf("%d commands sent, %d answered, %d in the database; it took %s to end", all.next.Load(), len(told), len(stored), took)
}

// connectNonReader connects a client that asks for more data than the buffers of a connection hold, and does
// not read.
func connectNonReader(t *testing.T, addr string) {
	t.Helper()
	dialer := ws.Dialer{NetDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = errors.Join(err, tcp.SetReadBuffer(4096))
		}
		return conn, err
	}}
	conn, _, _, err := dialer.Dial(t.Context(), "ws://"+addr+"/ws/connect?client_id=deaf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for range 50 {
		if err := wsutil.WriteClientText(conn, []byte(`{"type":"get-users","request_id":"never read"}`)); err != nil {
			t.Fatal(err)
		}
	}
}

// userIDs returns the ids of all users in a database.
func userIDs(t *testing.T, database string) []int64 {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var ids []int64
	for _, id := range queryColumn(t, db, "SELECT id FROM users ORDER BY id") {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n)
	}
	return ids
}
