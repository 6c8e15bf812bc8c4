package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws/wsutil"
)

// TestAnswerBeforeItsEvents_catchUp: a client that is being caught up from the log gets each answer
// before the events of its command. An event that was committed but not published yet could be read
// from the log and overtake the answer.
func TestAnswerBeforeItsEvents_catchUp(t *testing.T) {
	t.Parallel()
	const rounds, commands, missed = 5, 10, 600
	s := start(t, noRateLimits...)
	r := startStream(t, s, "BEHIND", 4, 0) // other clients continue, so that there are always new events
	setUp := s.connect(t, "own-set-up", "")
	setUp.do(`"type":"create-user","session_id":"BEHIND","user_id":9,"username":"own"`)
	f := &follower{addr: s.addr, session: "BEHIND", client: "own", history: new(history)}
	if err := errors.Join(f.connect(t.Context()), f.follow(missed, -1)); err != nil {
		t.Fatal(err)
	}
	f.conn.Close()
	var told int
	for round := range rounds {
		f.seq -= missed // catching up takes several reads of the log
		if err := f.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		answered := map[string]bool{}
		f.onEvent = func(e frame) {
			var update struct{ New struct{ Username string } }
			if json.Unmarshal(e.Data, &update) != nil || !strings.HasPrefix(update.New.Username, fmt.Sprintf("own %d-", round)) {
				return
			}
			told++
			if !answered[update.New.Username] {
				t.Errorf("got the event about %s before the answer", update.New.Username)
			}
		}
		for sent := 0; told < (round+1)*commands; {
			if sent == len(answered) && sent < commands {
				name := fmt.Sprintf("own %d-%d", round, sent)
				request := fmt.Sprintf(`{"type":"update-user","user_id":9,"username":%q,"password":%q,"request_id":%q}`, name, password, name)
				if err := wsutil.WriteClientText(f.conn, []byte(request)); err != nil {
					t.Fatal(err)
				}
				sent++
			}
			got, err := f.next(waitTimeout)
			if err != nil {
				t.Fatal(err)
			}
			var id string
			if got.Type == "response" && json.Unmarshal(got.RequestID, &id) == nil {
				answered[id] = true
			}
			f.handle(got)
		}
		f.conn.Close()
	}
	r.end()
	for _, p := range f.problems {
		t.Error(p)
	}
}

// TestManyEventsAtOnce: a client whose command causes more events than fit into its queue gets the answer
// and then all events, also if it subscribes to all sessions. It used to be closed as too slow.
func TestManyEventsAtOnce(t *testing.T) {
	t.Parallel()
	const limit, companies, rounds = 4096, 12, 5
	s := start(t, append([]string{"--max-queue", fmt.Sprint(limit)}, noRateLimits...)...)
	c := s.connect(t, "operator", "")
	for round := range rounds {
		session := fmt.Sprint("MUCH", round)
		c.do(`"type":"create-session","session_id":"` + session + `"`)
		for i := round*companies + 1; i <= (round+1)*companies; i++ {
			c.do(fmt.Sprintf(`"type":"create-user","session_id":%q,"user_id":%d,"username":"u%d"`, session, i, i))
			c.do(fmt.Sprintf(`"type":"create-company","who_create":%d,"name":"c%d"`, i, i))
		}
		c.send(`{"type":"update-session-stage","stage":"Game","session_id":"` + session + `","password":"` + password + `","request_id":"much"}`)
		answered, size := false, 0
		for ended := false; !ended; {
			got := c.receive()
			answered = answered || string(got.RequestID) == `"much"`
			if answered {
				size += len(got.Raw)
			}
			ended = answered && got.Type == "api-update_session_stage"
		}
		if size <= limit {
			t.Errorf("no more than %d bytes came at once", size)
		}
	}
}
