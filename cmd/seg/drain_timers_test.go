package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

// TestDrain_timersAndResumes stops a server with SIGTERM while sessions advance by timers every
// second, and clients reconnect and resume. It ends in time with exit code 0. All clients get close
// code 4000. Each turn in the log was played once, and the games continue after a restart.
func TestDrain_timersAndResumes(t *testing.T) {
	t.Parallel()
	const sessions, perSession, enough = 5, 4, 100
	database, rules := filepath.Join(t.TempDir(), "seg.db"), writeFastRuleset(t)
	flags := append([]string{"--database-url", "sqlite://" + database, "--ruleset", rules}, noRateLimits...)
	program, addr, wait := process(t, flags...)
	c := (&server{addr: addr}).connect(t, "listener", "")
	for i := range sessions {
		startGame(c, fmt.Sprint("T", i), 10*i+1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*waitTimeout)
	defer cancel()
	var resumed atomic.Int64
	var stopping atomic.Bool
	ends := make([]error, sessions*perSession)
	var all sync.WaitGroup
	for i := range ends {
		f := &follower{addr: addr, session: fmt.Sprint("T", i%sessions), client: fmt.Sprint("comes-back-", i), history: new(history)}
		all.Go(func() { ends[i] = f.resumeRepeatedly(ctx, &resumed, &stopping) })
	}
	playTurns(c, sessions, 2)
	c.conn.Close()
	for tick := time.NewTicker(5 * time.Millisecond); resumed.Load() < enough; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("only %d clients came back", resumed.Load())
		}
	}
	stopping.Store(true)
	began := time.Now()
	if err := program.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if err := wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	took := time.Since(began) // a server that had to cut clients off after drainTimeout ends with an error
	for i, err := range ends {
		if err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	played := turnsPlayed(t, database, sessions)
	t.Logf("%d sessions, %d turns played, %d clients came back; it took %s to end", sessions, played, resumed.Load(), took)

	program, addr, wait = process(t, flags...)
	again := (&server{addr: addr}).connect(t, "listener", "")
	playTurns(again, sessions, 1)
	again.conn.Close()
	if err := program.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Errorf("the second server ended with %v", err)
	}
	if more := turnsPlayed(t, database, sessions); more < played+sessions {
		t.Errorf("%d turns before, and %d after the games went on", played, more)
	}
}

// playTurns waits until every session has played this many turns.
func playTurns(c *client, sessions, turns int) {
	c.t.Helper()
	played, done := map[string]int{}, 0
	for done < sessions {
		if raw := c.receive().Raw; afterTurn.MatchString(raw) {
			id := inSession.FindStringSubmatch(raw)[1]
			if played[id]++; played[id] == turns {
				done++
			}
		}
	}
}

// resumeRepeatedly connects and resumes from the beginning of the session, repeatedly, until the
// server has ended. It returns an error if the connection was not closed with 4000.
func (f *follower) resumeRepeatedly(ctx context.Context, resumed *atomic.Int64, stopping *atomic.Bool) error {
	for {
		before := f.connections
		f.seq = 0
		err := f.connect(ctx)
		if err == nil {
			resumed.Add(1)
			err = f.follow(1<<53, 1+rand.IntN(40))
		}
		if f.connections == before && stopping.Load() {
			return errors.Join(f.problems...) // the server accepts no more connections
		}
		if closed, ok := errors.AsType[wsutil.ClosedError](err); ok && closed.Code == 4000 && closed.Reason == "server is restarting" {
			return errors.Join(append(f.problems, f.conn.Close())...)
		}
		if f.conn != nil {
			f.conn.Close()
		}
		if err != nil {
			return errors.Join(append(f.problems, err)...)
		}
	}
}
