package load

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"seg.example/internal/cli/clikit"
)

// testRun is one run of a load.
type testRun struct {
	config    config
	mode      string
	name      string // part of all names in this run, so that two runs do not use the same names
	progress  io.Writer
	recorders []*recorder
	errors    errorCounts
	open      atomic.Int64
	took      time.Duration // of the measured part
	server    *ServerUsage  // nil if it was not measured or not available
}

func newTestRun(c config, mode string, progress io.Writer) *testRun {
	return &testRun{config: c, mode: mode, name: "load-" + strings.ToLower(rand.Text()[:8]), progress: progress}
}

// addRecorder adds a series of durations to the result. All must be added before the first is
// recorded.
func (r *testRun) addRecorder(name string) *recorder {
	m := newRecorder(name)
	r.recorders = append(r.recorders, m)
	return m
}

// report returns the result of the run.
func (r *testRun) report() Report {
	report := Report{
		Mode: r.mode, URL: r.config.url, Clients: r.config.clients, Seconds: r.took.Seconds(), Errors: map[string]int{},
	}
	for _, m := range r.recorders {
		report.Measures = append(report.Measures, m.summary(r.took))
	}
	maps.Copy(report.Errors, r.errors.kinds)
	report.Server = r.server
	return report
}

// runTimed runs work, the measured part, and prints progress once a second. The context of work
// ends after --duration.
func (r *testRun) runTimed(ctx context.Context, work func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, r.config.duration)
	defer cancel()
	began := time.Now()
	stop, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		r.printProgress(began, stop)
	}()
	work(ctx)
	r.took = time.Since(began)
	close(stop)
	<-told
}

// printProgress prints a line a second until stop is closed.
func (r *testRun) printProgress(began time.Time, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := began
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			fmt.Fprintf(r.progress, "%4.0fs  %d clients", now.Sub(began).Seconds(), r.open.Load())
			for _, m := range r.recorders {
				recent := m.collect()
				fmt.Fprintf(r.progress, "  %s %.0f/s p50 %.2f ms p99 %.2f ms", m.name,
					float64(recent.TotalCount())/now.Sub(last).Seconds(),
					milliseconds(recent.ValueAtPercentile(50)), milliseconds(recent.ValueAtPercentile(99)))
			}
			fmt.Fprintf(r.progress, "  %d errors\n", r.errors.total())
			last = now
		}
	}
}

// maxParallelDials bounds the number of parallel handshakes, so that the run does not measure the
// listen backlog of the server.
const maxParallelDials = 64

// connect opens the connections of all clients and passes each to use, with its number. It records
// the durations in measured, which may be nil. It returns an error if all connections failed.
func (r *testRun) connect(ctx context.Context, session string, measured *recorder, use func(int, *socket)) error {
	began := time.Now()
	var dialing errgroup.Group
	dialing.SetLimit(maxParallelDials)
	var mu sync.Mutex
	var last error
	opened := 0
	pace := newPacer(0, 1, 0)
	if measured != nil {
		pace = newPacer(r.config.rate, 1, 0)
	}
	for i := range r.config.clients {
		due, ok := pace.wait(ctx)
		if !ok {
			break
		}
		dialing.Go(func() error {
			socket, err := dial(ctx, r.config, r.name+"-"+strconv.Itoa(i), session)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				r.countError(ctx, err)
				last = err
				return nil
			}
			opened++
			r.open.Add(1)
			if measured != nil {
				measured.record(i, time.Since(due))
			}
			use(i, socket)
			return nil
		})
	}
	// The functions never return an error: failures are counted, and the load runs with the other
	// connections.
	_ = dialing.Wait()
	if measured != nil {
		measured.period = time.Since(began)
	}
	if opened == 0 {
		if ctx.Err() != nil {
			last = clikit.ErrInterrupted
		}
		return clikit.Failed(clikit.Unreachable(fmt.Errorf("no connection to %s: %w", r.config.url, last), r.config.timeout))
	}
	return nil
}

// closeSocket closes a connection.
func (r *testRun) closeSocket(s *socket) {
	s.close()
	r.open.Add(-1)
}

// countError counts an error of a connection. It ignores errors after an interrupt.
func (r *testRun) countError(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.errors.add(errorKind(err), 1)
	}
}

// exchange is a request and a way to recognize its answer.
type exchange interface {
	// request appends request number n of the run to dst. n begins at 0.
	request(dst []byte, n int64) []byte
	// answers reports whether frame is the answer to request n. code is the error code, or empty.
	answers(frame []byte, n int64) (answered bool, code string)
}

// runRoundTrips lets every client send requests, each after the answer to the one before.
func (r *testRun) runRoundTrips(ctx context.Context, x exchange) error {
	trips := r.addRecorder(r.mode)
	sockets := make([]*socket, r.config.clients)
	if err := r.connect(ctx, r.config.session, nil, func(i int, s *socket) { sockets[i] = s }); err != nil {
		return err
	}
	var next atomic.Int64
	r.runTimed(ctx, func(due context.Context) {
		var workers sync.WaitGroup
		for i, s := range sockets {
			if s == nil {
				continue
			}
			workers.Go(func() {
				stop := context.AfterFunc(ctx, s.interrupt)
				defer stop()
				c := client{r, s, i, trips}
				if err := c.work(ctx, due, x, &next); err != nil {
					r.countError(ctx, err)
				}
			})
		}
		workers.Wait()
	})
	for _, s := range sockets {
		if s != nil {
			r.closeSocket(s)
		}
	}
	return nil
}

// client is one client that sends requests.
type client struct {
	*testRun

	socket *socket
	number int
	times  *recorder
}

// work sends requests until due ends. It returns an error if the connection can no longer be used.
func (c *client) work(ctx, due context.Context, x exchange, next *atomic.Int64) error {
	pace := newPacer(c.config.rate, c.config.clients, c.number)
	var request []byte
	for {
		from, ok := pace.wait(due)
		if !ok {
			return nil
		}
		n := next.Add(1) - 1
		request = x.request(request[:0], n)
		code, err := c.roundTrip(ctx, request, func(frame []byte) (bool, string) { return x.answers(frame, n) })
		if err != nil {
			return err
		}
		c.times.record(c.number, time.Since(from))
		if code != "" {
			c.errors.add("answered "+code, 1)
		}
	}
}

// roundTrip sends a request and waits for its answer. code is the error code, or empty.
func (c *client) roundTrip(ctx context.Context, request []byte, answers func([]byte) (bool, string)) (code string, err error) {
	if err := c.socket.setTimeout(c.config.timeout); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := c.socket.send(opText, request); err != nil {
		return "", err
	}
	for {
		frame, err := c.socket.receive()
		if err != nil {
			return "", err
		}
		if answered, code := answers(frame); answered {
			return code, nil
		}
	}
}

// pacer says when the next request is due.
type pacer struct {
	next  time.Time
	every time.Duration // 0: immediately
}

// newPacer returns the pacer of one client if all clients together send rate requests a second.
// number is the index of the client, from 0. Rate 0 means without a pause.
func newPacer(rate float64, clients, number int) *pacer {
	if rate == 0 {
		return &pacer{}
	}
	every := time.Duration(float64(clients) / rate * float64(time.Second))
	return &pacer{next: time.Now().Add(every / time.Duration(clients) * time.Duration(number)), every: every}
}

// wait waits until the next request is due and returns the time it was due, which is in the past if
// the client is late. It returns false if ctx ends first.
func (p *pacer) wait(ctx context.Context) (time.Time, bool) {
	if ctx.Err() != nil {
		return time.Time{}, false
	}
	if p.every == 0 {
		return time.Now(), true
	}
	due := p.next
	p.next = due.Add(p.every)
	if ahead := time.Until(due); ahead > 0 {
		timer := time.NewTimer(ahead)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return time.Time{}, false
		}
	}
	return due, true
}
