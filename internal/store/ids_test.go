package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// drawn carries out a command that draws numbers and does nothing else.
func drawn(t *testing.T, s *store.Store, session string, kind game.Kind, n int) []int64 {
	t.Helper()
	ids, err := draw(s, session, kind, n)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func draw(s *store.Store, session string, kind game.Kind, n int) (ids []int64, err error) {
	err = s.Update(context.Background(), game.Command{Session: session}, func(_ *game.Session, env game.Env) (game.Outcome, error) {
		ids = nil
		for range n {
			ids = append(ids, env.IDs.NextID(kind))
		}
		return game.Outcome{}, nil
	})
	return ids, err
}

func numbers(from, to int64) (all []int64) {
	for id := from; id <= to; id++ {
		all = append(all, id)
	}
	return all
}

// TestIDs_goOn: numbers begin with 1 and go on where they were, whatever the number of blocks, after a program has ended as it
// should too.
func TestIDs_goOn(t *testing.T) {
	t.Parallel()
	for _, kind := range game.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.mustCreate("A")
			if got := drawn(t, f.Store, "A", kind, 2000); !slices.Equal(got, numbers(1, 2000)) {
				t.Errorf("drew %v", got)
			}
			must(t, f.Close())
			f.Store = f.open()
			if got := drawn(t, f.Store, "A", kind, 3); !slices.Equal(got, numbers(2001, 2003)) {
				t.Errorf("after a restart: %v", got)
			}
		})
	}
}

// TestIDs_neverTwice: a number is not drawn again after a program that did not end, such as one that was killed, and not by
// one that has the database open at the same time.
func TestIDs_neverTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	seen := map[int64]bool{}
	for range 5 {
		s := f.open() // the ones before stay open
		t.Cleanup(func() { must(t, s.Close()) })
		for _, id := range drawn(t, s, "A", game.KindCompany, 50) {
			if seen[id] || id < 1 {
				t.Fatalf("%d was drawn twice", id)
			}
			seen[id] = true
		}
	}
}

// TestIDs_together: commands on many sessions draw at the same time, in two programs.
func TestIDs_together(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.open()
	t.Cleanup(func() { must(t, second.Close()) })
	const sessions, each = 8, 100
	all := make([][]int64, sessions)
	var g errgroup.Group
	for i := range sessions {
		name := fmt.Sprint("S", i)
		f.mustCreate(name)
		g.Go(func() (err error) {
			all[i], err = draw([]*store.Store{f.Store, second}[i%2], name, game.KindOffer, each)
			return err
		})
	}
	must(t, g.Wait())
	seen := map[int64]bool{}
	for _, ids := range all {
		if !slices.IsSorted(ids) {
			t.Errorf("not in order: %v", ids)
		}
		for _, id := range ids {
			seen[id] = true
		}
	}
	if len(seen) != sessions*each {
		t.Errorf("drew %d different numbers, want %d", len(seen), sessions*each)
	}
}

// TestIDs_lowerIsOlder: what two programs put into one session in turns has higher numbers each time, though each of them
// has reserved numbers before.
func TestIDs_lowerIsOlder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	second := f.open()
	t.Cleanup(func() { must(t, second.Close()) })
	last := map[game.Kind]int64{}
	for i := range 10 {
		var drawn map[game.Kind]int64 // by the attempt that was stored: the first may have been made from an old state
		one := []*store.Store{f.Store, second}[i%2]
		err := one.Update(t.Context(), game.Command{Session: "A"}, func(s *game.Session, env game.Env) (game.Outcome, error) {
			drawn = map[game.Kind]int64{}
			for _, kind := range game.Kinds() {
				drawn[kind] = env.IDs.NextID(kind)
			}
			c := newCompany(env, drawn[game.KindCompany])
			c.Credits = []game.Credit{{ID: drawn[game.KindCredit]}}
			c.Deposits = []game.Deposit{{ID: drawn[game.KindDeposit]}}
			c.Factories = []game.Factory{{ID: drawn[game.KindFactory]}}
			s.Companies = append(s.Companies, c)
			s.Offers = append(s.Offers, game.Offer{ID: drawn[game.KindOffer], CompanyID: c.ID})
			return game.Outcome{}, nil
		})
		must(t, err)
		for kind, id := range drawn {
			if id <= last[kind] {
				t.Errorf("%s %d after %d", kind, id, last[kind])
			}
		}
		last = drawn
	}
}

// TestIDs_noRoom: a command that cannot get a number fails, and leaves nothing.
func TestIDs_noRoom(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	before := dump(f)
	if _, err := execSQL(f, "CREATE TRIGGER full BEFORE INSERT ON ids BEGIN SELECT raise(ABORT, 'no more numbers'); END"); err != nil {
		t.Fatal(err)
	}
	_, err := draw(f.Store, "A", game.KindCompany, 3)
	if err == nil || !strings.Contains(err.Error(), "no more numbers") {
		t.Errorf("got %v", err)
	}
	err = f.Create(t.Context(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
		env.IDs.NextID(game.KindOffer)
		s, err := game.NewSession(game.NewSessionOptions{ID: "B"}, rules, env.Rand)
		return s, game.Outcome{}, err
	})
	if err == nil || !strings.Contains(err.Error(), "no more numbers") {
		t.Errorf("got %v", err)
	}
	if got := dump(f); !slices.Equal(got, before) {
		t.Errorf("left %v", got)
	}
}
