package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// history has the events that the followers of a session have received, by seq. All must have
// received the same.
type history struct {
	mu     sync.Mutex
	events map[int64]string
}

// record records an event, and reports whether it is the same that other followers received.
func (c *history) record(seq int64, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events = map[int64]string{}
	}
	known, ok := c.events[seq]
	if !ok {
		c.events[seq] = text
	}
	return !ok || known == text
}

// frame is a frame of the server as a follower decodes it.
type frame struct {
	Type      string          `json:"type"`
	RequestID json.RawMessage `json:"request_id"`
	Data      json.RawMessage `json:"data"`
	Epoch     string          `json:"epoch"`
	LastSeq   int64           `json:"last_seq"`
	Seq       int64           `json:"seq"`
	PrevSeq   int64           `json:"prev_seq"`
	Resumed   bool            `json:"resumed"`
	From      int64           `json:"from"`
	To        int64           `json:"to"`
	Reason    string          `json:"reason"`
}

// follower is a client that follows one session over many connections. Each connection continues
// where the last one ended.
type follower struct {
	addr, session, client, key string
	history                    *history
	onEvent                    func(frame) // gets each event; may be nil
	readBuffer                 int         // size of its receive buffer in the kernel; 0: the default

	epoch string
	seq   int64 // newest event received

	conn net.Conn
	in   io.ReadWriter
	// What it has received.
	connections, resumed, events, conflated, resyncs int
	problems                                         []error
}

// connect opens a connection that continues where the last one ended, and reads the welcome.
func (f *follower) connect(ctx context.Context) error {
	query := url.Values{"client_id": {f.client}, "session_id": {f.session}}
	if f.key != "" {
		query.Set("client_key", f.key)
	}
	if f.epoch != "" {
		query.Set("epoch", f.epoch)
		query.Set("after", strconv.FormatInt(f.seq, 10))
	}
	dialer := ws.Dialer{Timeout: waitTimeout}
	if f.readBuffer > 0 {
		dialer.NetDial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				err = conn.(*net.TCPConn).SetReadBuffer(f.readBuffer)
			}
			return conn, err
		}
	}
	conn, early, _, err := dialer.Dial(ctx, "ws://"+f.addr+"/ws/connect?"+query.Encode())
	if err != nil {
		return err
	}
	var in io.Reader = conn
	if early != nil {
		in = early
	}
	in = &secretSearcher{Reader: in, leak: func(what string) { f.reportProblem("is sent %s", what) }}
	f.conn, f.in = conn, struct {
		io.Reader
		io.Writer
	}{bufio.NewReaderSize(in, 4096), lenientWriter{conn}}
	f.connections++
	w, err := f.next(waitTimeout)
	if err != nil {
		return err
	}
	f.welcome(w)
	return nil
}

// welcome checks the first frame of a connection.
func (f *follower) welcome(w frame) {
	switch {
	case w.Type != "welcome":
		f.reportProblem("the first frame is %+v", w)
	case !w.Resumed && f.epoch == "" && w.Reason != "new":
		f.reportProblem("a new client gets %+v", w)
	case !w.Resumed:
		f.epoch, f.seq = w.Epoch, w.LastSeq
		if w.Reason != "new" {
			f.resyncs++
		}
	case w.Epoch != f.epoch || w.LastSeq < f.seq:
		f.reportProblem("at %s %d, and resumed with %+v", f.epoch, f.seq, w)
	case w.LastSeq > f.seq && (w.From != f.seq+1 || w.To != w.LastSeq), w.LastSeq == f.seq && w.From+w.To != 0:
		f.reportProblem("at %d, and told that %d to %d of %d follow", f.seq, w.From, w.To, w.LastSeq)
	default:
		f.resumed++
	}
}

func (f *follower) reportProblem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Errorf(f.client+": "+format, args...))
}

// next reads a frame within d.
func (f *follower) next(d time.Duration) (frame, error) {
	var read frame
	if err := f.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return read, err
	}
	text, err := wsutil.ReadServerText(f.in)
	if err != nil {
		return read, err
	}
	return read, json.Unmarshal(text, &read)
}

// handle checks a frame and records it.
func (f *follower) handle(got frame) {
	switch {
	case got.Type == "resync":
		f.resyncs++
		f.epoch, f.seq = got.Epoch, got.LastSeq
		return
	case got.Seq == 0:
		return // an answer to itself
	case got.Seq <= f.seq:
		f.reportProblem("%d comes after %d: a duplicate", got.Seq, f.seq)
	case got.PrevSeq == 0 && got.Seq != f.seq+1:
		f.reportProblem("%d comes after %d: a gap that is not announced", got.Seq, f.seq)
	case got.PrevSeq != 0 && (got.PrevSeq != f.seq || got.Seq <= got.PrevSeq+1):
		f.reportProblem("%d comes after %d, and says it was %d", got.Seq, f.seq, got.PrevSeq)
	case got.PrevSeq != 0:
		f.conflated += int(got.Seq - got.PrevSeq - 1)
	case f.onEvent == nil && !f.history.record(got.Seq, got.Type+string(got.Data)):
		f.reportProblem("%d is something else than others were told: %s", got.Seq, got.Data)
	}
	f.seq = got.Seq
	f.events++
	if f.onEvent != nil {
		f.onEvent(got)
	}
}

// follow reads until the event with number last. If n is not negative, it reads at most n frames.
func (f *follower) follow(last int64, n int) error {
	for f.seq < last && n != 0 {
		got, err := f.next(waitTimeout)
		if err != nil {
			return err
		}
		f.handle(got)
		n--
	}
	return nil
}

// disconnect ends the connection in one of several ways, most of them with unread data.
func (f *follower) disconnect(random *rand.Rand) {
	switch random.IntN(3) {
	case 0: // like a killed process: the server notices when it sends
		if tcp, ok := f.conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	case 1: // sends a close frame and does not wait
		wsutil.WriteClientMessage(f.conn, ws.OpClose, ws.NewCloseFrameBody(ws.StatusGoingAway, ""))
	}
	f.conn.Close()
}
