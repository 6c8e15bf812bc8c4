package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/gen/wire"
	"seg.example/internal/hub"
)

// timeout limits every wait. It is far longer than any step takes, so only a lost event reaches it.
const timeout = time.Minute

// socket is a fake connection and its client. Frames wait in a queue until the client reads them.
type socket struct {
	id          uint64
	client, key string
	limit       int // frames that fit into the queue; 0: any number

	mu             sync.Mutex
	changed        *sync.Cond // signals a change of a field below; nil until somebody waits
	stuck          bool       // the client does not read
	queue          []string
	got            []string
	firstBytes     []*byte // address of the first byte of each frame
	closedReplaced int
	closedSlow     int
	closedInternal int
	ended          bool
}

func (s *socket) ID() uint64       { return s.id }
func (s *socket) ClientID() string { return s.client }
func (s *socket) Key() string      { return s.key }

func (s *socket) Send(frames ...[]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return true
	}
	if s.limit > 0 && len(s.queue) > s.limit/4 && len(s.queue)+len(frames) > s.limit {
		return false
	}
	s.add(frames...)
	return true
}

func (s *socket) Answer(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.add(frame)
	}
}

// add queues frames. The lock is held.
func (s *socket) add(frames ...[]byte) {
	for _, f := range frames {
		s.queue = append(s.queue, string(f))
		s.firstBytes = append(s.firstBytes, &f[0])
	}
	s.deliver()
}

// deliver lets the client read, unless it is stuck. The lock is held.
func (s *socket) deliver() {
	if !s.stuck {
		s.got = append(s.got, s.queue...)
		s.queue = nil
	}
	s.notify()
}

func (s *socket) notify() {
	if s.changed != nil {
		s.changed.Broadcast()
	}
}

// wait waits until done returns true or ctx ends, and reports whether done returned true. The lock
// is held.
func (s *socket) wait(ctx context.Context, done func() bool) bool {
	if s.changed == nil {
		s.changed = sync.NewCond(&s.mu)
	}
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.notify()
	})()
	for !done() {
		if ctx.Err() != nil {
			return false
		}
		s.changed.Wait()
	}
	return true
}

func (s *socket) WaitWritable(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wait(ctx, func() bool { return s.ended || len(s.queue) <= s.limit/4 }) {
		return ctx.Err()
	}
	if s.ended {
		return errors.New("closing")
	}
	return nil
}

func (s *socket) CloseSlow()     { s.close(&s.closedSlow) }
func (s *socket) CloseInternal() { s.close(&s.closedInternal) }
func (s *socket) CloseReplaced() { s.close(&s.closedReplaced) }

func (s *socket) close(count *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*count++
	s.notify()
}

// end simulates the end of the connection.
func (s *socket) end(h *hub.Hub) {
	s.mu.Lock()
	s.ended = true
	s.notify()
	s.mu.Unlock()
	h.Remove(s)
}

// setStuck makes the client stop reading, or read again.
func (s *socket) setStuck(stuck bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = stuck
	s.deliver()
}

// readSome makes a stuck client read n frames.
func (s *socket) readSome(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.queue))
	s.got = append(s.got, s.queue[:n]...)
	s.queue = s.queue[n:]
	s.notify()
}

// await waits until done returns true for the frames that were read and those that are queued.
func (s *socket) await(t testingT, what string, done func(got, queue []string) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wait(ctx, func() bool { return done(s.got, s.queue) }) {
		t.Fatalf("%s: timeout while waiting for %s\ngot    %q\nqueued %q", s.client, what, s.got, s.queue)
	}
}

// awaitGot waits until the client has read as many frames as wanted, and compares them.
func (s *socket) awaitGot(t testingT, want ...string) {
	t.Helper()
	s.await(t, fmt.Sprintf("frames %q", want), func(got, _ []string) bool { return len(got) >= len(want) })
	s.wantGot(t, want...)
}

func (s *socket) wantGot(t testingT, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Errorf("%s got\n  %s\nwant\n  %s", s.client, strings.Join(s.got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (s *socket) wantQueued(t testingT, n int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) != n {
		t.Errorf("%s: got %d queued frames, want %d: %q", s.client, len(s.queue), n, s.queue)
	}
}

// awaitLive waits until no subscriber is behind.
func awaitLive(t testingT, h *hub.Hub) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(timeout)
	defer tick.Stop()
	for h.Stats().Behind > 0 {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("got %d subscribers that are still behind, want 0", h.Stats().Behind)
		}
	}
}

// testingT has the methods that testing.T and rapid.T share.
type testingT interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// fakeLog is an event log in memory. It behaves like the store.
type fakeLog struct {
	mu         sync.Mutex
	histories  map[string][]*history // of each session, the newest last
	epochs     int
	reads      int
	running    int
	maxRunning int // largest number of concurrent reads
	err        error
	blocked    chan struct{}                        // reads return after it is closed; nil: at once
	afterRead  func(session string, p hub.Position) // called after each read, before Since returns
}

// history is the history of a session from its creation to its deletion.
type history struct {
	epoch   string
	deleted bool
	pruned  int // events[:pruned] were deleted from the log
	events  []hub.Event
}

func newFakeLog() *fakeLog { return &fakeLog{histories: map[string][]*history{}} }

// create starts a new history of a session. Its epochs are e1, e2 and so on.
func (log *fakeLog) create(session string) string {
	log.mu.Lock()
	defer log.mu.Unlock()
	log.epochs++
	l := &history{epoch: fmt.Sprint("e", log.epochs)}
	log.histories[session] = append(log.histories[session], l)
	return l.epoch
}

// add logs events in the current history of a session and returns the commit to publish. An event
// has the form "type data".
func (log *fakeLog) add(session string, events ...string) hub.Commit {
	log.mu.Lock()
	defer log.mu.Unlock()
	l := log.current(session)
	c := hub.Commit{Session: session, Epoch: l.epoch}
	for _, text := range events {
		typ, data, _ := strings.Cut(text, " ")
		c.Events = append(c.Events, hub.Event{Type: typ, Data: []byte(data), Seq: int64(len(l.events)) + 1})
		l.events = append(l.events, c.Events[len(c.Events)-1])
	}
	return c
}

// current returns the newest history of a session. The lock is held.
func (log *fakeLog) current(session string) *history {
	return log.histories[session][len(log.histories[session])-1]
}

// prune deletes the oldest events of the current history until only keep are left.
func (log *fakeLog) prune(session string, keep int) {
	log.mu.Lock()
	defer log.mu.Unlock()
	l := log.current(session)
	l.pruned = max(l.pruned, len(l.events)-keep)
}

// remove marks the current history of a session as deleted.
func (log *fakeLog) remove(session string) {
	log.mu.Lock()
	defer log.mu.Unlock()
	log.current(session).deleted = true
}

// forget removes all deleted histories.
func (log *fakeLog) forget(session string) {
	log.mu.Lock()
	defer log.mu.Unlock()
	log.histories[session] = slices.DeleteFunc(log.histories[session], func(l *history) bool { return l.deleted })
}

// find returns the history for a client at p: the one that exists, or a deleted one with p's epoch.
func (log *fakeLog) find(session string, p hub.Position) *history {
	var found *history
	for _, l := range log.histories[session] {
		if !l.deleted || l.epoch == p.Epoch {
			found = l
		}
	}
	return found
}

func (log *fakeLog) Since(ctx context.Context, session string, p hub.Position, limit int) (hub.Missed, error) {
	log.mu.Lock()
	log.reads++
	log.running++
	log.maxRunning = max(log.maxRunning, log.running)
	missed, err := log.since(session, p, limit)
	blocked, hook := log.blocked, log.afterRead
	log.mu.Unlock()
	if hook != nil {
		hook(session, p)
	}
	if blocked != nil {
		select {
		case <-blocked:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	log.mu.Lock()
	log.running--
	log.mu.Unlock()
	return missed, err
}

func (log *fakeLog) since(session string, p hub.Position, limit int) (hub.Missed, error) {
	l := log.find(session, p)
	if log.err != nil {
		return hub.Missed{}, log.err
	}
	if l == nil {
		return hub.Missed{}, hub.ErrNoSession
	}
	m := hub.Missed{Epoch: l.epoch, LastSeq: int64(len(l.events))}
	switch {
	case p.Epoch == "":
		m.Reason = wire.WelcomeReasonNew
	case p.Epoch != l.epoch:
		m.Reason = wire.WelcomeReasonEpoch
	case p.After > m.LastSeq:
		m.Reason = wire.WelcomeReasonAhead
	case p.After < int64(l.pruned):
		m.Reason = wire.WelcomeReasonTooOld
	default:
		m.Events = slices.Clone(l.events[p.After:min(m.LastSeq, p.After+int64(limit))])
	}
	return m, nil
}

// balanceConflater merges events of the type "bal", whose data is "KEY OLD NEW".
type balanceConflater struct{}

func (balanceConflater) Key(typ string, data []byte) (string, bool) {
	if typ != "bal" {
		return "", false
	}
	key, _, _ := strings.Cut(string(data), " ")
	return key, true
}

func (balanceConflater) Merge(_ string, older, newer []byte) ([]byte, bool) {
	a, b := strings.Fields(string(older)), strings.Fields(string(newer))
	if b[2] == "unmergeable" {
		return nil, false
	}
	return []byte(a[0] + " " + a[1] + " " + b[2]), true
}

// options returns the options of a hub that reads log. A frame reads "SESSION#SEQ type data", with
// "(after PREV)" if events were left out. A text is put in brackets.
func options(log *fakeLog) hub.Options {
	return hub.Options{
		Log: log, Text: bracket, Conflation: balanceConflater{},
		Frame: func(session string, e hub.Event, prev int64) []byte {
			text := fmt.Sprintf("%s#%d", session, e.Seq)
			if prev != 0 {
				text += fmt.Sprintf("(after %d)", prev)
			}
			return fmt.Appendf(nil, "%s %s %s", text, e.Type, e.Data)
		},
	}
}

// bracket encodes a text.
func bracket(text []byte) []byte { return fmt.Appendf(nil, "[%s]", text) }

func newHub(t *testing.T, o hub.Options) *hub.Hub {
	t.Helper()
	h := hub.New(o)
	t.Cleanup(h.Close)
	return h
}

// subscribe adds s as a subscriber of session after p.
func subscribe(t testingT, h *hub.Hub, s *socket, session string, p hub.Position) {
	t.Helper()
	o, err := h.Subscribe(context.Background(), session, p)
	if err != nil {
		t.Fatalf("subscribe to %s: %v", session, err)
	}
	defer o.Close()
	if err := h.Add(s, o); err != nil {
		t.Errorf("add %s: %v", s.client, err)
	}
}

// subscribeAll adds s as a subscriber of all sessions.
func subscribeAll(t testingT, h *hub.Hub, s *socket) {
	t.Helper()
	if err := h.Add(s, nil); err != nil {
		t.Errorf("add %s: %v", s.client, err)
	}
}

// welcomeFrame returns a welcome frame. rest holds its last members.
func welcomeFrame(session, epoch string, last int64, rest string) string {
	return fmt.Sprintf(`[{"type":"welcome","session_id":"%s","epoch":"%s","last_seq":%d,"contract":"%s",%s}]`, session, epoch, last, wire.Hash, rest)
}

const newClient = `"resumed":false,"reason":"new"`

func resyncFrame(session, epoch string, last int64, reason string) string {
	return fmt.Sprintf(`[{"type":"resync","session_id":"%s","epoch":"%s","last_seq":%d,"reason":"%s"}]`, session, epoch, last, reason)
}

// controlFrame is a welcome or a resync, as a client reads it.
type controlFrame struct {
	Type    string
	Epoch   string
	LastSeq int64 `json:"last_seq"`
	Resumed bool
	Reason  string
	From    int64
	To      int64
}

// parseControlFrame parses a frame that is not an event.
func parseControlFrame(frame string) (n controlFrame, ok bool) {
	text, ok := strings.CutPrefix(frame, "[")
	return n, ok && json.Unmarshal([]byte(strings.TrimSuffix(text, "]")), &n) == nil && n.Type != ""
}
