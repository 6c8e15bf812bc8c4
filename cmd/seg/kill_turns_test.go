package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

// TestKilledGames kills a server repeatedly at random moments while games go on. Some advance by
// timers every second, the others are advanced by clients. A client repeats a request that was not
// answered, with the same request_id. In the end every requested turn was played once, and no
// session has lost or duplicated an event.
func TestKilledGames(t *testing.T) {
	t.Parallel()
	testKilledGames(t, 4)
}

func testKilledGames(t *testing.T, rounds int) {
	t.Helper()
	const games = 4 // of each kind
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	database, rules := filepath.Join(t.TempDir(), "seg.db"), writeFastRuleset(t)
	flags := append([]string{"--database-url", "sqlite://" + database, "--ruleset", rules, "--keep-events", "1000000"}, noRateLimits...)
	pushers := make([]*turnRequester, games)
	deadline := ""
	resends := func() (n int) {
		for _, p := range pushers {
			n += p.resent
		}
		return n
	}
	for round := 0; round < rounds || resends() == 0 && round < 10*rounds; round++ {
		program, addr, wait := process(t, flags...)
		s := &server{addr: addr, database: database}
		c := s.connect(t, fmt.Sprint("operator-", round), "")
		if round == 0 {
			deadline = setUpGames(c, pushers)
		} else if now := c.deadline("WAITS"); now != deadline {
			t.Errorf("the deadline was %s, and is %s after a kill", deadline, now)
		}
		var all sync.WaitGroup
		var twice atomic.Int64 // requesters with two answers in this round
		for _, p := range pushers {
			conn := s.connect(t, "pusher-of-"+p.session, "&session_id="+p.session+key(p.session))
			all.Go(func() { p.requestTurns(conn, &twice) })
		}
		for tick, late := time.Tick(time.Millisecond), time.After(waitTimeout); twice.Load() < games; {
			select {
			case <-tick:
			case <-late:
				t.Fatal("the games do not go on")
			}
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // the random moment of the kill
		if err := program.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = wait() // killed
		all.Wait()
		checkLogs(t, s)
	}
	// Repeat the last request, which must be answered now.
	s := startAt(t, flags)
	asked, resent := 0, 0
	for _, p := range pushers {
		c := s.connect(t, "last-of-"+p.session, key(p.session))
		if !p.once(c) {
			t.Errorf("%s: not answered", p.session)
		}
		if got := c.step(p.session); got != p.asked {
			t.Errorf("%s: %d turns were asked for, and step %d was played", p.session, p.asked, got)
		}
		asked, resent = asked+p.asked, resent+p.resent
	}
	byThemselves := 0
	c := s.connect(t, "reader", "")
	for i := range games {
		byThemselves += c.step(fmt.Sprint("T", i))
	}
	t.Logf("seed %d: at least %d kills, %d turns were asked for, of which %d again, %d came by themselves", seed, rounds, asked, resent, byThemselves)
	if asked < rounds*games || resent == 0 {
		t.Error("too few turns were played, or interrupted, to prove anything")
	}
	s.stop()
	checkLogs(t, s)
}

// startAt starts a server on an existing database.
func startAt(t *testing.T, flags []string) *server {
	t.Helper()
	s := start(t, flags...)
	s.database = strings.TrimPrefix(flags[1], "sqlite://")
	return s
}

// setUpGames creates the games: those with timers, those that clients advance, and one that waits
// for its deadline, which it returns.
func setUpGames(c *client, pushers []*turnRequester) (deadline string) {
	c.t.Helper()
	for i := range pushers {
		startGame(c, fmt.Sprint("T", i), 100*i+1)
		session := fmt.Sprint("P", i)
		pushers[i] = &turnRequester{session: session}
		c.do(`"type":"create-session","max_steps":1000,"session_id":"` + session + `"`)
		for u := 100*i + 51; u < 100*i+61; u++ {
			c.do(fmt.Sprintf(`"type":"create-user","session_id":%q,"user_id":%d,"username":"u%d"`, session, u, u))
			c.do(fmt.Sprintf(`"type":"create-company","who_create":%d,"name":"c%d"`, u, u))
		}
	}
	c.do(`"type":"create-session","session_id":"WAITS"`)
	c.do(`"type":"update-session-stage","session_id":"WAITS","stage":"CellSelect"`)
	return c.deadline("WAITS")
}

// turnRequester advances one session.
type turnRequester struct {
	session       string
	asked, resent int  // requested turns, and repeated requests
	open          bool // the newest request was not answered
}

// requestTurns requests turns until the connection breaks. It counts in twice after two answers: one of
// them may answer a repeated request.
func (p *turnRequester) requestTurns(c *client, twice *atomic.Int64) {
	for n := 1; p.once(c); n++ {
		if n == 2 {
			twice.Add(1)
		}
		time.Sleep(5 * time.Millisecond) // so that a session does not reach its last turn before the test ends
	}
}

// once requests a turn, or repeats the unanswered request. It reports whether there was an answer.
func (p *turnRequester) once(c *client) bool {
	if p.open {
		p.resent++
	} else {
		p.asked++
		p.open = true
	}
	request := fmt.Sprintf(`{"type":"update-session-stage","session_id":%q,"stage":"Game","add_shedule":false,"password":%q,"request_id":%d}`, p.session, password, p.asked)
	if wsutil.WriteClientText(c.conn, []byte(request)) != nil {
		return false
	}
	for {
		text, err := wsutil.ReadServerText(c.readWriter())
		if err != nil {
			return false
		}
		if got := c.parse(text); got.Type == "response" {
			if string(got.Data) != "null" {
				c.t.Errorf("%s: %s", p.session, got.Raw)
			}
			p.open = false
			return true
		}
	}
}

// sessionState asks for a session and returns its data.
func (c *client) sessionState(id string) (state struct {
	Step     int
	Deadline json.RawMessage `json:"stage_deadline"`
},
) {
	c.t.Helper()
	c.send(`{"type":"get-session","session_id":"` + id + `","request_id":"state"}`)
	got := c.receive()
	for got.Type != "response" {
		got = c.receive()
	}
	if err := json.Unmarshal(got.Data, &state); err != nil {
		c.t.Fatalf("%s: %v", got.Raw, err)
	}
	return state
}

func (c *client) step(session string) int { return c.sessionState(session).Step }

func (c *client) deadline(session string) string {
	c.t.Helper()
	deadline := string(c.sessionState(session).Deadline)
	if _, err := strconv.Atoi(deadline); err != nil {
		c.t.Fatalf("%s has the deadline %q", session, deadline)
	}
	return deadline
}

// checkLogs compares the rows of each session with its log: event numbers have no gaps, each row
// has as many events as it says, and there is one turn for each step.
func checkLogs(t *testing.T, s *server) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, session := range queryColumn(t, db, "SELECT id || ' ' || name || ' ' || seq || ' ' || step FROM sessions") {
		var id, seq, step int
		var name string
		if _, err := fmt.Sscan(session, &id, &name, &seq, &step); err != nil {
			t.Fatal(err)
		}
		last, turns := 0, 0
		for _, row := range queryColumn(t, db, fmt.Sprintf("SELECT seq_from || ' ' || seq_to || ' ' || events FROM log WHERE session_id = %d AND events IS NOT NULL ORDER BY seq_from", id)) {
			var from, to int
			if _, err := fmt.Sscan(row, &from, &to); err != nil {
				t.Fatal(err)
			}
			var events []json.RawMessage
			if err := json.Unmarshal([]byte(strings.SplitN(row, " ", 3)[2]), &events); err != nil {
				t.Fatal(err)
			}
			if from != last+1 || len(events) != to-from+1 {
				t.Errorf("%s: %d events from %d to %d follow %d", name, len(events), from, to, last)
			}
			last = to
			for _, e := range events {
				if told := afterTurn.FindSubmatch(e); told != nil {
					if turns++; string(told[1]) != strconv.Itoa(turns) {
						t.Errorf("%s: turn %d is told as step %s", name, turns, told[1])
					}
				}
			}
		}
		if last != seq || turns != step {
			t.Errorf("%s is at event %d and step %d, its log at %d and %d", name, seq, step, last, turns)
		}
	}
}
