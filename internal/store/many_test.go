package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// crowd lets n users join in one command.
func crowd(from, n int64) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		var all []game.Event
		for id := from; id < from+n; id++ {
			_, events, err := s.CreateUser(id, fmt.Sprint("u", id))
			if err != nil {
				return nil, err
			}
			all = append(all, events...)
		}
		return all, nil
	}
}

// TestStore_manyEvents: the events of a large command, which are encoded while its rows are written, are told and logged like any
// others.
func TestStore_manyEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", crowd(1, 1000))
	f.mustDo("A", crowd(1001, 1))
	told := f.all()
	if big := told[1]; big.FirstSeq != 1 || len(big.Events) != 1000 || told[2].FirstSeq != 1001 {
		t.Fatalf("events from %d, %d of them, and then from %d", big.FirstSeq, len(big.Events), told[2].FirstSeq)
	}
	m, err := f.Events(context.Background(), "A", store.Position{Epoch: told[1].Epoch}, 2000)
	if err != nil || len(m.Events) != 1001 {
		t.Fatalf("%d events are logged, %v", len(m.Events), err)
	}
	for i, e := range m.Events {
		want := append(append([]store.Event(nil), told[1].Events...), told[2].Events...)[i]
		if e.Seq != int64(i+1) || e.Type != want.Type || string(e.Data) != string(want.Data) {
			t.Fatalf("event %d is logged as %d %s %s, but was told as %s %s", i+1, e.Seq, e.Type, e.Data, want.Type, want.Data)
		}
	}
}

// TestStore_manyEvents_notEncoded: a command whose events cannot be encoded leaves nothing, and hurts nobody else, however many it has.
func TestStore_manyEvents_notEncoded(t *testing.T) {
	t.Parallel()
	for name, encode := range map[string]func() []byte{
		"no JSON": func() []byte { return []byte(`{"a":`) },
		"panic":   func() []byte { panic("no such event") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixtureWith(t, func(o *store.Options) {
				usual := o.Encode
				o.Encode = func(e game.Event) (string, []byte) {
					if made, ok := e.(game.UserCreated); ok && made.User.ID == 777 {
						return "api-create_user", encode()
					}
					return usual(e)
				}
			})
			f.mustCreate("A")
			err := f.do("A", crowd(1, 1000))
			if err == nil || !strings.Contains(err.Error(), "encode") {
				t.Errorf("got %v", err)
			}
			if rows := query[int64](f, "SELECT count(*) FROM users"); rows[0] != 0 || len(f.all()) != 1 {
				t.Errorf("%d users, %d commits told", rows[0], len(f.all()))
			}
			f.mustDo("A", crowd(1, 500))
			if told := f.all(); told[1].FirstSeq != 1 || len(told[1].Events) != 500 {
				t.Errorf("the next events count from %d, %d of them", told[1].FirstSeq, len(told[1].Events))
			}
		})
	}
}
