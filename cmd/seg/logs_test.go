package main

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hostileNames are names that try to forge log entries: line ends, colours, the end of a string.
func hostileNames() []string {
	return []string{
		`","level":"ERROR","msg":"forged"}`, `{"level":"ERROR","msg":"forged"}`, `\n{"msg":"forged"}`, `a\`, `"`, `'; DROP TABLE log; --`,
		`<script>alert(1)</script>`, `${jndi:ldap://x}`, `%s%n%d`, "Игрок 😀", strings.Repeat("x", 128),
	}
}

// isControlOrLineEnd reports whether a log reader or terminal may treat r as a line end or a control character.
func isControlOrLineEnd(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u2029' }

// unprintableNames are names with control characters. Client ids must not contain them; other texts may.
func unprintableNames() []string {
	return []string{"a\nb", "\x1b[31mred", "a\r\n{\"msg\":\"forged\"}", "a\u2028b", "a\u2029b", "\u202egnp.exe", "\x00"}
}

// callNames sends every request that takes a name, with this name as JSON.
func callNames(c *client, number int, name string) {
	user := strconv.Itoa(1 + number)
	for _, request := range []string{
		`"type":"create-user","user_id":` + user + `,"username":` + name + `,"session_id":"GAME_001"`,
		`"type":"create-company","name":` + name + `,"who_create":` + user,
		`"type":"notforgame-update-company-name","company_id":1,"new_name":` + name,
		`"type":"notforgame-update-company-items","company_id":1,"quantity_change":1,"item_id":` + name,
		`"type":"create-session","session_id":` + name,
		`"type":"create-session","ruleset":` + name,
		`"type":"get-users","session_id":` + name,
		`"type":"get-company","name":` + name,
		`"type":` + name,
		`"type":"ping","timestamp":` + name + `,"content":{` + name + `:1}`,
	} {
		c.send(`{` + request + `,"password":"` + password + `"}`)
		c.send(`{` + request + `,"password":"` + password + `","request_id":` + name + `}`)
	}
	c.send(`{"type":"ping","request_id":"last"}`)
	for got := c.receive(); string(got.RequestID) != `"last"`; got = c.receive() {
		continue
	}
}

// TestLogs: one event is one line of the log, whatever the names of clients, users, companies,
// sessions and messages contain.
func TestLogs(t *testing.T) {
	t.Parallel()
	s := start(t, append([]string{"--log", "debug"}, noRateLimits...)...)
	first := s.connect(t, "first", "")
	first.do(`"type":"create-session","session_id":"GAME_001"`)
	first.conn.Close()
	for i, id := range hostileNames() {
		c := s.connect(t, url.QueryEscape(id), "")
		for n, name := range append(hostileNames(), unprintableNames()...) {
			text, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			callNames(c, 100*i+n, string(text))
		}
		c.conn.Close()
	}
	last := s.connect(t, "last", "")
	var users []struct{ Username string }
	if err := json.Unmarshal(last.ask(`"type":"get-users"`).Data, &users); err != nil || len(users) < len(hostileNames()) {
		t.Errorf("hardly anybody has such a name: %v, %v", users, err)
	}
	var companies []struct{ Name string }
	if err := json.Unmarshal(last.ask(`"type":"get-companies"`).Data, &companies); err != nil || len(companies) < len(hostileNames())/2 {
		t.Errorf("hardly any company has such a name: %v, %v", companies, err)
	}
	last.conn.Close()
	for _, name := range append(hostileNames(), unprintableNames()...) {
		if status, _ := s.refusedHandshake(t, "client_id=x&session_id="+url.QueryEscape(name), ""); status != 4400 && status != 4404 {
			t.Errorf("the session %q may be listened to: %d", name, status)
		}
		s.refusedHandshake(t, "client_id=x&epoch=x&after=0&session_id=GAME_001&"+url.QueryEscape(name)+"="+url.QueryEscape(name), "")
	}
	for _, id := range unprintableNames() {
		if status, body := s.refusedHandshake(t, "client_id="+url.QueryEscape(id), ""); status != 4400 {
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
		if strings.ContainsFunc(line, isControlOrLineEnd) {
			t.Errorf("some readers take %q for more than one line", line)
		}
		switch entry.Msg {
		case "connection opened":
			opened = append(opened, entry.Client)
		case "connection closed":
			closed = append(closed, entry.Client)
		case "listening", "draining", "ended", "connection refused":
		default:
			t.Errorf("an event that nobody planned: %s", line)
		}
	}
	slices.Sort(closed)
	other := func(id string) bool { return id == "x" || id == "first" || id == "last" }
	opened = slices.DeleteFunc(opened, other)
	closed = slices.DeleteFunc(closed, other)
	if want := hostileNames(); !slices.Equal(opened, want) {
		t.Errorf("opened %q, want %q", opened, want)
	}
	if want := slices.Sorted(slices.Values(hostileNames())); !slices.Equal(closed, want) {
		t.Errorf("closed %q, want %q", closed, want)
	}
}
