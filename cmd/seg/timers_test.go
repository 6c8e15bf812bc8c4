package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seg.example/internal/ruleset"
)

// writeFastRuleset writes the classic ruleset with turns of one second to a file.
func writeFastRuleset(t *testing.T) (file string) {
	t.Helper()
	document, err := ruleset.Source("classic")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{`"turn_seconds": 180`: `"turn_seconds": 1`, `"name": "classic"`: `"name": "quick"`} {
		if !bytes.Contains(document, []byte(from)) {
			t.Fatalf("classic has no %s", from)
		}
		document = bytes.Replace(document, []byte(from), []byte(to), 1)
	}
	file = filepath.Join(t.TempDir(), "quick.json")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	// afterTurn is the broadcast that ends each turn, as sent and as stored.
	afterTurn = regexp.MustCompile(`"new_stage":"Game","old_stage":"[A-Za-z]+","step":([0-9]+)`)
	inSession = regexp.MustCompile(`"session_id":"(T[0-9]+)"`)
)

// TestTimers_killed kills a server three times while timers of its sessions fire. After each start
// all games continue, and in the end every turn was played once.
func TestTimers_killed(t *testing.T) {
	t.Parallel()
	testTimersKilled(t)
}

func testTimersKilled(t *testing.T) {
	t.Helper()
	const sessions, rounds = 10, 3
	database, rules := filepath.Join(t.TempDir(), "seg.db"), writeFastRuleset(t)
	flags := []string{"--database-url", "sqlite://" + database, "--ruleset", rules, "--message-rate", "0"}
	for round := range rounds {
		program, addr, wait := process(t, flags...)
		c := (&server{addr: addr}).connect(t, "listener", "")
		if round == 0 {
			for i := range sessions {
				startGame(c, fmt.Sprint("T", i), 10*i+1)
			}
		}
		// Until every session has advanced at least once and one of them twice, so that others are
		// about to.
		seen := map[string]int{}
		for most := 0; len(seen) < sessions || most < 2; {
			raw := c.receive().Raw
			if afterTurn.MatchString(raw) {
				id := inSession.FindStringSubmatch(raw)[1]
				seen[id]++
				most = max(most, seen[id])
			}
		}
		if err := program.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = wait() // killed
	}
	played := turnsPlayed(t, database, sessions)
	t.Logf("%d sessions, %d kills, %d turns played", sessions, rounds, played)
	if played < sessions*rounds {
		t.Errorf("only %d turns were played", played)
	}
}

// turnsPlayed counts the turns in the logs of the sessions. Each must have been played and sent
// once.
func turnsPlayed(t *testing.T, database string, sessions int) (played int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i := range sessions {
		id := fmt.Sprint("T", i)
		log := queryColumn(t, db, "SELECT events FROM log WHERE events IS NOT NULL AND session_id = (SELECT id FROM sessions WHERE name = '"+id+"') ORDER BY seq_from")
		var told, want []string
		for _, step := range afterTurn.FindAllStringSubmatch(strings.Join(log, "\n"), -1) {
			told = append(told, step[1])
			want = append(want, strconv.Itoa(len(told)))
		}
		now := queryColumn(t, db, "SELECT CAST(step AS TEXT) FROM sessions WHERE name = '"+id+"'")
		if !slices.Equal(told, want) || len(told) == 0 || now[0] != told[len(told)-1] {
			t.Errorf("session %s is at step %v, and has told of the steps %v", id, now, told)
		}
		played += len(told)
	}
	return played
}

// startGame creates a session with three companies and timers.
func startGame(c *client, id string, user int) {
	c.t.Helper()
	c.do(`"type":"create-session","max_steps":1000,"session_id":"` + id + `"`)
	for i := user; i < user+3; i++ {
		c.do(fmt.Sprintf(`"type":"create-user","session_id":%q,"user_id":%d,"username":"u%d"`, id, i, i))
		c.do(fmt.Sprintf(`"type":"create-company","who_create":%d,"name":"c%d"`, i, i))
	}
	c.do(`"type":"update-session-stage","stage":"Game","session_id":"` + id + `"`)
}

// do sends a command, which must succeed.
func (c *client) do(fields string) {
	c.t.Helper()
	c.ask(fields + `,"password":"` + password + `"`)
}

// ask sends a request, which must succeed, and returns its response.
func (c *client) ask(fields string) reply {
	c.t.Helper()
	c.send(`{` + fields + `,"request_id":1}`)
	r := c.receive()
	for r.Type != "response" {
		r = c.receive()
	}
	if r.Code != "" {
		c.t.Fatalf("%s: %s", fields, r.Raw)
	}
	return r
}
