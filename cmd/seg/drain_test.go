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

// process starts the program as a process of its own and returns it with its address and what waits for its end.
func process(t *testing.T, flags ...string) (p *os.Process, addr string, wait func() error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return processBy(t, []string{program}, flags...)
}

// processBy starts the program by a command that others may stand in front of.
func processBy(t *testing.T, command []string, flags ...string) (p *os.Process, addr string, wait func() error) {
	t.Helper()
	args := slices.Concat(command[1:], []string{"serve", "--addr", "127.0.0.1:0", "--password", password, "--log", "debug"}, generous, flags)
	cmd := exec.CommandContext(t.Context(), command[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
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
			keepsSecrets(t, "log of the program", lines.Text())
			if err := json.Unmarshal(lines.Bytes(), &entry); err != nil || entry.Level == "ERROR" {
				t.Errorf("the program says %s", lines.Bytes())
			}
			if entry.Msg == "listening" {
				listening <- entry.Addr
			}
		}
	}()
	wait = func() error {
		for range listening { // until it has no more to say
		}
		return cmd.Wait()
	}
	addr, ok := <-listening
	if !ok {
		t.Fatalf("the program ended before it listened: %v", wait())
	}
	return cmd.Process, addr, wait
}

// crowd is a number of clients, and what they have done together.
type crowd struct {
	addr                   string
	connected, next, acked atomic.Int64
	leaks                  atomic.Int64 // of secrets
}

// worker is one of them, until the server takes leave.
type worker struct {
	acked []int64 // users that the server has said are created
	end   error   // how the connection ended
}

// work connects and creates users, one after the other; four in five only listen.
func (w *worker) work(ctx context.Context, c *crowd, number int) {
	query := ""
	if number%50 != 0 {
		query = "&session_id=QUIET" // hears nothing but its own answers: 500 that hear everything are another test
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
	stream.Reader = &overheard{Reader: stream.Reader, leak: func(string) { c.leaks.Add(1) }}
	c.connected.Add(1)
	if number%5 != 0 {
		for w.end == nil { // the welcome comes, and then nothing until the end
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

// answered reads until a request is answered, which must be with success.
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

// TestDrain stops a server by SIGTERM that 500 clients are connected to, while 100 of them have it create users and one more does not
// read: everybody is told 4000, what
// has been done has been answered and what was answered is done, and the server ends by itself, in time and content.
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
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
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
	deaf(t, addr)
	began := time.Now()
	if err := program.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	if err := wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	took := time.Since(began) // a server that had to cut anybody off, since drainTimeout was over, has ended with an error
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
	stored := users(t, database)
	if !slices.Equal(told, stored) {
		t.Errorf("%d commands were answered, %d are in the database", len(told), len(stored))
	}
	t.Logf("%d commands sent, %d answered, %d in the database; it took %s to end", all.next.Load(), len(told), len(stored), took)
}

// deaf connects a client that asks for far more than a connection holds and reads nothing.
func deaf(t *testing.T, addr string) {
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

// users returns the numbers of all users in a database.
func users(t *testing.T, database string) []int64 {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var ids []int64
	for _, id := range column(t, db, "SELECT id FROM users ORDER BY id") {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n)
	}
	return ids
}
