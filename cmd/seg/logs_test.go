package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"seg.example/gen/route"
)

// nasty are names that try to be more than a name: lines of their own, colours, the end of a string.
func nasty() []string {
	return []string{
		`","level":"ERROR","msg":"forged"}`, `{"level":"ERROR","msg":"forged"}`, `\n{"msg":"forged"}`, `a\`, `"`, `'; DROP TABLE log; --`,
		`<script>alert(1)</script>`, `${jndi:ldap://x}`, `%s%n%d`, "Игрок 😀", strings.Repeat("x", 128),
	}
}

// unprintable are names that a terminal or a line reader would trip over. Client ids must not hold them; other texts may try.
func unprintable() []string {
	return []string{"a\nb", "\x1b[31mred", "a\r\n{\"msg\":\"forged\"}", "a\u2028b", "\u202egnp.exe", "\x00"}
}

// TestLogs: one event is one line, whatever a client calls itself or sends.
func TestLogs(t *testing.T) {
	t.Parallel()
	s := start(t, "--log", "debug", "--password", password)
	for _, id := range nasty() {
		c := s.connect(t, url.QueryEscape(id), "")
		c.call(`{"type":"create-session","session_id":"GAME_001","password":"` + password + `","request_id":1}`)
		for i, name := range append(nasty(), unprintable()...) {
			text, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			c.send(`{"type":"create-user","user_id":` + string(rune('1'+i%9)) + `,"username":` + string(text) + `,"session_id":"GAME_001","password":"` + password + `"}`)
			c.send(`{"type":` + string(text) + `,"request_id":` + string(text) + `}`)
		}
		c.send(`{"type":"ping","request_id":"last"}`)
		for got := c.receive(); string(got.RequestID) != `"last"`; got = c.receive() {
			continue
		}
		c.conn.Close()
	}
	for _, id := range unprintable() {
		if status, body := get(t, "http://"+s.addr+"/ws/connect?client_id="+url.QueryEscape(id),
			"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="); status != 400 {
			t.Errorf("%q may connect: %d %s", id, status, body)
		}
	}
	s.stop()
	opened, closed := []string{}, []string{}
	for _, line := range s.logs {
		var entry struct{ Time, Level, Msg, Client string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" {
			t.Errorf("%v: %q", err, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
			t.Errorf("a control character in %q", line)
		}
		switch entry.Msg {
		case "connection opened":
			opened = append(opened, entry.Client)
		case "connection closed":
			closed = append(closed, entry.Client)
		case "listening", "draining", "ended":
		default:
			t.Errorf("an event that nobody planned: %s", line)
		}
	}
	slices.Sort(closed)
	if want := nasty(); !slices.Equal(opened, want) {
		t.Errorf("opened %q, want %q", opened, want)
	}
	if want := slices.Sorted(slices.Values(nasty())); !slices.Equal(closed, want) {
		t.Errorf("closed %q, want %q", closed, want)
	}
}

// TestLogs_faults: a fault is one line too, whoever caused it and whatever it says.
func TestLogs_faults(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	tell := faults(slog.New(slog.NewJSONHandler(&log, nil)))
	names := append(nasty(), unprintable()...)
	for _, name := range names {
		call := &route.Call{Message: route.Messages()[0], Caller: &route.Caller{ClientID: name}}
		if text := tell(t.Context(), call, errors.New("no row for "+name)); strings.Contains(text, name) {
			t.Errorf("the client is told %q", text)
		}
	}
	lines := slices.Collect(strings.Lines(log.String()))
	if len(lines) != len(names) {
		t.Fatalf("%d lines for %d faults", len(lines), len(names))
	}
	for i, line := range lines {
		var entry struct{ Msg, Client, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg != "a request failed" || entry.Client != names[i] || entry.Error != "no row for "+names[i] {
			t.Errorf("%q became %+v", names[i], entry)
		}
	}
}
