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

// testRun is one load on a server.
type testRun struct {
	config    config
	mode      string
	name      string // part of all names of this run, so that two runs do not meet
	progress  io.Writer
	recorders []*recorder
	errors    errorCounts
	open      atomic.Int64
	took      time.Duration // of the measured part
	server    *ServerUsage  // nil: not asked for, or not told
}

func newTestRun(c config, mode string, progress io.Writer) *testRun {
	return &testRun{config: c, mode: mode, name: "load-" + strings.ToLower(rand.Text()[:8]), progress: progress}
}

// addRecorder adds a series to the result. All are added before anything is recorded.
func (r *testRun) addRecorder(name string) *recorder {
	m := newRecorder(name)
	r.recorders = append(r.recorders, m)
	return m
}

// report returns what r has come to.
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

// runTimed runs the measured part and says on the way, once a second, how it goes. work gets a context that ends with --duration.
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

// printProgress writes a line a second until stop is closed.
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

// maxParallelDials bounds the handshakes under way, so that a server's backlog is not what is measured.
const maxParallelDials = 64

// connect opens the connections of all clients, each named after the run and its number, and hands each to use with its number.
// measured may be nil. The error says that there was none.
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
	// Its functions never fail: what goes wrong is counted, and the load goes on with the rest.
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

// countError counts an error of a connection, unless it comes from the load being broken off.
func (r *testRun) countError(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.errors.add(errorKind(err), 1)
	}
}

// exchange is a request and how its answer is told from the other frames that come in.
type exchange interface {
	// request appends the n-th request of the run, counted from 0.
	request(dst []byte, n int64) []byte
	// answers tells whether frame answers it, and with which error code, if with one.
	answers(frame []byte, n int64) (answered bool, code string)
}

// runRoundTrips has every client send requests and wait for their answers.
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

// work sends requests until due ends. The error says that the connection is of no use any more.
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

// roundTrip sends a request and waits for its answer.
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

// pacer says when the next thing is due.
type pacer struct {
	next  time.Time
	every time.Duration // 0: at once
}

// newPacer spreads rate things a second over a number of clients, of which this is the one of a number from 0; rate 0: at once.
func newPacer(rate float64, clients, number int) *pacer {
	if rate == 0 {
		return &pacer{}
	}
	every := time.Duration(float64(clients) / rate * float64(time.Second))
	return &pacer{next: time.Now().Add(every / time.Duration(clients) * time.Duration(number)), every: every}
}

// wait returns when the next thing is due, with the moment it is due at, which is in the past for whoever is late. It is false when
// ctx ends first.
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
