package store_test

import (
	"context"
	"testing"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// TestStore_Create_meanwhile: another program makes a session after this one has found its name free, and before it has stored its
// own. The second is refused as if the first had always been there.
func TestStore_Create_meanwhile(t *testing.T) {
	t.Parallel()
	create := func(s *store.Store) error {
		return s.Create(context.Background(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
			session, err := game.NewSession(game.NewSessionOptions{ID: "S"}, rules, env.Rand)
			return session, game.Outcome{Events: []game.Event{game.UserCreated{}}}, err
		})
	}
	var other *store.Store
	f := newFixtureWith(t, func(o *store.Options) {
		o.Encode = func(e game.Event) (string, []byte) {
			if other != nil { // between looking and storing
				first := other
				other = nil
				must(t, create(first))
			}
			return encode(e)
		}
	})
	second := f.open()
	t.Cleanup(func() { must(t, second.Close()) })
	other = second
	wantRefusal(t, create(f.Store), game.CodeConflict)
	if n := query[int](f, "SELECT count(*) FROM sessions"); n[0] != 1 {
		t.Errorf("%d sessions", n[0])
	}
}
