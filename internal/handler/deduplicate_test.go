package handler_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

func withKey(t *testing.T) *server {
	t.Helper()
	s := withUsers(t)
	s.caller.Key = "hash of a key"
	return s
}

// TestOnce sends every command again after the state has changed. It gets the first answer again,
// without events.
func TestOnce(t *testing.T) {
	t.Parallel()
	s := withKey(t)
	left := map[string]bool{}
	for _, m := range route.Messages() {
		left[m.Type] = m.Mutates
	}
	var frames, answers []string
	for i, c := range allCommands() {
		frame := `{"type":"` + c.typ + `",` + c.fields(s) + `,"password":"secret","request_id":"q` + strconv.Itoa(i) + `"}`
		got := s.send(frame)
		if len(got) == 0 || strings.Contains(got[0], `"error"`) {
			t.Fatalf("%s: got %v, want success", frame, got)
		}
		frames, answers = append(frames, frame), append(answers, got[0])
		left[c.typ] = false
	}
	for typ, missing := range left {
		if missing {
			t.Errorf("got no case for %s, want one", typ)
		}
	}
	for i, frame := range frames {
		s.want(frame, answers[i])
		// Another connection of the client, another order of members, and a number as text are the same request.
		s.caller.Conn++
		s.want(frame, answers[i])
		s.want(strings.Replace(frame, `{"type"`, `{ "note":1 , "type"`, 1), answers[i])
		s.want(strings.Replace(frame, `"user_id":1`, `"user_id":"1"`, 1), answers[i])
	}
	s.want(`{"type":"get-user","id":1,"request_id":"r"}`, response("null"))
}

// TestOnce_other: an id that was used with other parameters or another type is a conflict. With a
// wrong password the request is unauthorized. Other clients have their own ids.
func TestOnce_other(t *testing.T) {
	t.Parallel()
	s := withKey(t)
	create := func(id, password string) string {
		return `{"type":"create-user","user_id":` + id + `,"username":"Ann","session_id":"B","password":"` + password + `","request_id":"r"}`
	}
	first := s.send(create("7", "secret"))
	conflict := refusal("conflict", "This request_id has been used with other parameters")
	s.want(create("8", "secret"), conflict)
	s.want(`{"type":"delete-user","user_id":7,"password":"secret","request_id":"r"}`, conflict)
	s.want(create("7", "wrong"), refusal("unauthorized", "Password is incorrect"))
	s.want(create("7", "secret"), first[0])
	s.caller.Key = "another"
	s.want(create("7", "secret"), refusal("conflict", "User 7 already exists"))
	s.caller.Key = ""
	for range 2 { // without a key, requests are not deduplicated
		s.want(create("7", "secret"), refusal("conflict", "User 7 already exists"))
	}
	// "1" and 1 are different ids.
	s.caller.Key = "hash of a key"
	for i, id := range []string{`"1"`, `1`} {
		got := s.send(`{"type":"create-session","session_id":"N` + string(rune('0'+i)) + `","password":"secret","request_id":` + id + `}`)
		if len(got) != 1 || strings.Contains(got[0], "error") {
			t.Errorf("%s: got %v, want success", id, got)
		}
	}
}

// TestOnce_refusal: a refusal of the rules is repeated, even if its reason no longer exists. Errors
// about fields or the password are not stored.
func TestOnce_refusal(t *testing.T) {
	t.Parallel()
	s := withKey(t)
	frame := func(id string) string {
		return `{"type":"create-user","user_id":8,"username":"Bob","session_id":"new","password":"secret","request_id":"` + id + `"}`
	}
	refused := strings.Replace(refusal("not_found", "Session not found"), `"r"`, `"1"`, 1)
	s.want(frame("1"), refused)
	s.want(`{"type":"update-user","user_id":8,"username":"x","password":"secret","request_id":"r"}`, refusal("not_found", "User not found"))
	s.send(`{"type":"create-session","session_id":"new","password":"secret"}`)
	s.want(frame("1"), refused)
	if got := s.send(frame("2")); len(got) != 2 {
		t.Errorf("a new id: got %v, want success and a broadcast", got)
	}
	s.want(`{"type":"update-user","user_id":8,"username":"x","password":"secret","request_id":"r"}`, refusal("not_found", "User not found"))
	s.want(`{"type":"update-user","user_id":8,"username":"x","request_id":"p"}`, strings.Replace(response(`{"error":"Missing required field: password","code":"missing_field",`+
		`"details":[{"path":"/password","message":"is required"}]}`), `"r"`, `"p"`, 1))
	got := s.send(`{"type":"update-user","user_id":8,"username":"x","password":"secret","request_id":"p"}`)
	if len(got) != 2 || strings.Contains(got[0], "error") {
		t.Errorf("after an invalid message: got %v, want success and a broadcast", got)
	}
}

// TestOnce_stageChanged: the first answer is repeated although the session's stage has changed.
func TestOnce_stageChanged(t *testing.T) {
	t.Parallel()
	s := withKey(t)
	const frame = `{"type":"create-user","user_id":7,"username":"Ann","session_id":"B","password":"secret","request_id":"r"}`
	first := s.send(frame)
	s.setStage("B", game.StageGame)
	if got := s.send(frame); !slices.Equal(got, first[:1]) {
		t.Errorf("got %v, want the first answer, %v", got, first[:1])
	}
}
