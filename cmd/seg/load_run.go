package main

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
)

// loadRun is one load on a server.
type loadRun struct {
	config   loadConfig
	mode     string
	name     string // part of all names of this run, so that two runs do not meet
	progress io.Writer
	measures []*measure
	errors   failures
	open     atomic.Int64
	took     time.Duration  // of the measured part
	server   *serverFigures // nil: not asked for, or not told
}

func newLoadRun(c loadConfig, mode string, progress io.Writer) *loadRun {
	return &loadRun{config: c, mode: mode, name: "load-" + strings.ToLower(rand.Text()[:8]), progress: progress}
}

// measure adds a series to the result. All are added before anything is recorded.
func (r *loadRun) measure(name string) *measure {
	m := newMeasure(name)
	r.measures = append(r.measures, m)
	return m
}

// report returns what r has come to.
func (r *loadRun) report() loadReport {
	report := loadReport{
		Mode: r.mode, URL: r.config.url, Clients: r.config.clients, Seconds: r.took.Seconds(), Errors: map[string]int{},
	}
	for _, m := range r.measures {
		report.Measures = append(report.Measures, m.result(r.took))
	}
	maps.Copy(report.Errors, r.errors.kinds)
	report.Server = r.server
	return report
}

// timed runs the measured part and says on the way, once a second, how it goes. work gets a context that ends with --duration.
func (r *loadRun) timed(ctx context.Context, work func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, r.config.duration)
	defer cancel()
	began := time.Now()
	stop, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		r.tell(began, stop)
	}()
	work(ctx)
	r.took = time.Since(began)
	close(stop)
	<-told
}

// tell writes a line a second until stop is closed.
func (r *loadRun) tell(began time.Time, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := began
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			fmt.Fprintf(r.progress, "%4.0fs  %d clients", now.Sub(began).Seconds(), r.open.Load())
			for _, m := range r.measures {
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

// maxDialing bounds the handshakes under way, so that a server's backlog is not what is measured.
const maxDialing = 64

// connect opens the connections of all clients, each named after the run and its number, and hands each to use with its number.
// measured may be nil. The error says that there was none.
func (r *loadRun) connect(ctx context.Context, session string, measured *measure, use func(int, *loadSocket)) error {
	began := time.Now()
	var dialing errgroup.Group
	dialing.SetLimit(maxDialing)
	var mu sync.Mutex
	var last error
	opened := 0
	pace := newPace(0, 1, 0)
	if measured != nil {
		pace = newPace(r.config.rate, 1, 0)
	}
	for i := range r.config.clients {
		due, ok := pace.wait(ctx)
		if !ok {
			break
		}
		dialing.Go(func() error {
			socket, err := dialLoad(ctx, r.config, r.name+"-"+strconv.Itoa(i), session)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				r.fail(ctx, err)
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
			last = errBrokenOff
		}
		return failure{unreached{fmt.Errorf("no connection to %s: %w", r.config.url, last), r.config.timeout}}
	}
	return nil
}

// hangUp closes a connection.
func (r *loadRun) hangUp(s *loadSocket) {
	s.close()
	r.open.Add(-1)
}

// fail counts an error of a connection, unless it comes from the load being broken off.
func (r *loadRun) fail(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.errors.add(kindOf(err), 1)
	}
}

// exchange is a request and how its answer is told from the other frames that come in.
type exchange interface {
	// request appends the n-th request of the run, counted from 0.
	request(dst []byte, n int64) []byte
	// answers tells whether frame answers it, and with which error code, if with one.
	answers(frame []byte, n int64) (answered bool, code string)
}

// roundTrips has every client send requests and wait for their answers.
func (r *loadRun) roundTrips(ctx context.Context, x exchange) error {
	trips := r.measure(r.mode)
	sockets := make([]*loadSocket, r.config.clients)
	if err := r.connect(ctx, r.config.session, nil, func(i int, s *loadSocket) { sockets[i] = s }); err != nil {
		return err
	}
	var next atomic.Int64
	r.timed(ctx, func(due context.Context) {
		var workers sync.WaitGroup
		for i, s := range sockets {
			if s == nil {
				continue
			}
			workers.Go(func() {
				stop := context.AfterFunc(ctx, s.interrupt)
				defer stop()
				c := loadClient{r, s, i, trips}
				if err := c.work(ctx, due, x, &next); err != nil {
					r.fail(ctx, err)
				}
			})
		}
		workers.Wait()
	})
	for _, s := range sockets {
		if s != nil {
			r.hangUp(s)
		}
	}
	return nil
}

// loadClient is one client that sends requests.
type loadClient struct {
	*loadRun

	socket *loadSocket
	number int
	trips  *measure
}

// work sends requests until due ends. The error says that the connection is of no use any more.
func (c *loadClient) work(ctx, due context.Context, x exchange, next *atomic.Int64) error {
	pace := newPace(c.config.rate, c.config.clients, c.number)
	var request []byte
	for {
		from, ok := pace.wait(due)
		if !ok {
			return nil
		}
		n := next.Add(1) - 1
		request = x.request(request[:0], n)
		code, err := c.trip(ctx, request, func(frame []byte) (bool, string) { return x.answers(frame, n) })
		if err != nil {
			return err
		}
		c.trips.record(c.number, time.Since(from))
		if code != "" {
			c.errors.add("answered "+code, 1)
		}
	}
}

// trip sends a request and waits for its answer.
func (c *loadClient) trip(ctx context.Context, request []byte, answers func([]byte) (bool, string)) (code string, err error) {
	if err := c.socket.within(c.config.timeout); err != nil {
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

// pace says when the next thing is due.
type pace struct {
	next  time.Time
	every time.Duration // 0: at once
}

// newPace spreads rate things a second over a number of clients, of which this is the one of a number from 0; rate 0: at once.
func newPace(rate float64, clients, number int) *pace {
	if rate == 0 {
		return &pace{}
	}
	every := time.Duration(float64(clients) / rate * float64(time.Second))
	return &pace{next: time.Now().Add(every / time.Duration(clients) * time.Duration(number)), every: every}
}

// wait returns when the next thing is due, with the moment it is due at, which is in the past for whoever is late. It is false when
// ctx ends first.
func (p *pace) wait(ctx context.Context) (time.Time, bool) {
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
