package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"

	"seg.example/internal/cli/clikit"
)

// stream renames the users of a session until it is stopped. The events show their order.
type stream struct {
	acked, refused atomic.Int64
	stop           context.CancelFunc
	all            sync.WaitGroup
}

// startStream creates a session and users. It renames each user repeatedly on a connection of its
// own, with pauses.
func startStream(tb testing.TB, s *server, session string, users int, pause time.Duration) *stream {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &stream{stop: stop}
	tb.Cleanup(r.end)
	setUp := s.connect(tb, "set-up-of-"+session, "")
	setUp.call(`{"type":"create-session","session_id":"` + session + `","password":"` + password + `","request_id":1}`)
	for id := range users {
		made := fmt.Sprintf(`{"type":"create-user","user_id":%d,"username":"user %d","session_id":%q,"password":%q,"request_id":%d}`, id+1, id+1, session, password, id)
		setUp.send(made)
		for answered := false; !answered; {
			answered = setUp.receive().Type == "response"
		}
		r.acked.Add(1)
	}
	for id := range users {
		c := s.connect(tb, fmt.Sprint("writer-of-", session, "-", id), key(fmt.Sprint("writer-", id)))
		r.all.Go(func() { r.rename(ctx, c, id+1, pause) })
	}
	return r
}

// rename renames a user until ctx ends.
func (r *stream) rename(ctx context.Context, c *client, user int, wait time.Duration) {
	for n := 1; ctx.Err() == nil; n++ {
		request := fmt.Sprintf(`{"type":"update-user","user_id":%d,"username":"user %d-%d","password":%q,"request_id":"r%d"}`, user, user, n, password, n)
		if wsutil.WriteClientText(c.conn, []byte(request)) != nil {
			return
		}
		for answered := false; !answered; {
			c.conn.SetReadDeadline(time.Now().Add(waitTimeout))
			text, err := wsutil.ReadServerText(c.readWriter())
			var got struct {
				Type string
				Data struct{ Error string }
			}
			if err != nil || json.Unmarshal(text, &got) != nil {
				r.refused.Add(1)
				return
			}
			answered = got.Type == "response"
			if answered && got.Data.Error == "" {
				r.acked.Add(1)
			} else if answered {
				r.refused.Add(1)
			}
		}
		sleep(ctx, wait)
	}
}

// end stops the stream and returns the number of events: one for each acknowledged command.
func (r *stream) end() {
	r.stop()
	r.all.Wait()
}

// failureCounts counts what a failure test must show.
type failureCounts struct {
	seed       uint64
	acked      int64
	lost       int64 // events that a follower neither received nor was told to have missed
	duplicated int
	ambiguous  int64 // commands with an unknown result
}

func (c failureCounts) String() string {
	return fmt.Sprintf("seed %d, acked %d, lost %d, duplicated %d, ambiguous %d", c.seed, c.acked, c.lost, c.duplicated, c.ambiguous)
}

// TestDisconnects disconnects clients at random moments and in different ways while there are broadcasts.
// Each reconnects and continues. In the end each has received every event once, in order, and the
// same as all others.
func TestDisconnects(t *testing.T) {
	t.Parallel()
	testDisconnects(t, 4, 10)
}

// testDisconnects disconnects each client the given number of times.
func testDisconnects(t *testing.T, clients, cuts int) {
	t.Helper()
	seed := rand.Uint64()
	s := start(t, noRateLimits...)
	r := startStream(t, s, "CUTS", 4, 0)
	var told history
	followers := make([]*follower, clients)
	var all sync.WaitGroup
	for i := range followers {
		f := &follower{addr: s.addr, session: "CUTS", client: fmt.Sprint("follower-", i), history: &told}
		followers[i] = f
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for range cuts {
				if err := f.connect(t.Context()); err != nil {
					f.reportProblem("connect: %w", err)
					return
				}
				if err := f.follow(1<<53, random.IntN(40)); err != nil {
					f.reportProblem("follow: %w", err)
				}
				f.disconnect(random)
			}
		})
	}
	all.Wait()
	r.end()
	result := failureCounts{seed: seed, acked: r.acked.Load(), ambiguous: r.refused.Load()}
	connections, resumed, events := waitForFollowers(t, followers, &result)
	t.Logf("%d cuts of %d clients, %d resumed, %d events: %s", connections-clients, clients, resumed, events, result)
	if result.acked == 0 || result.lost+int64(result.duplicated)+result.ambiguous > 0 || resumed != clients*cuts {
		t.Error("that is not what must be")
	}
}

// waitForFollowers waits until all followers have the last event, and adds up what they received.
func waitForFollowers(t *testing.T, followers []*follower, result *failureCounts) (connections, resumed, events int) {
	t.Helper()
	for _, f := range followers {
		if err := f.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := f.follow(result.acked, -1); err != nil {
			f.reportProblem("to the last event: %w", err)
		}
		f.conn.Close()
		result.lost += result.acked - f.seq
		for _, p := range f.problems {
			result.duplicated++
			t.Error(p)
		}
		connections, resumed, events = connections+f.connections, resumed+f.resumed, events+f.events
	}
	return connections, resumed, events
}

// TestTwoTabs: two windows with the same client id and key replace each other repeatedly. Each
// still receives every event.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	testTwoTabs(t, 10)
}

func testTwoTabs(t *testing.T, rounds int) {
	t.Helper()
	seed := rand.Uint64()
	s := start(t, noRateLimits...)
	r := startStream(t, s, "TABS", 2, 0)
	var told history
	tabs := make([]*follower, 2)
	replaced, opened := atomic.Int64{}, make(chan struct{})
	var all sync.WaitGroup
	for i := range tabs {
		f := &follower{addr: s.addr, session: "TABS", client: "one-client", key: secret("key-of-both-tabs"), history: &told}
		tabs[i] = f
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		all.Go(func() {
			for round := range rounds {
				if i == 1 && round == 0 {
					<-opened
				}
				err := f.connect(t.Context())
				frames := random.IntN(40)
				if i == 0 && round == 0 { // once: it follows until it is replaced
					close(opened)
					frames = -1
				}
				if err == nil {
					err = f.follow(1<<53, frames)
				}
				var closed wsutil.ClosedError
				if errors.As(err, &closed) && closed.Code == 4001 {
					replaced.Add(1)
				} else if err != nil {
					f.reportProblem("%w", err)
				}
				if f.conn != nil {
					f.conn.Close()
				}
				// Give the other one time to receive something.
				sleep(t.Context(), rand.N(20*time.Millisecond))
			}
		})
	}
	all.Wait()
	r.end()
	result := failureCounts{seed: seed, acked: r.acked.Load(), ambiguous: r.refused.Load()}
	connections, _, events := waitForFollowers(t, tabs, &result)
	t.Logf("%d connections, of which %d were replaced, %d events: %s", connections, replaced.Load(), events, result)
	if result.acked == 0 || result.lost+int64(result.duplicated)+result.ambiguous > 0 || replaced.Load() == 0 {
		t.Error("that is not what must be")
	}
}

// TestAhead: a backup is restored that is older than what clients have seen. Each of them is told,
// and none continues from the lost events.
func TestAhead(t *testing.T) {
	t.Parallel()
	testAhead(t)
}

func testAhead(t *testing.T) {
	t.Helper()
	s := start(t, noRateLimits...)
	var told history
	f := &follower{addr: s.addr, session: "AHEAD", client: "follower", history: &told}
	r := startStream(t, s, "AHEAD", 1, 0)
	if err := errors.Join(f.connect(t.Context()), f.follow(5, -1)); err != nil {
		t.Fatal(err)
	}
	backup := t.TempDir() + "/backup.db"
	if code, _, problems := runSeg(t, "backup", backup, "--database-url", "sqlite://"+s.database); code != clikit.ExitOK {
		t.Fatal(problems)
	}
	if err := f.follow(r.acked.Load()+5, -1); err != nil {
		t.Fatal(err)
	}
	r.end()
	f.conn.Close()
	epoch, seen := f.epoch, f.seq
	s.stop()
	if code, _, problems := runSeg(t, "restore", backup, "--force", "--database-url", "sqlite://"+s.database); code != clikit.ExitOK {
		t.Fatal(problems)
	}
	again := start(t, "--database-url", "sqlite://"+s.database)
	f.addr, f.history = again.addr, new(history)
	if err := f.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.resyncs != 1 || f.epoch == epoch || f.seq >= seen || len(f.problems) > 0 {
		t.Errorf("it had seen %d of %s and is at %d of %s: %v", seen, epoch, f.seq, f.epoch, f.problems)
	}
	// Each continues with new events.
	last := f.seq
	again.connect(t, "writer", "").call(fmt.Sprintf(`{"type":"update-user","user_id":1,"username":"later","password":%q,"request_id":1}`, password))
	if err := f.follow(last+1, -1); err != nil || len(f.problems) > 0 {
		t.Error(err, f.problems)
	}
	f.conn.Close()
	// A client that names a number that does not exist yet in the new epoch is told, too.
	f.seq += 5
	if err := f.connect(t.Context()); err != nil || f.resyncs != 2 || f.seq != last+1 {
		t.Errorf("at %d, resyncs %d, %v", f.seq, f.resyncs, err)
	}
	f.conn.Close()
	t.Logf("acked %d, the backup has %d, seen %d, lost 0 unannounced, duplicated 0, ambiguous %d", r.acked.Load(), last, seen, r.refused.Load())
}
