package main

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gobwas/ws"

	"seg.example/gen/route"
	"seg.example/internal/cli/clikit"
	sockets "seg.example/internal/ws"
	"seg.example/schema"
)

// secretFields are the fields of requests that hold a secret.
var secretFields = []string{"password", "secret_code", "client_key"}

// leakTracker has the secrets that a test gave to a program, and everything that the program has
// shown.
type leakTracker struct {
	asks int // number of calls of ask, all in the test's goroutine

	markers map[string]string // by what they stand for
	codes   map[int64]bool    // secret codes of all companies that ever existed
	last    map[int64]bool    // secret codes of the current companies

	mu   sync.Mutex
	seen map[string][]string // texts by place
}

func newLeakTracker() *leakTracker {
	return &leakTracker{markers: map[string]string{}, codes: map[int64]bool{}, seen: map[string][]string{}}
}

// secret makes a secret of 130 random bits, in letters and digits that are never escaped.
func (c *leakTracker) secret(what string) string {
	c.markers[what] = secretPrefix + "-" + rand.Text()
	return c.markers[what]
}

// record records a text that was visible at a place.
func (c *leakTracker) record(place, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[place] = append(c.seen[place], text)
}

// count returns the number of texts from a place.
func (c *leakTracker) count(place string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen[place])
}

// findLeaks searches all places for all secrets, in any case and in the encodings in which a program may
// print them.
func (c *leakTracker) findLeaks() []string {
	var found []string
	for place, texts := range c.seen {
		all := strings.Join(texts, "\n")
		lower := strings.ToLower(all)
		for what, marker := range c.markers {
			sum := sha256.Sum256([]byte(marker))
			for form, text := range map[string]string{
				"plain": marker, "hexadecimal": hex.EncodeToString([]byte(marker)), "base64": strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(marker)), "="),
				"SHA-256": hex.EncodeToString(sum[:]), "SHA-256 in base64": base64.StdEncoding.EncodeToString(sum[:]),
			} {
				if at := strings.Index(lower, strings.ToLower(text)); at >= 0 {
					found = append(found, fmt.Sprintf("%s (%s) in %s: …%s", what, form, place, lower[max(0, at-100):min(len(lower), at+20)]))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestSecretLeaks_areFound leaks each kind of secret in each form into a tracker of its own. A
// search that cannot find them proves nothing.
func TestSecretLeaks_areFound(t *testing.T) {
	t.Parallel()
	c := newLeakTracker()
	marker := c.secret("password")
	c.record("logs", `{"msg":"nothing of it"}`)
	if got := c.findLeaks(); len(got) != 0 {
		t.Errorf("found %q where nothing is", got)
	}
	sum := sha256.Sum256([]byte(marker))
	for form, text := range map[string]string{
		"plain": marker, "lower case": strings.ToLower(marker), "in JSON in JSON": fmt.Sprintf("%q", fmt.Sprintf("%q", marker)),
		"hexadecimal": fmt.Sprintf("%X", marker), "base64": base64.StdEncoding.EncodeToString([]byte(marker)), "sum": fmt.Sprintf("%x", sum),
	} {
		c := &leakTracker{markers: c.markers, seen: map[string][]string{}}
		c.record("logs", "nothing")
		c.record("logs", "before "+text+" behind")
		if got := c.findLeaks(); len(got) != 1 || !strings.HasPrefix(got[0], "password (") || !strings.Contains(got[0], ") in logs: …nothing\nbefore ") {
			t.Errorf("%s: found %q", form, got)
		}
	}
}

// TestSecretLeaks sends right and wrong secrets to the whole program, in every message, header and
// parameter. It searches everything that the program shows: broadcasts, answers, debug logs,
// output, status, metrics, profiles and the database.
func TestSecretLeaks(t *testing.T) {
	t.Parallel()
	c := newLeakTracker()
	right := c.secret("password")
	s := start(t, append([]string{"--password", right, "--log", "debug", "--admin-addr", "127.0.0.1:0", "--wrong-passwords", "0", "--ping-interval", "1h"}, noRateLimits...)...)
	client := s.connect(t, "player", "&client_key="+c.secret("client_key"))
	c.build(t, client, right, eraEmpty)
	var spying sync.WaitGroup
	for i, query := range []string{"", "&session_id=GAME_001"} {
		spy := s.connect(t, fmt.Sprint("spy-", i), query)
		spying.Go(func() { spy.listen(func(frame string) { c.record("broadcasts", frame) }) })
	}
	c.tryWithoutConnection(t, s, right)
	for _, m := range route.Messages() {
		c.message(t, client, m, right)
		if m.Mutates && m.Type != "delete-session" {
			c.resumeAsStranger(t, s)
		}
	}
	w := c.build(t, client, right, eraPlayed)
	c.readAsStranger(t, s.connect(t, "stranger", "&client_key="+c.secret("a stranger's key")), w)
	c.recordCodes(t, client)
	c.readPages(t, s, right)
	client.conn.Close()
	if code := s.stop(); code != clikit.ExitOK {
		t.Errorf("exit code %d", code)
	}
	spying.Wait()
	for _, line := range s.logs {
		c.record("logs", line)
	}
	c.record("standard output", s.stdout.String())
	c.record("database", s.dump(t))
	for place, least := range map[string]int{
		"broadcasts": 1000, "answers": 2000, "untrusted answers": 80, "replays": 1000, "logs": 50, "refused handshakes": 5, "pages": 10,
	} {
		if n := c.count(place); n < least {
			t.Errorf("only %d texts from the %s: too little was tried", n, place)
		}
	}
	if own := secretColumns(t, s.database); !slices.Equal(own, []string{"companies.secret_code"}) {
		t.Errorf("the database keeps secrets of its own in %v: look for them, too", own)
	}
	for _, hit := range c.codeHits() {
		t.Error(hit)
	}
	for _, hit := range c.findLeaks() {
		t.Error(hit)
	}
}

// listen passes every frame to a function until the connection ends.
func (c *client) listen(each func(frame string)) {
	for {
		header, err := ws.ReadHeader(c.in)
		if err != nil {
			return
		}
		payload := make([]byte, header.Length)
		if _, err := io.ReadFull(c.in, payload); err != nil || header.OpCode == ws.OpClose {
			return
		}
		if header.OpCode == ws.OpText {
			each(string(payload))
		}
	}
}

// tryWithoutConnection sends secrets to everything that needs no connection.
func (c *leakTracker) tryWithoutConnection(t *testing.T, s *server, right string) {
	t.Helper()
	key, other, wrong := c.secret("the first client's key"), c.secret("another client's key"), c.secret("wrong bearer token")
	first := s.connect(t, "keyed", "&client_key="+key)
	defer first.conn.Close()
	s.connect(t, "keyed", "&client_key="+key).conn.Close() // may replace the first
	s.connect(t, "keyed", "&client_key="+key)
	for _, row := range []struct {
		query, authorization string
		status               int // an HTTP status or a close code
	}{
		{"client_id=keyed&client_key=" + other, "", int(sockets.CloseOtherKey)},
		{"client_id=keyed", "", int(sockets.CloseOtherKey)},
		{"client_id=k&client_key=" + strings.Repeat(key, 10), "", int(sockets.CloseBadParameters)},
		{"client_id=k&client_key=" + key + "&client_key=" + other, "", int(sockets.CloseBadParameters)},
		{"client_id=k&client_key=" + key + "%00", "", int(sockets.CloseBadParameters)},
		{"client_id=k&after=1&client_key=" + key, "", int(sockets.CloseBadParameters)},
		{"client_key=" + key, "", int(sockets.CloseBadParameters)},
		{"client_id=k&client_key=" + key + "&session_id=%3B", "", int(sockets.CloseBadParameters)},
		{"client_id=k", "Bearer " + wrong, http.StatusUnauthorized},
		{"client_id=k", "Bearer " + right + wrong, http.StatusUnauthorized},
		{"client_id=k", "Basic " + base64.StdEncoding.EncodeToString([]byte("operator:"+right)), http.StatusUnauthorized},
		{"client_id=k", right, http.StatusUnauthorized},
		{"client_id=k", "Bearer " + right, 0},
	} {
		status, text := s.refusedHandshake(t, row.query, row.authorization)
		c.record("refused handshakes", text)
		if status != row.status {
			t.Errorf("%s %s: %d, want %d", strings.ReplaceAll(row.query, key, "KEY"), strings.ReplaceAll(row.authorization, right, "PASSWORD"), status, row.status)
		}
	}
}

// message sends a message with all its valid examples and with many errors. Each contains secrets.
func (c *leakTracker) message(t *testing.T, player *client, m *route.Message, right string) {
	t.Helper()
	quoted := func(s string) string { return `"` + s + `"` }
	served := 0
	upTo, ok := eras[m.Type]
	if !ok {
		upTo = eraPlayed
	}
	w := c.build(t, player, right, upTo)
	wrong := c.secret("a wrong secret in " + m.Type)
	for i, example := range okRequests(t, m.Type) {
		example = w.adapt(example)
		example["request_id"] = asked
		if _, has := example["password"]; has {
			example["password"] = quoted(right)
		}
		if got := c.ask(t, player, example.String()); got == "" {
			served++
		}
		if i > 0 { // the same for all examples
			continue
		}
		for _, field := range secretFields {
			if _, has := example[field]; !has && field != "password" {
				continue
			}
			for _, value := range []string{
				quoted(wrong), quoted(right + wrong), `"` + right + `","` + field + `":"` + right + `"`, `{"x":"` + right + `"}`, `["` + right + `"]`,
				quoted(strings.Repeat(right, 50)), quoted(right) + `x`, quoted(right + `\ud800`), `"` + right + "\x01\"",
			} {
				c.ask(t, player, example.with(field, value).String())
				c.ask(t, player, example.with(field, value).without("request_id").String())
			}
		}
		for _, arg := range m.Args {
			if slices.Contains(secretFields, arg.Name) || arg.Name == "content" && m.Type == "ping" { // it sends back its content on purpose
				continue
			}
			for _, value := range []string{`null`, `-1`, `[]`, `{"password":"` + right + `"}`, `"nobody"`, `1e999`} {
				c.ask(t, player, example.with(arg.Name, value).with("password", quoted(right)).String())
			}
			c.ask(t, player, example.without(arg.Name).with("password", quoted(right)).String())
		}
		c.ask(t, player, strings.TrimSuffix(example.with("zz", quoted(right)).String(), "}"))
		c.ask(t, player, example.with("type", `"no-such-type"`).with("password", quoted(right)).String())
	}
	if served == 0 {
		t.Errorf("%s was never served: it needs a set-up here", m.Type)
	}
}

// asked is a request_id that ask replaces by a new one, because a repeated request of a client with
// a key is executed once.
const asked = `"asked"`

// ask sends a frame and records everything that follows. It returns the error code, or "".
func (c *leakTracker) ask(t *testing.T, player *client, frame string) (code string) {
	t.Helper()
	return c.request(t, player, frame).Code
}

// request sends a frame and records everything that follows. It returns the answer, or the last
// frame if there was no response.
func (c *leakTracker) request(t *testing.T, player *client, frame string) (answer reply) {
	t.Helper()
	c.asks++
	frame = strings.Replace(frame, asked, strconv.Quote(fmt.Sprint("asked-", c.asks)), 1)
	player.send(frame)
	// The ping is answered after everything that the request causes.
	player.send(`{"type":"ping","request_id":"fence"}`)
	for {
		got := player.receive()
		if string(got.RequestID) == `"fence"` {
			return answer
		}
		c.record("answers", got.Raw)
		if got.Code != "" || got.Type == "response" || answer.Type != "response" {
			answer = got
		}
	}
}

// recordCodes records the secret codes of the current companies.
func (c *leakTracker) recordCodes(t *testing.T, player *client) {
	t.Helper()
	var companies []struct {
		Code int64 `json:"secret_code"`
	}
	got := c.request(t, player, `{"type":"get-companies","request_id":`+asked+`}`)
	if err := json.Unmarshal(got.Data, &companies); err != nil || len(companies) < 2 {
		t.Fatalf("%v: %s", err, got.Raw)
	}
	c.last = map[int64]bool{}
	for _, company := range companies {
		if c.last[company.Code] = true; !c.codes[company.Code] {
			t.Errorf("a client with the password got the code %d, want that of the company's founder", company.Code)
		}
	}
}

// okRequests returns the valid examples of a request.
func okRequests(t *testing.T, typ string) []members {
	t.Helper()
	names, err := fs.Glob(schema.FS, path.Join("examples", typ, "request-ok-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no good example of %s: %v", typ, err)
	}
	var all []members
	for _, name := range names {
		data, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(data, &raw); err != nil {
			t.Fatal(err)
		}
		m := members{}
		for field, value := range raw {
			m[field] = string(value)
		}
		all = append(all, m)
	}
	return all
}

// readPages reads every page of the program without a token, with the right one and with a wrong one.
func (c *leakTracker) readPages(t *testing.T, s *server, right string) {
	t.Helper()
	for _, page := range []string{
		s.addr + "/ws/status", s.addr + "/metrics", s.addr + "/healthz", s.addr + "/readyz", s.addr + "/nothing?password=" + url.QueryEscape(right),
		s.admin + "/metrics", s.admin + "/debug/pprof/", s.admin + "/debug/pprof/goroutine?debug=2", s.admin + "/debug/pprof/heap?debug=1",
		s.admin + "/debug/pprof/cmdline",
	} {
		for _, token := range []string{"", "Bearer " + right, "Bearer " + c.secret("a wrong token for "+page)} {
			status, body := get(t, "http://"+page, "Authorization", token)
			c.record("pages", body)
			if strings.HasSuffix(page, "/ws/status") && (status != http.StatusOK || strings.Contains(body, `"player"`) != (token == "Bearer "+right)) {
				t.Errorf("%s with %.7s…: %d %.200s", page, token, status, body)
			}
		}
	}
}

// secretColumns returns the columns of a database with secrets that the program has generated.
func secretColumns(t *testing.T, file string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return queryColumn(t, db, `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND (c.name LIKE '%secret%' OR c.name LIKE '%password%')`)
}

func TestSecretColumns(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE companies (id INTEGER, secret_code INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := secretColumns(t, file); !slices.Equal(got, []string{"companies.secret_code"}) {
		t.Errorf("found %q", got)
	}
}
