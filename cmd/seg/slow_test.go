package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
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

// slowClientTest is a test in which many clients follow one session and some stop reading.
type slowClientTest struct {
	listeners, slow int
	events          int           // after the first
	every           time.Duration // time between two events
	queue           int64         // the flag --max-queue
	flags           []string
}

// slowClientResult is the result of one run.
type slowClientResult struct {
	failureCounts

	p99      time.Duration // from sending a command to the arrival of its event at the reading clients
	worst    time.Duration
	queued   int64 // maximum of the bytes that wait for all connections together
	behind   int64 // maximum number of clients that are caught up from the log
	heap     int64 // heap in use after the slow clients have missed everything
	arrivals int
}

// longSession makes every frame long, so that slow clients miss more than their buffers hold.
const longSession = "CROWD___________________________________________________________"

// run runs the test on a server of its own.
func (c slowClientTest) run(t *testing.T) slowClientResult {
	t.Helper()
	s := start(t, slices.Concat(noRateLimits, []string{"--max-queue", fmt.Sprint(c.queue)}, c.flags)...)
	writer := s.connect(t, "writer", "")
	writer.call(`{"type":"create-session","session_id":"` + longSession + `","password":"` + password + `","request_id":1}`)
	writer.call(`{"type":"create-user","user_id":1,"username":"a","session_id":"` + longSession + `","password":"` + password + `","request_id":2}`)
	writer.receive() // its event
	sent := make([]time.Time, c.events+2)
	result := slowClientResult{}
	arrivals := make([][]time.Duration, c.listeners-c.slow)
	var mu sync.Mutex // protects result
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
				if err := c.conn.SetReadDeadline(time.Now().Add(2 * waitTimeout)); err != nil {
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
	var told history
	slow := make([]*follower, c.slow)
	for i := range slow {
		slow[i] = &follower{addr: s.addr, session: longSession, client: fmt.Sprint("slow-", i), history: &told, readBuffer: 4096}
		if err := slow[i].connect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	watching, stop := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { result.pollMetrics(t, watching, s) })
	c.write(t, writer, sent, &result)
	stop()
	watcher.Wait()
	result.readMetrics(t, s)
	reading.Wait()
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	result.heap = int64(memory.HeapAlloc)
	for _, f := range slow {
		reading.Go(func() {
			defer f.conn.Close()
			// It reads at full speed from here on. With a tiny buffer it would take minutes on a busy machine.
			if err := f.conn.(*net.TCPConn).SetReadBuffer(1 << 20); err != nil {
				t.Error(err)
			}
			if err := f.follow(int64(c.events)+1, -1); err != nil {
				f.reportProblem("after it had not read for a while: %w", err)
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

// write renames the user repeatedly.
func (c slowClientTest) write(t *testing.T, writer *client, sent []time.Time, result *slowClientResult) {
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

// pollMetrics reads the metrics until ctx ends.
func (r *slowClientResult) pollMetrics(t *testing.T, ctx context.Context, s *server) { //nolint:revive // t goes first everywhere
	t.Helper()
	for sleep(ctx, 50*time.Millisecond) {
		r.readMetrics(t, s)
	}
}

// readMetrics reads the metrics once.
func (r *slowClientResult) readMetrics(t *testing.T, s *server) {
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

// TestSlowClients: some of many clients stop reading. Their queues stay bounded, and the others get
// all events meanwhile. When the slow clients read again, they have missed nothing. The latency is
// printed, not checked: it depends on the load of the machine.
func TestSlowClients(t *testing.T) { //nolint:paralleltest // it measures
	testSlowClients(t, slowClientTest{listeners: 20, slow: 2, events: 800, queue: 16 << 10})
}

// testSlowClients returns by how many bytes the heap grew because of the slow clients, and the limit
// that their queues and the log set to what waits for them.
func testSlowClients(t *testing.T, c slowClientTest) (heap, limit int64) {
	t.Helper()
	none := c
	none.slow = 0
	without, with := none.run(t), c.run(t)
	ratio := float64(with.p99) / float64(without.p99)
	t.Logf("%d of %d stop reading: %s", c.slow, c.listeners, with.failureCounts)
	t.Logf("p99 %v, without them %v: ratio %.2f; worst %v, without them %v", with.p99, without.p99, ratio, with.worst, without.worst)
	t.Logf("queued at most %d KiB, without them %d KiB; heap %+d KiB; behind at most %d",
		with.queued>>10, without.queued>>10, (with.heap-without.heap)>>10, with.behind)
	if with.acked == 0 || with.lost+int64(with.duplicated)+with.ambiguous > 0 || with.arrivals != c.events*(c.listeners-c.slow) {
		t.Error("something is missing")
	}
	if with.behind < int64(c.slow) {
		t.Errorf("%d were behind, want %d: the kernel still has room for what they have not read", with.behind, c.slow)
	}
	// One batch of the log, 128 KiB, may be sent to an empty queue.
	limit = int64(c.slow+1) * max(c.queue, 128<<10)
	if got := with.queued - without.queued; got > limit {
		t.Errorf("%d KiB wait for slow clients, want at most %d KiB", got>>10, limit>>10)
	}
	return with.heap - without.heap, limit
}
