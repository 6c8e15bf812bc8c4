//go:build failure && linux

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// TestNoFilesLeft runs a server with a low limit of open files. Clients beyond the maximum are
// refused with a reason. If no file is left at all, new connections wait, open ones continue, and
// everything works again when there are files.
func TestNoFilesLeft(t *testing.T) {
	t.Parallel()
	const files, room = 128, 48 // 64 are reserved, and 16 are for handshakes
	program, err := os.Executable()
	must(t, err)
	limited := []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, files), program}
	s := &server{database: filepath.Join(t.TempDir(), "seg.db")}
	p, addr, wait := processBy(t, limited, "--database-url", "sqlite://"+s.database, "--max-connections-per-address", "0", "--message-rate", "0")
	s.addr = addr
	clients := make([]*client, room)
	for i := range clients {
		clients[i] = s.connect(t, fmt.Sprint("client", i), "")
	}
	refused := 0
	for range 10 {
		refused += s.refused(t, "late")
	}
	var acknowledged []string
	if got := clients[0].answer(`{"type":"create-session","session_id":"G","password":"` + password + `","request_id":1}`); got.Code != "" {
		t.Fatal(got.Raw)
	}
	work := func(round int) {
		for i, c := range clients[:room-10] {
			id := round*room + i + 1
			frame := fmt.Sprintf(`{"type":"create-user","user_id":%d,"username":"u%d","session_id":"G","password":%q,"request_id":1}`, id, id, password)
			if got := c.answer(frame); got.Code != "" {
				t.Fatalf("create-user %d: %s", id, got.Raw)
			}
			acknowledged = append(acknowledged, fmt.Sprint(id))
		}
		for i, c := range clients[:room-10] { // all at the same time
			c.send(fmt.Sprintf(`{"type":"get-user","id":%d,"request_id":2}`, round*room+i+1))
		}
		for i, c := range clients[:room-10] {
			if got := c.answered(); got.Code != "" || string(got.Data) == "null" {
				t.Fatalf("get-user of client %d: %s", i, got.Raw)
			}
		}
	}
	work(0)

	for _, c := range clients[room-10:] {
		must(t, c.conn.Close())
	}
	for deadline := time.Now().Add(waitTimeout); ; {
		if _, sockets := openFiles(t, p); sockets == 1+room-10 { // the listener's, and those of the remaining clients
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the sockets of 10 clients that have left are still open")
		}
		time.Sleep(time.Millisecond) // check again
	}
	free, _ := openFiles(t, p)
	restore := limitFiles(t, p, free)
	held := make(chan error, 1)
	go func() { held <- s.dial("held") }()
	work(1)
	work(2)
	select {
	case err := <-held:
		t.Errorf("a connection was taken without a file for it: %v", err)
	default:
	}
	restore()
	select {
	case err := <-held:
		if err != nil {
			t.Errorf("once there are files again: %v", err)
		}
	case <-time.After(waitTimeout):
		t.Error("the connection that waited was not taken")
	}
	work(3)
	s.connect(t, "last", "")
	stored := s.users(t)
	lost, duplicated := 0, len(stored)
	for _, id := range acknowledged {
		if !slices.Contains(stored, id) {
			lost++
		}
		duplicated--
	}
	t.Logf("no files left: seed none, acked %d, lost %d, duplicated %d, ambiguous 0; refused %d of 10", len(acknowledged), lost, duplicated, refused)
	if len(acknowledged) == 0 || lost != 0 || duplicated != 0 || refused != 10 {
		t.Error("that must not be")
	}
	must(t, p.Signal(syscall.SIGTERM))
	if err := wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer sends a request and returns its answer. It ignores events.
func (c *client) answer(frame string) reply {
	c.t.Helper()
	c.send(frame)
	return c.answered()
}

// answered returns the next answer.
func (c *client) answered() reply {
	c.t.Helper()
	for {
		if r := c.receive(); r.Type == "response" {
			return r
		}
	}
}

// refused connects. It returns 1 if the refusal has status 503, a code and Retry-After.
func (s *server) refused(t *testing.T, clientID string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/ws/connect?client_id="+clientID, nil)
	must(t, err)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
	} {
		r.Header.Set(name, value)
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	var refusal reply
	if err := json.Unmarshal(body, &refusal); err != nil || refusal.Code != "rate_limited" || response.StatusCode != http.StatusServiceUnavailable ||
		response.Header.Get("Retry-After") == "" {
		t.Errorf("refused with %s and %s", response.Status, body)
		return 0
	}
	return 1
}

// dial connects, however long it takes, and disconnects.
func (s *server) dial(clientID string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 6*waitTimeout)
	defer cancel()
	conn, _, _, err := ws.Dial(ctx, "ws://"+s.addr+"/ws/connect?client_id="+clientID)
	if err != nil {
		return err
	}
	return errors.Join(conn.Close())
}

// users returns the stored users.
func (s *server) users(t *testing.T) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database+"?mode=ro")
	must(t, err)
	defer db.Close()
	return queryColumn(t, db, "SELECT id FROM users")
}

// openFiles returns the lowest free file descriptor of p, and the number of its open sockets.
func openFiles(t *testing.T, p *os.Process) (free, sockets int) {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/fd", p.Pid)
	entries, err := os.ReadDir(folder)
	must(t, err)
	used := map[string]bool{}
	for _, e := range entries {
		used[e.Name()] = true
		if to, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil && strings.HasPrefix(to, "socket:") {
			sockets++
		}
	}
	for used[fmt.Sprint(free)] {
		free++
	}
	return free, sockets
}

// limitFiles lets p open no file with a descriptor of n or more, until restore is called.
func limitFiles(t *testing.T, p *os.Process, n int) (restore func()) {
	t.Helper()
	var before unix.Rlimit
	must(t, unix.Prlimit(p.Pid, unix.RLIMIT_NOFILE, nil, &before))
	set := func(soft uint64) {
		must(t, unix.Prlimit(p.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: soft, Max: before.Max}, nil))
	}
	set(uint64(n))
	return func() { set(before.Cur) }
}
