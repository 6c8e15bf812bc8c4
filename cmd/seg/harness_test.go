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
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	_ "modernc.org/sqlite"

	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/leaktest"
)

// get asks over HTTP, with header fields name, value, name, value…, and returns the status and the body.
func get(tb testing.TB, url string, header ...string) (int, string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(tb.Context()), http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if request.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	// A connection of its own, so that none is left open behind the test.
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	keepsSecrets(tb, url, fmt.Sprint(response.Header, string(body)))
	return response.StatusCode, string(body)
}

// runSeg runs the program and returns its exit code and what it printed.
func runSeg(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errs strings.Builder
	code = cli.Run(ctx, args, &out, &errs)
	keepsSecrets(t, "seg "+args[0], out.String()+errs.String())
	return code, out.String(), errs.String()
}

// url is where clients find the server.
func (s *server) url() string { return "ws://" + s.addr + "/ws/connect" }

// unlimited lifts the limits that a load meets first.
var unlimitedRate = []string{"--message-rate", "0", "--max-connections-per-address", "0", "--max-handshakes", "1000"}

// patience bounds every wait of these tests: far more than anything takes, so that only what never comes fails.
const patience = time.Minute

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// generous are limits of time that a slow machine does not exceed: a test that is held up is not to be taken for a slow or a dead client.
var generous = []string{"--ping-interval", "1h", "--write-timeout", "10m", "--header-timeout", "10m"}

// asProgram is the variable that makes a test binary the program itself, for tests that need a process of it.
const asProgram = "RUN_AS_SEG"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	// Settings of whoever runs the tests are none of the tests'.
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "SEG_") {
			os.Unsetenv(name)
		}
	}
	leaktest.Main(m)
}

// server is the whole program, started the way its main does, on a free port and a database of its own.
type server struct {
	addr     string
	admin    string // where profiles are served; empty without --admin-addr
	database string // path of the SQLite file
	stop     func() int
	// What it has printed. Only once stop has returned.
	logs   []string // line by line
	stdout strings.Builder
}

// start starts a server and stops it when the test ends, which must be clean. The flags come behind those of every test server. All that
// it has printed and shown by then is searched for secrets.
func start(tb testing.TB, flags ...string) *server {
	tb.Helper()
	database := filepath.Join(tb.TempDir(), "seg.db")
	s := &server{database: database}
	ctx, cancel := context.WithCancel(context.Background())
	logs, stderr := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		args := []string{"serve", "--addr", "127.0.0.1:0", "--database-url", "sqlite://" + database, "--password", password, "--log", "debug"}
		exit <- cli.Run(ctx, slices.Concat(args, generous, flags), &s.stdout, stderr)
		stderr.Close()
	}()
	addr, admin := make(chan string, 1), ""
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		lines := bufio.NewScanner(logs)
		for lines.Buffer(nil, 1<<20); lines.Scan(); {
			s.logs = append(s.logs, lines.Text())
			var entry struct {
				Msg, Addr string
				Admin     string `json:"admin_addr"`
			}
			if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
				tb.Errorf("a log line that is no JSON: %s", lines.Bytes())
			}
			switch entry.Msg {
			case "admin listening":
				admin = entry.Admin
			case "listening":
				addr <- entry.Addr
			}
		}
	}()
	stopped := false
	code := clikit.ExitOK
	s.stop = func() int {
		if !stopped {
			stopped = true
			s.showPages(tb, flags)
			cancel()
			code = <-exit
			<-logged
			keepsSecrets(tb, "log of the server", strings.Join(s.logs, "\n"))
			keepsSecrets(tb, "standard output of the server", s.stdout.String())
		}
		return code
	}
	tb.Cleanup(func() {
		if code := s.stop(); code != clikit.ExitOK {
			tb.Errorf("the server ended with exit code %d", code)
		}
	})
	select {
	case s.addr = <-addr:
		s.admin = admin
	case code := <-exit:
		exit <- code
		tb.Fatalf("the server ended with exit code %d before it listened", code)
	case <-time.After(patience):
		tb.Fatal("the server did not listen in time")
	}
	return s
}

// showPages looks at what everybody can, in the state that a test has left the server in.
func (s *server) showPages(tb testing.TB, flags []string) {
	tb.Helper()
	if s.addr == "" || slices.Contains(flags, "--tls-cert") {
		return // it has never listened, or shows the same pages to others only
	}
	for _, page := range []string{"/metrics", "/ws/status", "/readyz"} {
		get(tb, "http://"+s.addr+page)
	}
}

// dump returns every row of every table, so that two dumps are equal if and only if nothing has changed.
func (s *server) dump(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all strings.Builder
	for _, table := range column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		fmt.Fprintf(&all, "%s\n", table)
		names := column(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
		row := "SELECT " + strings.Join(quoted(names), " || '|' || ") + " AS row FROM \"" + table + "\" ORDER BY 1"
		for _, line := range column(t, db, row) {
			fmt.Fprintf(&all, "  %s\n", line)
		}
	}
	return all.String()
}

func quoted(columns []string) []string {
	exprs := make([]string, len(columns))
	for i, c := range columns {
		exprs[i] = "quote(\"" + c + "\")"
	}
	return exprs
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var values []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// client is a plain WebSocket connection.
type client struct {
	t    testing.TB
	conn net.Conn
	in   io.Reader
}

// connect opens a connection; query is everything after client_id, such as "&session_id=G1".
func (s *server) connect(tb testing.TB, clientID, query string) *client {
	tb.Helper()
	if strings.Contains(query, "client_key=") && !strings.Contains(query, "client_key="+stem) {
		tb.Fatalf("%s: make the key with key(), so that leaks of it are found", query)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	conn, buffered, _, err := ws.Dial(ctx, "ws://"+s.addr+"/ws/connect?client_id="+clientID+query)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	c := &client{t: tb, conn: conn, in: overhear(tb, conn)}
	if buffered != nil {
		c.in = overhear(tb, buffered)
	}
	return c
}

// send sends one text frame.
func (c *client) send(frame string) {
	c.t.Helper()
	c.write(ws.OpText, frame)
}

func (c *client) write(op ws.OpCode, payload string) {
	c.t.Helper()
	if err := c.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	if err := wsutil.WriteClientMessage(c.conn, op, []byte(payload)); err != nil {
		c.t.Fatal(err)
	}
}

// reply is a frame from the server, with the members that these tests ask for.
type reply struct {
	Type      string          `json:"type"`
	RequestID json.RawMessage `json:"request_id"`
	Data      json.RawMessage `json:"data"`
	Code      string          `json:"code"`
	Message   string          `json:"message"`
	Text      string          `json:"error"`
	Types     []string        `json:"available_types"`
	Details   []detail        `json:"details"`
	Seq       int64           `json:"seq"`
	Raw       string          `json:"-"`
}

type detail struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// receive waits for the next frame. An error of a response is lifted out of its data, so that both forms of an error read alike.
func (c *client) receive() reply {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	data, op, err := wsutil.ReadServerData(c.readWriter())
	if err != nil {
		c.t.Fatalf("reading a frame: %v", err)
	}
	if op != ws.OpText {
		c.t.Fatalf("a frame of opcode %v", op)
	}
	return c.parse(data)
}

func (c *client) parse(data []byte) reply {
	c.t.Helper()
	r := reply{Raw: string(data)}
	if err := json.Unmarshal(data, &r); err != nil {
		c.t.Fatalf("frame %s: %v", data, err)
	}
	if r.Type == "response" {
		var failed struct {
			Error, Code string
			Details     []detail
		}
		if json.Unmarshal(r.Data, &failed) == nil && failed.Error != "" {
			r.Text, r.Code, r.Details = failed.Error, failed.Code, failed.Details
		}
	}
	return r
}

// closed waits until the server closes the connection and returns the code it gave.
func (c *client) closed() ws.StatusCode {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	_, _, err := wsutil.ReadServerData(c.readWriter())
	if closed, ok := errors.AsType[wsutil.ClosedError](err); ok {
		return closed.Code
	}
	c.t.Fatalf("expected a close frame, got %v", err)
	return 0
}

func (c *client) readWriter() io.ReadWriter {
	return struct {
		io.Reader
		io.Writer
	}{c.in, lenientWriter{c.conn}}
}

// lenientWriter ignores that the server has closed the connection: the frames that the server sent last can still be read. Without it
// wsutil, which answers a close frame, returns the error of that answer instead of the close code.
type lenientWriter struct{ io.Writer }

func (w lenientWriter) Write(p []byte) (int, error) {
	_, _ = w.Writer.Write(p)
	return len(p), nil
}

// call sends a frame and returns the next one.
func (c *client) call(frame string) reply {
	c.t.Helper()
	c.send(frame)
	return c.receive()
}
