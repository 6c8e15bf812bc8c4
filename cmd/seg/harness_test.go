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

// get sends a GET request with header fields (name, value, name, value…). It returns the status and
// the body.
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
	// A connection of its own, so that none stays open after the test.
	client := http.Client{Timeout: waitTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	checkNoSecrets(tb, url, fmt.Sprint(response.Header, string(body)))
	return response.StatusCode, string(body)
}

// runSeg runs the program and returns its exit code and what it printed.
func runSeg(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	var out, errs strings.Builder
	code = cli.Run(ctx, args, &out, &errs)
	checkNoSecrets(t, "seg "+args[0], out.String()+errs.String())
	return code, out.String(), errs.String()
}

// url returns the WebSocket address of the server.
func (s *server) url() string { return "ws://" + s.addr + "/ws/connect" }

// noRateLimits removes the limits that a load reaches first.
var noRateLimits = []string{"--message-rate", "0", "--max-connections-per-address", "0", "--max-handshakes", "1000"}

// waitTimeout bounds every wait in these tests. It is far longer than anything takes, so that only a
// missing event fails.
const waitTimeout = time.Minute

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

// longTimeouts are time limits that a slow machine does not exceed, so that a delayed test does not
// look like a slow or dead client.
var longTimeouts = []string{"--ping-interval", "1h", "--write-timeout", "10m", "--header-timeout", "10m"}

// runAsProgram is the variable that makes the test binary run the program, for tests that need a
// process.
const runAsProgram = "RUN_AS_SEG"

func TestMain(m *testing.M) {
	if os.Getenv(runAsProgram) != "" {
		main()
	}
	// The settings of the user who runs the tests must not change them.
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "SEG_") {
			os.Unsetenv(name)
		}
	}
	endIfShort()
	leaktest.Main(m)
}

// server is the whole program, run as main does, on a free port and with a database of its own.
type server struct {
	addr     string
	admin    string // address of profiles; empty without --admin-addr
	database string // path of the SQLite file
	stop     func() int
	// Its output. It may be read only after stop has returned.
	logs   []string // line by line
	stdout strings.Builder
}

// start starts a server and stops it when the test ends, which must succeed. flags follow those of
// every test server. The test fails if the output or the pages of the server contain a secret.
func start(tb testing.TB, flags ...string) *server {
	tb.Helper()
	database := filepath.Join(tb.TempDir(), "seg.db")
	s := &server{database: database}
	ctx, cancel := context.WithCancel(context.Background())
	logs, stderr := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		args := []string{"serve", "--addr", "127.0.0.1:0", "--database-url", "sqlite://" + database, "--password", password, "--log", "debug"}
		exit <- cli.Run(ctx, slices.Concat(args, longTimeouts, flags), &s.stdout, stderr)
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
			checkNoSecrets(tb, "log of the server", strings.Join(s.logs, "\n"))
			checkNoSecrets(tb, "standard output of the server", s.stdout.String())
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
	case <-time.After(waitTimeout):
		tb.Fatal("the server did not listen in time")
	}
	return s
}

// showPages reads the public pages of the server at the end of a test, to search them for secrets.
func (s *server) showPages(tb testing.TB, flags []string) {
	tb.Helper()
	if s.addr == "" || slices.Contains(flags, "--tls-cert") {
		return // it never listened, or it serves the same pages over TLS
	}
	for _, page := range []string{"/metrics", "/ws/status", "/readyz"} {
		get(tb, "http://"+s.addr+page)
	}
}

// dump returns every row of every table. Two dumps are equal if and only if nothing has changed.
func (s *server) dump(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all strings.Builder
	for _, table := range queryColumn(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		fmt.Fprintf(&all, "%s\n", table)
		names := queryColumn(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
		row := "SELECT " + strings.Join(quoted(names), " || '|' || ") + " AS row FROM \"" + table + "\" ORDER BY 1"
		for _, line := range queryColumn(t, db, row) {
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

func queryColumn(t *testing.T, db *sql.DB, query string) []string {
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

// connect opens a connection. query follows client_id in the URL, such as "&session_id=G1".
func (s *server) connect(tb testing.TB, clientID, query string) *client {
	tb.Helper()
	if strings.Contains(query, "client_key=") && !strings.Contains(query, "client_key="+secretPrefix) {
		tb.Fatalf("%s: make the key with key(), so that leaks of it are found", query)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), waitTimeout)
	defer cancel()
	conn, buffered, _, err := ws.Dial(ctx, "ws://"+s.addr+"/ws/connect?client_id="+clientID+query)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	c := &client{t: tb, conn: conn, in: searchReader(tb, conn)}
	if buffered != nil {
		c.in = searchReader(tb, buffered)
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
	if err := c.conn.SetWriteDeadline(time.Now().Add(waitTimeout)); err != nil {
		c.t.Fatal(err)
	}
	if err := wsutil.WriteClientMessage(c.conn, op, []byte(payload)); err != nil {
		c.t.Fatal(err)
	}
}

// reply is a frame from the server, with the members that tests need.
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

// receive waits for the next frame. It copies the error of a response out of its data, so that both
// forms of an error look the same.
func (c *client) receive() reply {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(waitTimeout)); err != nil {
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

// closed waits until the server closes the connection, and returns the close code.
func (c *client) closed() ws.StatusCode {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(waitTimeout)); err != nil {
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

// lenientWriter ignores write errors after the server has closed the connection. Without it, wsutil
// cannot answer the close frame and returns the write error instead of the close code.
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
