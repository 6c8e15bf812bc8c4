package handler_test

import (
	"context"
	"strings"
	"testing"

	"seg.example/internal/game"
	"seg.example/internal/handler"
)

// misbehavingStore is a store that returns a wrong refusal or adds a wrong event.
type misbehavingStore struct {
	handler.Store

	refusal error      // what Update returns; nil: none
	event   game.Event // added to the command's events; nil: none
}

func (w misbehavingStore) Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
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

// TestJudge_misbehavingStore: the contract check finds error codes and events that the schema does not
// declare for a request, and invalid data.
func TestJudge_misbehavingStore(t *testing.T) {
	t.Parallel()
	const create = `{"type":"create-user","request_id":"r","password":"secret","user_id":7,"username":"Ann","session_id":"A"}`
	for name, c := range map[string]struct {
		misbehavingStore misbehavingStore
		want             string // part of the error; "" for none
	}{
		"nothing":               {misbehavingStore{}, ""},
		"a code of its own":     {misbehavingStore{refusal: game.Refuse(game.CodeConflict, "No")}, ""},
		"another code":          {misbehavingStore{refusal: game.Refuse(game.CodeNoSpace, "No")}, "refused with no_space, which is not in its x-errors"},
		"a code that is none":   {misbehavingStore{refusal: game.Refuse("no_idea", "No")}, "refusal of create-user"},
		"its own event":         {misbehavingStore{event: game.UserCreated{User: game.User{ID: 8, Username: "Bob", SessionID: "A"}}}, ""},
		"another event":         {misbehavingStore{event: game.UserDeleted{UserID: 7}}, "caused api-user_deleted, which is not in its x-emits"},
		"an event out of range": {misbehavingStore{event: game.UserCreated{User: game.User{ID: -8, Username: "Bob", SessionID: "A"}}}, "data of api-create_user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.send(`{"type":"create-session","session_id":"A","password":"secret"}`)
			c.misbehavingStore.Store = s.store
			s.d = s.dispatcher(c.misbehavingStore, s.store, nil)
			s.sent = nil
			for _, frame := range s.d.Dispatch(t.Context(), &s.caller, []byte(create)) {
				s.sent = append(s.sent, string(frame))
			}
			err := s.contractError(create, s.sent)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q, of %q", err, c.want, s.sent)
			}
		})
	}
}
