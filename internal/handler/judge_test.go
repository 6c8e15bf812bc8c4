package handler_test

import (
	"context"
	"strings"
	"testing"

	"seg.example/internal/game"
	"seg.example/internal/handler"
)

// wayward carries commands out as a store does, but refuses or tells what it should not.
type wayward struct {
	handler.Store

	refusal error      // nil: none
	event   game.Event // told besides; nil: none
}

func (w wayward) Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	if w.refusal != nil {
		return w.refusal
	}
	return w.Store.Update(ctx, c, func(s *game.Session, env game.Env) (game.Outcome, error) {
		out, err := apply(s, env)
		if w.event != nil {
			out.Events = append(out.Events, w.event)
		}
		return out, err
	})
}

// TestJudge_wayward: what a handler answers with, or causes, and the schema does not declare, fails contract mode: a code, an event,
// and data of another shape.
func TestJudge_wayward(t *testing.T) {
	t.Parallel()
	const create = `{"type":"create-user","request_id":"r","password":"secret","user_id":7,"username":"Ann","session_id":"A"}`
	for name, c := range map[string]struct {
		wayward wayward
		want    string // part of what is wrong; "" for nothing
	}{
		"nothing":               {wayward{}, ""},
		"a code of its own":     {wayward{refusal: game.Refuse(game.CodeConflict, "No")}, ""},
		"another code":          {wayward{refusal: game.Refuse(game.CodeNoSpace, "No")}, "refused with no_space, which its x-errors does not name"},
		"a code that is none":   {wayward{refusal: game.Refuse("no_idea", "No")}, "refusal of create-user"},
		"its own event":         {wayward{event: game.UserCreated{User: game.User{ID: 8, Username: "Bob", SessionID: "A"}}}, ""},
		"another event":         {wayward{event: game.UserDeleted{UserID: 7}}, "has caused api-user_deleted, which its x-emits does not name"},
		"an event out of range": {wayward{event: game.UserCreated{User: game.User{ID: -8, Username: "Bob", SessionID: "A"}}}, "data of api-create_user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.send(`{"type":"create-session","session_id":"A","password":"secret"}`)
			c.wayward.Store = s.store
			s.d = s.dispatcher(c.wayward, s.store, nil)
			s.sent = nil
			for _, frame := range s.d.Dispatch(t.Context(), &s.caller, []byte(create)) {
				s.sent = append(s.sent, string(frame))
			}
			err := s.verdict(create, s.sent)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q, of %q", err, c.want, s.sent)
			}
		})
	}
}
