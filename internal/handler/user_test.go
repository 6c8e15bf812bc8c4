package handler_test

import (
	"strings"
	"testing"

	"seg.example/internal/game"
)

// withUsers returns a server with the sessions A and B and three users.
func withUsers(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	for _, frame := range []string{
		`{"type":"create-session","session_id":"A","password":"secret"}`,
		`{"type":"create-session","session_id":"B","password":"secret"}`,
		`{"type":"create-user","user_id":30,"username":"Jane","session_id":"A","password":"secret"}`,
		`{"type":"create-user","user_id":20,"username":"Jane","session_id":"B","password":"secret"}`,
		`{"type":"create-user","user_id":12345,"username":"JohnDoe","session_id":"A","password":"secret"}`,
	} {
		for _, f := range s.send(frame) {
			if strings.Contains(f, "error") {
				t.Fatalf("got %s, want success", f)
			}
		}
	}
	return s
}

const (
	john  = `{"id":12345,"username":"JohnDoe","company_id":0,"session_id":"A"}`
	jane  = `{"id":30,"username":"Jane","company_id":0,"session_id":"A"}`
	janeB = `{"id":20,"username":"Jane","company_id":0,"session_id":"B"}`
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	const made = `{"session_id":"B","user":{"id":7,"username":"Ann <\"é\">","company_id":0,"session_id":"B"}}`
	s.want(`{"type":"create-user","user_id":"7","username":" Ann <\"\u00e9\"> ","session_id":"B","password":"secret","request_id":"r"}`,
		response(made), broadcast("api-create_user", made, "2", "B"))
	s.want(`{"type":"create-user","user_id":8,"username":"Bob","session_id":"B","password":"secret"}`,
		broadcast("api-create_user", `{"session_id":"B","user":{"id":8,"username":"Bob","company_id":0,"session_id":"B"}}`, "3", "B"))
}

func TestCreateUser_refuses(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	s.setStage("B", game.StageCellSelect)
	for _, c := range []struct{ fields, code, text string }{
		{`"user_id":30,"username":" ","session_id":"C"`, "not_found", "Session not found"},
		{`"user_id":30,"username":"  ","session_id":"B"`, "wrong_stage", "Users can join only in stage FreeUserConnect"},
		{`"user_id":1,"username":" \t ","session_id":"A"`, "invalid_field", "A username has 1-32 characters and no control characters"},
		{`"user_id":1,"username":"a\u0000b","session_id":"A"`, "invalid_field", "A username has 1-32 characters and no control characters"},
		{`"user_id":1,"username":"` + strings.Repeat("x", 33) + `","session_id":"A"`, "invalid_field", "A username has 1-32 characters and no control characters"},
		{`"user_id":1,"username":"Jane","session_id":"A"`, "conflict", "Username Jane is taken in this session"},
		{`"user_id":30,"username":"x","session_id":"A"`, "conflict", "User 30 already exists"},
		{`"user_id":20,"username":"x","session_id":"A"`, "conflict", "User 20 already exists"},
	} {
		s.want(`{"type":"create-user",`+c.fields+`,"password":"secret","request_id":"r"}`, refusal(c.code, c.text))
	}
	s.want(`{"type":"create-user","user_id":1,"username":"Jane","session_id":"A","password":"secret"}`,
		`{"type":"error","message":"Username Jane is taken in this session","error":"Username Jane is taken in this session","code":"conflict"}`)
	s.want(`{"type":"get-users","request_id":"r"}`, response("["+janeB+","+jane+","+john+"]"))
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	const (
		renamed = `{"id":12345,"username":"Johnny","company_id":0,"session_id":"A"}`
		both    = `{"session_id":"A","new":` + renamed + `,"old":` + john + `}`
	)
	s.want(`{"type":"update-user","user_id":12345,"username":"Johnny ","company_id":"0","password":"secret","request_id":"r"}`,
		response(both), broadcast("api-update_user", both, "3", "A"))
	s.want(`{"type":"get-user","id":12345,"request_id":"r"}`, response(renamed))
}

func TestUpdateUser_refuses(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	for _, c := range []struct{ fields, code, text string }{
		{`"user_id":1,"username":"x"`, "not_found", "User not found"},
		{`"user_id":30,"company_id":7`, "not_found", "Company not found"},
		{`"user_id":30,"username":"` + strings.Repeat("x", 33) + `"`, "invalid_field", "A username has 1-32 characters and no control characters"},
		{`"user_id":30,"username":"JohnDoe"`, "conflict", "Username JohnDoe is taken in this session"},
		{`"user_id":30,"username":"Jane"`, "conflict", "Nothing to change"},
		{`"user_id":30,"company_id":0`, "conflict", "Nothing to change"},
		{`"user_id":30,"username":null,"company_id":null`, "conflict", "Nothing to change"},
		{`"user_id":30`, "conflict", "Nothing to change"},
	} {
		s.want(`{"type":"update-user",`+c.fields+`,"password":"secret","request_id":"r"}`, refusal(c.code, c.text))
	}
	s.setStage("A", game.StageEnd)
	s.want(`{"type":"update-user","user_id":30,"username":"x","password":"secret","request_id":"r"}`,
		refusal("wrong_stage", "Users cannot be changed in stage End"))
	s.want(`{"type":"update-user","user_id":30,"company_id":7,"password":"secret","request_id":"r"}`,
		refusal("not_found", "Company not found"))
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	s.setStage("A", game.StageEnd)
	const frame = `{"type":"delete-user","user_id":30,"password":"secret","request_id":"r"}`
	s.want(frame, response("null"), broadcast("api-user_deleted", `{"user_id":30}`, "3", "A"))
	s.want(frame, refusal("not_found", "User not found"))
}

func TestGetUsers(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	for _, c := range []struct{ fields, data string }{
		{``, "[" + janeB + "," + jane + "," + john + "]"},
		{`"session_id":"A",`, "[" + jane + "," + john + "]"},
		{`"session_id":null,"company_id":"0",`, "[" + janeB + "," + jane + "," + john + "]"},
		{`"session_id":"C",`, "[]"},
		{`"company_id":1,`, "[]"},
		{`"company_id":0,"session_id":"B",`, "[" + janeB + "]"},
	} {
		s.want(`{"type":"get-users",`+c.fields+`"request_id":"r"}`, response(c.data))
	}
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	for _, c := range []struct{ fields, data string }{
		{``, janeB},
		{`"id":12345,`, john},
		{`"id":"12345",`, john},
		{`"id":1,`, "null"},
		{`"username":"Jane",`, janeB},
		{`"username":"Jane","session_id":"A",`, jane},
		{`"username":"jane",`, "null"},
		{`"username":" Jane",`, "null"},
		{`"username":"",`, "null"},
		{`"username":"a\u0000b",`, "null"},
		{`"username":"JohnDoe","session_id":"B",`, "null"},
		{`"company_id":0,`, janeB},
		{`"company_id":1,`, "null"},
		{`"session_id":"A",`, jane},
		{`"session_id":"C",`, "null"},
	} {
		s.want(`{"type":"get-user",`+c.fields+`"request_id":"r"}`, response(c.data))
	}
}

// TestIDOfNone: the id 0 means "none" in queries, and finds nothing. (Once it was refused as
// invalid.)
func TestIDOfNone(t *testing.T) {
	t.Parallel()
	s := withOffers(t)
	for fields, want := range map[string]string{
		`"type":"get-user","id":0`:              `null`,
		`"type":"get-user","id":"0"`:            `null`,
		`"type":"get-company","id":0`:           `null`,
		`"type":"get-exchanges","company_id":0`: `[]`,
		`"type":"get-factories","company_id":0`: `{"factories":[]}`,
		`"type":"get-factories","company_id":0,"complectation":"iron","session_id":"no"`: `{"factories":[]}`,
	} {
		s.want(`{`+fields+`,"request_id":"r"}`, response(want))
	}
	for _, typ := range []string{"get-user", "get-company"} {
		if got := s.send(`{"type":"` + typ + `","id":-1,"request_id":"r"}`); !strings.Contains(got[0], `"invalid_field"`) {
			t.Errorf("%s of -1: got %s, want invalid_field", typ, got)
		}
	}
	s.want(`{"type":"get-factories","company_id":99,"request_id":"r"}`, refusal("not_found", "Company not found"))
}
