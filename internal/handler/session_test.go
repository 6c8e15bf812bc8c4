package handler_test

import (
	"regexp"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// session returns the JSON of a session.
func session(id, stage, maxSteps, lastSeq, ruleset string) string {
	return `{"session_id":"` + id + `","cells":[],"map_size":{"rows":7,"cols":7},"map_pattern":"random","cell_counts":{},` +
		`"stage":"` + stage + `","step":0,"max_steps":` + maxSteps + `,"stage_deadline":null,"last_seq":` + lastSeq + `,"ruleset":"` + ruleset + `"}`
}

func TestCreateSession(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.want(`{"type":"create-session","session_id":"GAME_001","password":"secret","request_id":"r"}`,
		response(`{"session":`+session("GAME_001", "FreeUserConnect", "15", "0", "classic")+`}`))
	s.want(`{"type":"create-session","session_id":"GAME_001","password":"secret","request_id":"r"}`,
		refusal("conflict", "Session GAME_001 already exists"))
	s.want(`{"type":"create-session","session_id":"GAME_002","ruleset":"industrial","max_steps":3,"password":"secret","request_id":"r"}`,
		response(`{"session":`+session("GAME_002", "FreeUserConnect", "3", "0", "industrial")+`}`))
	s.want(`{"type":"create-session","session_id":"GAME_003","password":"secret"}`)
	s.want(`{"type":"create-session","ruleset":"chess","password":"secret","request_id":"r"}`,
		refusal("invalid_field", "No ruleset is called chess; there are: classic, industrial"))
	s.want(`{"type":"get-session","session_id":"GAME_003","request_id":"r"}`,
		response(session("GAME_003", "FreeUserConnect", "15", "0", "classic")))
}

func TestCreateSession_drawsAName(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got := s.send(`{"type":"create-session","session_id":null,"password":"secret","request_id":"r"}`)
	want := regexp.MustCompile(`"session_id":"[A-Z0-9]{8}"`)
	if len(got) != 1 || !want.MatchString(got[0]) {
		t.Errorf("got %v, want a random id of 8 characters", got)
	}
}

func TestGetSessions(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	s.setStage("B", game.StageGame)
	a, b := session("A", "FreeUserConnect", "15", "2", "classic"), session("B", "Game", "15", "1", "classic")
	for _, c := range []struct{ frame, data string }{
		{`{"type":"get-sessions","request_id":"r"}`, "[" + a + "," + b + "]"},
		{`{"type":"get-sessions","stage":"Game","request_id":"r"}`, "[" + b + "]"},
		{`{"type":"get-sessions","stage":"End","request_id":"r"}`, "[]"},
		{`{"type":"get-session","request_id":"r"}`, a},
		{`{"type":"get-session","stage":"Game","request_id":"r"}`, b},
		{`{"type":"get-session","session_id":"B","request_id":"r"}`, b},
		{`{"type":"get-session","session_id":"A","stage":"Game","request_id":"r"}`, "null"},
		{`{"type":"get-session","session_id":"a","request_id":"r"}`, "null"},
	} {
		s.want(c.frame, response(c.data))
	}
}

// TestGetSession_map: the answer contains the cells of the map and counts them.
func TestGetSession_map(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	err := s.store.Update(t.Context(), game.Command{Session: "A"}, func(g *game.Session, _ game.Env) (game.Outcome, error) {
		g.Cells = []string{"water", "city", "water"}
		return game.Outcome{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.send(`{"type":"get-session","session_id":"A","request_id":"r"}`)
	if len(got) != 1 || !strings.Contains(got[0], `"cells":["water","city","water"]`) ||
		!strings.Contains(got[0], `"cell_counts":{"city":1,"water":2}`) {
		t.Errorf("got %v, want the cells and their counts", got)
	}
}

func TestDeleteSession(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	s.setStage("A", game.StageEnd)
	const frame = `{"type":"delete-session","session_id":"A","really":true,"password":"secret","request_id":"r"}`
	s.want(frame, response("null"), broadcast("api-session_deleted", `{"session_id":"A"}`, "3", "A"))
	s.want(frame, refusal("not_found", "Session not found"))
	s.want(`{"type":"get-users","request_id":"r"}`, response("["+janeB+"]"))
	s.want(`{"type":"get-session","session_id":"A","request_id":"r"}`, response("null"))
	s.want(`{"type":"update-user","user_id":30,"username":"x","password":"secret","request_id":"r"}`, refusal("not_found", "User not found"))

	// A new session with the same id starts at seq 1.
	s.send(`{"type":"create-session","session_id":"A","password":"secret"}`)
	const made = `{"session_id":"A","user":{"id":30,"username":"Jane","company_id":0,"session_id":"A"}}`
	s.want(`{"type":"create-user","user_id":30,"username":"Jane","session_id":"A","password":"secret","request_id":"r"}`,
		response(made), broadcast("api-create_user", made, "1", "A"))
}

func TestDeleteSession_really(t *testing.T) {
	t.Parallel()
	s := withUsers(t)
	for _, really := range []string{"false", "null", "1", `"true"`} {
		got := s.send(`{"type":"delete-session","session_id":"A","really":` + really + `,"password":"secret","request_id":"r"}`)
		if len(got) != 1 || !strings.Contains(got[0], `_field","details":[{"path":"/really"`) {
			t.Errorf("really %s: got %v, want an error about /really", really, got)
		}
	}
}
