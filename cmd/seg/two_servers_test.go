package main

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// twoServers starts two servers on one database.
func twoServers(t *testing.T) (a, b *server) {
	t.Helper()
	a = start(t, noRateLimits...)
	return a, start(t, append([]string{"--database-url", "sqlite://" + a.database}, noRateLimits...)...)
}

// TestTwoServers: two servers on one database execute commands of one session. They do not notify
// each other, but nothing breaks: a client of one server gets the commands of the other from the
// log, with the next event of its own server or when it reconnects. It gets each event once, in
// order.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	const writers, commands = 3, 30
	a, b := twoServers(t)
	const session = "BOTH"
	setUp := a.connect(t, "set-up", "&session_id="+makeSession(t, b, session))
	setUp.receive() // the welcome
	for id := range 2 * writers {
		setUp.do(fmt.Sprintf(`"type":"create-user","session_id":%q,"user_id":%d,"username":"user %d"`, session, id+1, id+1))
	}
	var told history
	var followers []*follower
	for i, s := range []*server{a, b} {
		f := &follower{addr: s.addr, session: session, client: fmt.Sprint("follower-", i), history: &told}
		if err := f.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		followers = append(followers, f)
	}
	var r stream
	for i := range 2 * writers {
		s := []*server{a, b}[i%2]
		c := s.connect(t, fmt.Sprint("writer-", i), "&session_id="+session)
		r.all.Go(func() {
			for n := range commands {
				c.do(fmt.Sprintf(`"type":"update-user","user_id":%d,"username":"user %d-%d"`, i+1, i+1, n))
				r.acked.Add(1)
			}
		})
	}
	r.all.Wait()
	last := int64(2*writers) + r.acked.Load()
	// Each server executes one more command, so that its own clients get all events before that.
	for i, s := range []*server{a, b} {
		c := s.connect(t, fmt.Sprint("ender-", i), "")
		c.do(fmt.Sprintf(`"type":"update-user","user_id":1,"username":"end %d"`, i))
		last++
		if err := followers[i].follow(last, -1); err != nil {
			t.Errorf("listener %d has %d of %d: %v", i, followers[i].seq, last, err)
		}
	}
	// The client gets the last event of the other server when it reconnects.
	followers[0].conn.Close()
	if err := errors.Join(followers[0].connect(t.Context()), followers[0].follow(last, -1)); err != nil {
		t.Error(err)
	}
	result := failureCounts{acked: last}
	for _, f := range followers {
		f.conn.Close()
		result.lost += last - f.seq
		result.duplicated += len(f.problems)
		for _, p := range f.problems {
			t.Error(p)
		}
		if f.seq != last || f.resyncs != 0 {
			t.Errorf("%s has %d of %d, told %d times that something is lost", f.client, f.seq, last, f.resyncs)
		}
	}
	t.Logf("acked %d, lost %d, duplicated %d", result.acked, result.lost, result.duplicated)
}

// makeSession creates a session and returns its name.
func makeSession(t *testing.T, s *server, name string) string {
	t.Helper()
	s.connect(t, "maker-of-"+name, "").do(`"type":"create-session","session_id":"` + name + `"`)
	return name
}

// TestTwoServers_oneRequest: a request that a client sends to two servers at the same time is
// executed once, and both answers are the same.
func TestTwoServers_oneRequest(t *testing.T) {
	t.Parallel()
	a, b := twoServers(t)
	makeSession(t, a, "ONCE")
	const requests = 40
	connections := []*client{a.connect(t, "me", key("me")+"&session_id=ONCE"), b.connect(t, "me", key("me")+"&session_id=ONCE")}
	var answers [2][requests]string
	var g errgroup.Group
	for i, c := range connections {
		g.Go(func() error {
			c.receive() // the welcome
			for n := range requests {
				c.send(fmt.Sprintf(`{"type":"create-user","session_id":"ONCE","user_id":%d,"username":"u%d","password":%q,"request_id":"r%d"}`, n+1, n+1, password, n))
				got := c.receive()
				for got.Type != "response" {
					got = c.receive()
				}
				answers[i][n] = got.Raw
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for n := range requests {
		if answers[0][n] != answers[1][n] || strings.Contains(answers[0][n], `"error"`) {
			t.Errorf("request %d was answered %s and %s", n, answers[0][n], answers[1][n])
		}
	}
}

// TestTwoServers_newEpoch: a session that one server deletes and creates again has a new epoch for
// clients of the other server.
func TestTwoServers_newEpoch(t *testing.T) {
	t.Parallel()
	a, b := twoServers(t)
	makeSession(t, a, "LIVES")
	f := &follower{addr: a.addr, session: "LIVES", client: "follower", history: new(history)}
	if err := f.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := f.epoch
	other := b.connect(t, "other", "")
	other.do(`"type":"create-user","session_id":"LIVES","user_id":1,"username":"one"`)
	other.do(`"type":"delete-session","session_id":"LIVES","really":true`)
	other.do(`"type":"create-session","session_id":"LIVES"`)
	other.do(`"type":"create-user","session_id":"LIVES","user_id":2,"username":"two"`)
	a.connect(t, "own", "").do(`"type":"create-user","session_id":"LIVES","user_id":3,"username":"three"`)
	got, err := f.next(waitTimeout)
	if err != nil || got.Type != "resync" || got.Reason != "epoch" || got.Epoch == first || got.LastSeq != 2 {
		t.Errorf("after a new epoch: got %+v, %v", got, err)
	}
	f.conn.Close()
}

// TestTwoServers_timers: the timer of a session fires on two servers at the same time, repeatedly.
// Each turn is played once.
func TestTwoServers_timers(t *testing.T) {
	t.Parallel()
	const sessions, turns = 5, 3
	rules := writeFastRuleset(t)
	a := start(t, append([]string{"--ruleset", rules}, noRateLimits...)...)
	b := start(t, append([]string{"--ruleset", rules, "--database-url", "sqlite://" + a.database}, noRateLimits...)...)
	c := a.connect(t, "operator", "")
	for i := range sessions {
		startGame(c, fmt.Sprint("T", i), 10*i+1)
	}
	db, err := sql.Open("sqlite", "file:"+a.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for late := time.After(waitTimeout); len(queryColumn(t, db, fmt.Sprintf("SELECT name FROM sessions WHERE step > %d", turns))) < sessions; {
		select {
		case <-time.After(50 * time.Millisecond): // check again
		case <-late:
			t.Fatal("the sessions do not go on")
		}
	}
	b.stop()
	a.stop()
	if played := turnsPlayed(t, a.database, sessions); played < sessions*turns {
		t.Errorf("only %d turns were played", played)
	}
}
