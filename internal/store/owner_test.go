package store_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// scripted returns the given numbers first, then random ones. It is safe for concurrent use.
type scripted struct {
	mu    sync.Mutex
	falls []int
}

func (d *scripted) IntN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.falls) == 0 {
		return testRand{}.IntN(n)
	}
	fall := d.falls[0]
	d.falls = d.falls[1:]
	return fall % n
}

func (d *scripted) next(falls ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.falls = falls
}

// found founds a company, with a code that is drawn: 100,000 and the random number.
func found(f *fixture, session string) (code int64, err error) {
	err = change(f, session, func(s *game.Session, env game.Env) {
		c := newCompany(env, env.IDs.NextID(game.KindCompany))
		code = c.SecretCode
		s.Companies = append(s.Companies, c)
	})
	return code, err
}

func mustFind(t *testing.T, f *fixture, session string, want int64) {
	t.Helper()
	if code, err := found(f, session); err != nil || code != want {
		t.Errorf("a company of %s has the code %d (%v), want %d", session, code, err, want)
	}
}

func codes(f *fixture) []string {
	return query[string](f, "SELECT concat(o.id, ' ', s.name) FROM owners AS o JOIN sessions AS s ON s.id = o.session_id WHERE kind = 'secret_code' ORDER BY 1")
}

// TestStore_secretCodes: a code that another session holds, or the same one, is drawn again; it is free when its company or its
// session is gone, and when its session has ended.
func TestStore_secretCodes(t *testing.T) {
	t.Parallel()
	d := new(scripted)
	f := newFixtureWith(t, func(o *store.Options) { o.Rand = d })
	f.mustCreate("A", "B", "C")
	d.next(1)
	mustFind(t, f, "A", 100_001)
	d.next(1, 1, 2)
	mustFind(t, f, "B", 100_002)
	d.next(2, 2, 1, 3)
	mustFind(t, f, "B", 100_003)
	if got := codes(f); !slices.Equal(got, []string{"100001 A", "100002 B", "100003 B"}) {
		t.Errorf("held: %v", got)
	}

	f.mustDo("A", setStage(game.StageEnd))
	d.next(1)
	mustFind(t, f, "C", 100_001)
	must(t, change(f, "A", func(s *game.Session, _ game.Env) { s.Companies = nil })) // what C holds now stays there
	must(t, change(f, "B", func(s *game.Session, _ game.Env) { s.Companies = s.Companies[1:] }))
	if got := codes(f); !slices.Equal(got, []string{"100001 C", "100003 B"}) {
		t.Errorf("held: %v", got)
	}
	d.next(2)
	mustFind(t, f, "C", 100_002)
	f.mustDo("C", deleteSession)
	d.next(1)
	mustFind(t, f, "B", 100_001)
}

// TestStore_secretCodes_together: codes that are drawn at the same time are decided by the table, when nobody held them before.
func TestStore_secretCodes_together(t *testing.T) {
	t.Parallel()
	d := new(scripted)
	f := newFixtureWith(t, func(o *store.Options) { o.Rand = d })
	f.mustCreate("A", "B")
	_, err := found(f, "A")
	must(t, err) // numbers have been reserved now
	got := make([]int64, 2)
	var all errgroup.Group
	f.WithWriterHeld(t, func() {
		for i, session := range []string{"A", "B"} {
			d.next(5)
			all.Go(func() (err error) {
				got[i], err = found(f, session)
				return err
			})
			for f.Queued() <= i {
				time.Sleep(time.Millisecond) // look again
			}
		}
	})
	must(t, all.Wait())
	if got[0] == got[1] || !slices.Contains(got, 100_005) || len(codes(f)) != 3 {
		t.Errorf("codes %v, held %v", got, codes(f))
	}
}

// TestStore_secretCodes_noneFree: a command whose code is always taken fails in the end, and leaves nothing.
func TestStore_secretCodes_noneFree(t *testing.T) {
	t.Parallel()
	f := newFixtureWith(t, func(o *store.Options) { o.Rand = always{} })
	f.mustCreate("A")
	mustFind(t, f, "A", 100_000)
	before := withoutIDs(f)
	if _, err := found(f, "A"); err == nil || !strings.Contains(err.Error(), "secret code") {
		t.Errorf("got %v", err)
	}
	if got := withoutIDs(f); !slices.Equal(got, before) {
		t.Errorf("left %v", got)
	}
}

// withoutIDs is dump without the numbers that are reserved, of which a command that fails takes some.
func withoutIDs(f *fixture) []string {
	return slices.DeleteFunc(dump(f), func(row string) bool { return strings.HasPrefix(row, "ids ") })
}

// always returns the same number each time.
type always struct{}

func (always) IntN(int) int { return 0 }
