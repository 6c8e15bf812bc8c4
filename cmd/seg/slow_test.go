package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

// crowding is a run in which many listen to one session, some of whom stop reading.
type crowding struct {
	listeners, slow int
	events          int           // after the first
	every           time.Duration // one event
	queue           int64         // bytes that may wait for one client
	flags           []string
}

// crowdingResult is what a run has come to.
type crowdingResult struct {
	tally

	p99      time.Duration // from sending a command to its event's arrival at those who read
	worst    time.Duration
	queued   int64 // most that waited to be written to all connections together, in bytes
	behind   int64 // most connections for which the log was being read
	heap     int64 // bytes in use when those who do not read have missed everything
	arrivals int
}

// longSession makes every frame long, so that those who do not read have more to miss than their buffers hold.
const longSession = "CROWD___________________________________________________________"

// run runs the crowd on a server of its own.
func (c crowding) run(t *testing.T) crowdingResult {
	t.Helper()
	s := start(t, slices.Concat(unlimitedRate, []string{"--max-queue", fmt.Sprint(c.queue)}, c.flags)...)
	writer := s.connect(t, "writer", "")
	writer.call(`{"type":"create-session","session_id":"` + longSession + `","password":"` + password + `","request_id":1}`)
	writer.call(`{"type":"create-user","user_id":1,"username":"a","session_id":"` + longSession + `","password":"` + password + `","request_id":2}`)
	writer.receive() // its event
	sent := make([]time.Time, c.events+2)
	result := crowdingResult{}
	arrivals := make([][]time.Duration, c.listeners-c.slow)
	var mu sync.Mutex // of what the listeners add up
	var reading sync.WaitGroup
	for i := range arrivals {
		c := s.connect(t, fmt.Sprint("listener-", i), "&session_id="+longSession)
		in := struct {
			io.Reader
			io.Writer
		}{bufio.NewReader(c.in), c.conn}
		reading.Go(func() {
			defer c.conn.Close()
			duplicated, lost := 0, 0
			for next := int64(2); next < int64(len(sent)); {
				if err := c.conn.SetReadDeadline(time.Now().Add(2 * patience)); err != nil {
					t.Errorf("listener %d: %v", i, err)
				}
				text, err := wsutil.ReadServerText(in)
				if err != nil {
					t.Errorf("listener %d: reading event %d: %v", i, next, err)
					return
				}
				event := frame{}
				if err := json.Unmarshal(text, &event); err != nil {
					t.Errorf("listener %d: %v: %s", i, err, text)
					return
				}
				seq, ok := event.Seq, event.Type == "api-update_user"
				switch {
				case !ok:
				case seq < next:
					duplicated++
				default:
					lost += int(seq - next)
					next = seq + 1
					arrivals[i] = append(arrivals[i], time.Since(sent[seq]))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			result.duplicated += duplicated
			result.lost += int64(lost)
		})
	}
	var told chronicle
	slow := make([]*follower, c.slow)
	for i := range slow {
		slow[i] = &follower{addr: s.addr, session: longSession, client: fmt.Sprint("slow-", i), told: &told, readBuffer: 4096}
		if err := slow[i].connect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	watching, stop := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { result.watch(t, watching, s) })
	c.write(t, writer, sent, &result)
	stop()
	watcher.Wait()
	result.see(t, s)
	reading.Wait()
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	result.heap = int64(memory.HeapAlloc)
	for _, f := range slow {
		reading.Go(func() {
			defer f.conn.Close()
			if err := f.follow(int64(c.events)+1, -1); err != nil {
				f.problem("after it had not read for a while: %w", err)
			}
		})
	}
	reading.Wait()
	for _, f := range slow {
		if f.events != c.events || f.resyncs+f.conflated > 0 || f.connections != 1 || len(f.problems) > 0 {
			t.Errorf("%s: %d events, %d resyncs, %d conflated: %v", f.client, f.events, f.resyncs, f.conflated, f.problems)
		}
		result.lost += int64(c.events - f.events)
	}
	all := slices.Concat(arrivals...)
	slices.Sort(all)
	result.arrivals = len(all)
	if len(all) > 0 {
		result.p99, result.worst = all[len(all)*99/100], all[len(all)-1]
	}
	s.stop()
	return result
}

// write renames the user again and again.
func (c crowding) write(t *testing.T, writer *client, sent []time.Time, result *crowdingResult) {
	t.Helper()
	began := time.Now()
	for n := range c.events {
		sleep(t.Context(), time.Until(began.Add(time.Duration(n)*c.every)))
		name := strings.Repeat("𝛼", 24) + fmt.Sprintf("%08d", n)
		sent[n+2] = time.Now()
		writer.send(fmt.Sprintf(`{"type":"update-user","user_id":1,"username":%q,"password":%q,"request_id":%d}`, name, password, n))
		for answered := false; !answered; {
			got := writer.receive()
			answered = got.Type == "response"
			if answered && got.Code == "" {
				result.acked++
			} else if answered {
				t.Fatal(got.Raw)
			}
		}
	}
}

// watch looks at the server's figures until ctx ends.
func (r *crowdingResult) watch(t *testing.T, ctx context.Context, s *server) { //nolint:revive // t goes first everywhere
	t.Helper()
	for sleep(ctx, 50*time.Millisecond) {
		r.see(t, s)
	}
}

// see looks at the server's figures.
func (r *crowdingResult) see(t *testing.T, s *server) {
	t.Helper()
	answer, err := http.Get("http://" + s.addr + "/metrics")
	if err != nil {
		t.Error(err)
		return
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
		return
	}
	for name, most := range map[string]*int64{"seg_queue_bytes": &r.queued, "seg_listeners_behind": &r.behind} {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
		if found == nil {
			t.Errorf("there is no figure %s", name)
			continue
		}
		now, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Error(err)
		}
		*most = max(*most, int64(now))
	}
}

// TestSlowClients: of many who listen some stop reading. What waits for them is bounded, the others get everything before these read on,
// and when they do they have missed nothing. How long the others wait is shown, not judged: it depends on what else runs on the machine.
func TestSlowClients(t *testing.T) { //nolint:paralleltest // it measures
	testSlowClients(t, crowding{listeners: 20, slow: 2, events: 800, queue: 16 << 10})
}

// testSlowClients returns by how many bytes the heap grew because of the slow clients, and the limit
// that their queues and the log set to what waits for them.
func testSlowClients(t *testing.T, c crowding) (heap, limit int64) {
	t.Helper()
	none := c
	none.slow = 0
	without, with := none.run(t), c.run(t)
	ratio := float64(with.p99) / float64(without.p99)
	t.Logf("%d of %d stop reading: %s", c.slow, c.listeners, with.tally)
	t.Logf("p99 %v, without them %v: ratio %.2f; worst %v, without them %v", with.p99, without.p99, ratio, with.worst, without.worst)
	t.Logf("queued at most %d KiB, without them %d KiB; heap %+d KiB; behind at most %d",
		with.queued>>10, without.queued>>10, (with.heap-without.heap)>>10, with.behind)
	if with.acked == 0 || with.lost+int64(with.duplicated)+with.ambiguous > 0 || with.arrivals != c.events*(c.listeners-c.slow) {
		t.Error("something is missing")
	}
	if with.behind < int64(c.slow) {
		t.Errorf("%d were behind, want %d: the kernel still has room for what they have not read", with.behind, c.slow)
	}
	// One piece of the log may have been sent to an empty queue: 128 KiB.
	limit = int64(c.slow+1) * max(c.queue, 128<<10)
	if got := with.queued - without.queued; got > limit {
		t.Errorf("%d KiB wait for slow clients, want at most %d KiB", got>>10, limit>>10)
	}
	return with.heap - without.heap, limit
}
