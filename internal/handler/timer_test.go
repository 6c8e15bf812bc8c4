package handler_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/ruleset"
)

// classic is the built-in ruleset of that name.
var classic = sync.OnceValues(func() (*game.Ruleset, error) {
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		return nil, err
	}
	return set.Find("")
})

// clockwork is a store of sessions in memory, for the clock of a bubble.
type clockwork struct {
	handler.TimerStore

	mu        sync.Mutex
	sessions  map[string]*game.Session
	answered  map[game.Request]bool
	committed func(time.Time) // is told of deadlines; may be nil
	moves     []string        // what has happened, with the time since the start
	start     time.Time
	tries     []time.Duration // of Update for the session "bad"
	broken    int             // so many of those fail
	panics    bool            // they do so by a panic
	blind     int             // so many calls of Due fail
	takes     time.Duration   // of each Update
	busy      int
	busiest   int // Updates at once
}

func newClockwork() *clockwork {
	return &clockwork{sessions: map[string]*game.Session{}, answered: map[game.Request]bool{}, start: time.Now()}
}

// add makes a session of classic without companies, with a deadline from now.
func (c *clockwork) add(t *testing.T, id string, stage game.Stage, left time.Duration) {
	t.Helper()
	rules, err := classic()
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[id] = &game.Session{ID: id, Stage: stage, MaxSteps: 2, Rules: rules, Deadline: time.UnixMilli(time.Now().Add(left).UnixMilli())}
}

func (c *clockwork) Due(_ context.Context, until time.Time, limit int) (due []game.Due, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blind > 0 {
		c.blind--
		return nil, errors.New("disk I/O error")
	}
	for id, s := range c.sessions {
		if !s.Deadline.IsZero() && !s.Deadline.After(until) {
			due = append(due, game.Due{SessionID: id, Epoch: "epoch of " + id, Stage: s.Stage, Step: s.Step, Deadline: s.Deadline})
		}
	}
	slices.SortFunc(due, func(a, b game.Due) int {
		return cmp.Or(a.Deadline.Compare(b.Deadline), strings.Compare(a.SessionID, b.SessionID))
	})
	return due[:min(len(due), limit)], nil
}

func (c *clockwork) Once(ctx context.Context, r game.Request, run func(context.Context) ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	known := c.answered[r]
	c.mu.Unlock()
	if known {
		return []byte("null"), nil
	}
	_, err := run(ctx)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.answered[r] = true
	}
	return nil, err
}

func (c *clockwork) Update(_ context.Context, command game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	c.mu.Lock()
	c.busy++
	c.busiest = max(c.busiest, c.busy)
	c.mu.Unlock()
	time.Sleep(c.takes)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	if command.Session == "bad" {
		c.tries = append(c.tries, time.Since(c.start))
		if len(c.tries) <= c.broken {
			if c.panics {
				panic("a rule that is wrong")
			}
			return errors.New("disk I/O error")
		}
	}
	s := c.sessions[command.Session].Clone()
	out, err := apply(s, game.Env{Now: time.Now()})
	if err != nil {
		return err
	}
	if len(out.Answer) == 0 || command.Request.Key == "" || command.Origin != 0 {
		return fmt.Errorf("not a command to be remembered: %+v, %+v", command, out)
	}
	c.sessions[command.Session] = s
	c.moves = append(c.moves, fmt.Sprintf("%s %s %d at %s", s.ID, s.Stage, s.Step, time.Since(c.start)))
	if c.committed != nil {
		c.committed(s.Deadline)
	}
	return nil
}

// run lets timers run for a time, and returns what they have logged.
func (c *clockwork) run(t *testing.T, length time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	timers := handler.NewTimers(time.Now, slog.New(slog.NewTextHandler(&log, nil)))
	c.committed = timers.NotifyDeadline
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	timers.Run(ctx, c)
	return log.String()
}

func wantMoves(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestTimers: classic gives 180 s to each turn, of which these sessions have two. One of them is an hour late: it makes one step,
// and goes on from there.
func TestTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.add(t, "in-time", game.StageCellSelect, 90*time.Second)
		c.add(t, "late", game.StageCellSelect, -time.Hour)
		log := c.run(t, time.Hour)
		wantMoves(t, c.moves,
			"late Game 1 at 0s",
			"in-time Game 1 at 1m30s",
			"late Game 2 at 3m0s",
			"in-time Game 2 at 4m30s",
			"late End 2 at 6m0s",
			"in-time End 2 at 7m30s")
		if log != "" {
			t.Errorf("logged %s", log)
		}
	})
}

// TestTimers_planned: a deadline that this server sets is met to the millisecond however near it is, one that another server sets
// within two seconds.
func TestTimers_planned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told bool
		want string
	}{
		"by this server":    {true, "near CellSelect to Game at 2.75s"},
		"by another server": {false, "near CellSelect to Game at 4s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newClockwork()
				timers := handler.NewTimers(time.Now, slog.New(slog.DiscardHandler))
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				var wg sync.WaitGroup
				wg.Go(func() { timers.Run(ctx, w) })
				time.Sleep(2250 * time.Millisecond) // Run looks at 0 s, 2 s, 4 s
				w.add(t, "near", game.StageCellSelect, 500*time.Millisecond)
				if c.told {
					timers.NotifyDeadline(time.Now().Add(500 * time.Millisecond))
				}
				wg.Wait()
				wantMoves(t, w.moves, strings.Replace(c.want, "CellSelect to Game", "Game 1", 1))
			})
		})
	}
}

// TestTimers_faults: what fails is tried again after 1 s, 2 s, 4 s and so on up to a minute, is logged, and holds nobody up.
func TestTimers_faults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.broken = 8
		c.add(t, "bad", game.StageGame, 0)
		c.add(t, "good", game.StageCellSelect, 2500*time.Millisecond)
		log := c.run(t, 4*time.Minute)
		var want []time.Duration
		for _, s := range []int{0, 1, 3, 7, 15, 31, 63, 123, 183} { // 60 s after 63, not 64
			want = append(want, time.Duration(s)*time.Second)
		}
		if !slices.Equal(c.tries, want) {
			t.Errorf("tried at %v, want %v", c.tries, want)
		}
		wantMoves(t, c.moves, "good Game 1 at 2.5s", "good Game 2 at 3m2.5s", "bad Game 1 at 3m3s")
		if n := strings.Count(log, "level=WARN"); n != 8 {
			t.Errorf("%d warnings: %s", n, log)
		}
	})
}

// TestTimers_panic: a rule that panics for one session is a fault of that session. It used to end the server, and every server that
// was started after it, since the deadline was still there.
func TestTimers_panic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.broken, c.panics = 2, true
		c.add(t, "bad", game.StageGame, 0)
		c.add(t, "good", game.StageCellSelect, 2500*time.Millisecond)
		log := c.run(t, time.Minute)
		wantMoves(t, c.moves, "good Game 1 at 2.5s", "bad Game 1 at 3s")
		if n := strings.Count(log, "level=ERROR"); n != 2 || !strings.Contains(log, "a rule that is wrong") || !strings.Contains(log, "stack=") {
			t.Errorf("%d errors: %s", n, log)
		}
	})
}

// TestTimers_blind: when deadlines cannot be read, they are read later.
func TestTimers_blind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.blind = 2
		c.add(t, "a", game.StageCellSelect, time.Second)
		log := c.run(t, time.Minute)
		wantMoves(t, c.moves, "a Game 1 at 4s")
		if n := strings.Count(log, "level=WARN"); n != 2 {
			t.Errorf("%d warnings: %s", n, log)
		}
	})
}

// TestTimers_crowd: a thousand sessions are due at one moment; they go on some at a time.
func TestTimers_crowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.takes = 10 * time.Millisecond
		for i := range 1000 {
			c.add(t, fmt.Sprint(i), game.StageCellSelect, time.Second)
		}
		c.run(t, time.Minute)
		for id, s := range c.sessions {
			if s.Step != 1 {
				t.Fatalf("session %s is at step %d", id, s.Step)
			}
		}
		// In batches of 256: three of 8 rounds of 32, and one of 232, which is 8 rounds too.
		if last := c.moves[len(c.moves)-1]; c.busiest != 32 || !strings.HasSuffix(last, " at 1.32s") {
			t.Errorf("%d at once, the last: %s", c.busiest, last)
		}
	})
}

// TestTimers_twoServers: two servers see the same deadlines, and each is met once.
func TestTimers_twoServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.takes = time.Millisecond
		for i := range 100 {
			c.add(t, fmt.Sprint(i), game.StageCellSelect, time.Second)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var wg sync.WaitGroup
		for range 2 {
			timers := handler.NewTimers(time.Now, slog.New(slog.DiscardHandler))
			wg.Go(func() { timers.Run(ctx, c) })
		}
		wg.Wait()
		if len(c.moves) != 100 {
			t.Errorf("%d moves of 100 sessions: %v", len(c.moves), c.moves)
		}
	})
}

// TestTimers_end: what is under way when the server ends is finished; nothing else is begun.
func TestTimers_end(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClockwork()
		c.takes = time.Second
		for i := range 40 {
			c.add(t, fmt.Sprintf("%02d", i), game.StageCellSelect, 0)
		}
		c.run(t, 500*time.Millisecond)
		if len(c.moves) != 32 || time.Since(c.start) != time.Second {
			t.Errorf("%d moves, ended after %s", len(c.moves), time.Since(c.start))
		}
	})
}
