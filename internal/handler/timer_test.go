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

// classic returns the built-in ruleset classic.
var classic = sync.OnceValues(func() (*game.Ruleset, error) {
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		return nil, err
	}
	return set.Find("")
})

// memoryStore keeps sessions in memory. It uses the virtual clock of synctest.
type memoryStore struct {
	handler.TimerStore

	mu            sync.Mutex
	sessions      map[string]*game.Session
	answered      map[game.Request]bool
	committed     func(time.Time) // called with the deadline after each commit; may be nil
	advances      []string        // each advance, with the time since start
	start         time.Time
	attempts      []time.Duration // of Update for the session "bad"
	failUpdates   int             // number of those that fail
	panics        bool            // they panic instead of returning an error
	failReads     int             // number of calls of Due that fail
	updateTime    time.Duration   // duration of each Update
	concurrent    int             // running Updates
	maxConcurrent int
}

func newMemoryStore() *memoryStore {
	return &memoryStore{sessions: map[string]*game.Session{}, answered: map[game.Request]bool{}, start: time.Now()}
}

// add creates a session without companies that has a deadline after left.
func (c *memoryStore) add(t *testing.T, id string, stage game.Stage, left time.Duration) {
	t.Helper()
	rules, err := classic()
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[id] = &game.Session{ID: id, Stage: stage, MaxSteps: 2, Rules: rules, Deadline: time.UnixMilli(time.Now().Add(left).UnixMilli())}
}

func (c *memoryStore) Due(_ context.Context, until time.Time, limit int) (due []game.Due, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failReads > 0 {
		c.failReads--
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

func (c *memoryStore) Once(ctx context.Context, r game.Request, run func(context.Context) ([]byte, error)) ([]byte, error) {
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

func (c *memoryStore) Update(_ context.Context, command game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	c.mu.Lock()
	c.concurrent++
	c.maxConcurrent = max(c.maxConcurrent, c.concurrent)
	c.mu.Unlock()
	time.Sleep(c.updateTime)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.concurrent--
	if command.Session == "bad" {
		c.attempts = append(c.attempts, time.Since(c.start))
		if len(c.attempts) <= c.failUpdates {
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
		return fmt.Errorf("got a command without request key or answer: %+v, %+v", command, out)
	}
	c.sessions[command.Session] = s
	c.advances = append(c.advances, fmt.Sprintf("%s %s %d at %s", s.ID, s.Stage, s.Step, time.Since(c.start)))
	if c.committed != nil {
		c.committed(s.Deadline)
	}
	return nil
}

// run runs timers for some time and returns their log.
func (c *memoryStore) run(t *testing.T, length time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	timers := handler.NewTimers(time.Now, slog.New(slog.NewTextHandler(&log, nil)))
	c.committed = timers.NotifyDeadline
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	timers.Run(ctx, c)
	return log.String()
}

func wantAdvances(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestTimers: with classic each turn takes 180 s, and these sessions have two turns. The session
// whose deadline passed an hour ago advances once and continues from now.
func TestTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.add(t, "in-time", game.StageCellSelect, 90*time.Second)
		c.add(t, "late", game.StageCellSelect, -time.Hour)
		log := c.run(t, time.Hour)
		wantAdvances(t, c.advances,
			"late Game 1 at 0s",
			"in-time Game 1 at 1m30s",
			"late Game 2 at 3m0s",
			"in-time Game 2 at 4m30s",
			"late End 2 at 6m0s",
			"in-time End 2 at 7m30s")
		if log != "" {
			t.Errorf("got log %s, want it empty", log)
		}
	})
}

// TestTimers_notified: a deadline of this server is handled on time, one of another server within
// two seconds.
func TestTimers_notified(t *testing.T) {
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
				w := newMemoryStore()
				timers := handler.NewTimers(time.Now, slog.New(slog.DiscardHandler))
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				var wg sync.WaitGroup
				wg.Go(func() { timers.Run(ctx, w) })
				time.Sleep(2250 * time.Millisecond) // Run queries at 0 s, 2 s, 4 s
				w.add(t, "near", game.StageCellSelect, 500*time.Millisecond)
				if c.told {
					timers.NotifyDeadline(time.Now().Add(500 * time.Millisecond))
				}
				wg.Wait()
				wantAdvances(t, w.advances, strings.Replace(c.want, "CellSelect to Game", "Game 1", 1))
			})
		})
	}
}

// TestTimers_faults: a failed deadline is retried after 1 s, 2 s, 4 s and so on up to a minute.
// Each failure is logged, and other sessions are not delayed.
func TestTimers_faults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.failUpdates = 8
		c.add(t, "bad", game.StageGame, 0)
		c.add(t, "good", game.StageCellSelect, 2500*time.Millisecond)
		log := c.run(t, 4*time.Minute)
		var want []time.Duration
		for _, s := range []int{0, 1, 3, 7, 15, 31, 63, 123, 183} { // 60 s after 63, not 64
			want = append(want, time.Duration(s)*time.Second)
		}
		if !slices.Equal(c.attempts, want) {
			t.Errorf("got attempts at %v, want %v", c.attempts, want)
		}
		wantAdvances(t, c.advances, "good Game 1 at 2.5s", "good Game 2 at 3m2.5s", "bad Game 1 at 3m3s")
		if n := strings.Count(log, "level=WARN"); n != 8 {
			t.Errorf("got %d warnings, want 8: %s", n, log)
		}
	})
}

// TestTimers_panic: a rule that panics affects only its session. (Once it ended the server, at
// every start again.)
func TestTimers_panic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.failUpdates, c.panics = 2, true
		c.add(t, "bad", game.StageGame, 0)
		c.add(t, "good", game.StageCellSelect, 2500*time.Millisecond)
		log := c.run(t, time.Minute)
		wantAdvances(t, c.advances, "good Game 1 at 2.5s", "bad Game 1 at 3s")
		if n := strings.Count(log, "level=ERROR"); n != 2 || !strings.Contains(log, "a rule that is wrong") || !strings.Contains(log, "stack=") {
			t.Errorf("got %d errors, want 2 with the panic and its stack: %s", n, log)
		}
	})
}

// TestTimers_readsFail: if the deadlines cannot be read, they are read again later.
func TestTimers_readsFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.failReads = 2
		c.add(t, "a", game.StageCellSelect, time.Second)
		log := c.run(t, time.Minute)
		wantAdvances(t, c.advances, "a Game 1 at 4s")
		if n := strings.Count(log, "level=WARN"); n != 2 {
			t.Errorf("got %d warnings, want 2: %s", n, log)
		}
	})
}

// TestTimers_manyAtOnce: a thousand sessions with the same deadline are advanced 32 at a time.
func TestTimers_manyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.updateTime = 10 * time.Millisecond
		for i := range 1000 {
			c.add(t, fmt.Sprint(i), game.StageCellSelect, time.Second)
		}
		c.run(t, time.Minute)
		for id, s := range c.sessions {
			if s.Step != 1 {
				t.Fatalf("session %s: got step %d, want 1", id, s.Step)
			}
		}
		// In batches of 256: three of 8 rounds of 32, and one of 232, which is 8 rounds too.
		if last := c.advances[len(c.advances)-1]; c.maxConcurrent != 32 || !strings.HasSuffix(last, " at 1.32s") {
			t.Errorf("got %d concurrent advances and the last one %s, want 32 and 1.32s", c.maxConcurrent, last)
		}
	})
}

// TestTimers_twoServers: two servers find the same deadlines, and each is handled once.
func TestTimers_twoServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.updateTime = time.Millisecond
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
		if len(c.advances) != 100 {
			t.Errorf("got %d advances %v, want 100", len(c.advances), c.advances)
		}
	})
}

// TestTimers_shutdown: running advances are finished at shutdown, and no others are started.
func TestTimers_shutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newMemoryStore()
		c.updateTime = time.Second
		for i := range 40 {
			c.add(t, fmt.Sprintf("%02d", i), game.StageCellSelect, 0)
		}
		c.run(t, 500*time.Millisecond)
		if len(c.advances) != 32 || time.Since(c.start) != time.Second {
			t.Errorf("got %d advances after %s, want 32 after 1s", len(c.advances), time.Since(c.start))
		}
	})
}
