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

// patience bounds every wait of these tests: far more than anything takes, so that only what never comes fails.
const patience = time.Minute

// socket notes what it is sent. It stands for a client too: what is sent waits in a queue until the client reads it.
type socket struct {
	number      uint64
	client, key string
	limit       int // frames that fit into the queue; 0: any number

	mu       sync.Mutex
	change   *sync.Cond // something below has changed; nil until somebody waits
	stuck    bool       // the client does not read
	queue    []string
	got      []string
	backing  []*byte // where the first byte of each frame lies
	replaced int
	slow     int
	failed   int
	gone     bool
}

func (s *socket) ID() uint64       { return s.number }
func (s *socket) ClientID() string { return s.client }
func (s *socket) Key() string      { return s.key }

func (s *socket) Send(frames ...[]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
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
	if !s.gone {
		s.add(frame)
	}
}

// add queues frames. The lock is held.
func (s *socket) add(frames ...[]byte) {
	for _, f := range frames {
		s.queue = append(s.queue, string(f))
		s.backing = append(s.backing, &f[0])
	}
	s.flow()
}

// flow lets the client read unless it is stuck. The lock is held.
func (s *socket) flow() {
	if !s.stuck {
		s.got = append(s.got, s.queue...)
		s.queue = nil
	}
	s.changed()
}

func (s *socket) changed() {
	if s.change != nil {
		s.change.Broadcast()
	}
}

// wait waits, with the lock held, until done or something else ends it; it tells whether done.
func (s *socket) wait(ctx context.Context, done func() bool) bool {
	if s.change == nil {
		s.change = sync.NewCond(&s.mu)
	}
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed()
	})()
	for !done() {
		if ctx.Err() != nil {
			return false
		}
		s.change.Wait()
	}
	return true
}

func (s *socket) WaitWritable(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wait(ctx, func() bool { return s.gone || len(s.queue) <= s.limit/4 }) {
		return ctx.Err()
	}
	if s.gone {
		return errors.New("closing")
	}
	return nil
}

func (s *socket) CloseSlow()     { s.close(&s.slow) }
func (s *socket) CloseInternal() { s.close(&s.failed) }
func (s *socket) CloseReplaced() { s.close(&s.replaced) }

func (s *socket) close(count *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*count++
	s.changed()
}

// end is what a connection does when it has ended.
func (s *socket) end(h *hub.Hub) {
	s.mu.Lock()
	s.gone = true
	s.changed()
	s.mu.Unlock()
	h.Remove(s)
}

// stick lets the client stop reading, or go on.
func (s *socket) stick(stuck bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = stuck
	s.flow()
}

// readSome lets a client that is stuck read n frames.
func (s *socket) readSome(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.queue))
	s.got = append(s.got, s.queue[:n]...)
	s.queue = s.queue[n:]
	s.changed()
}

// await waits until what the client has read, and what waits for it, satisfies done.
func (s *socket) await(t failer, what string, done func(got, queue []string) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wait(ctx, func() bool { return done(s.got, s.queue) }) {
		t.Fatalf("%s: %s did not come\ngot    %q\nqueued %q", s.client, what, s.got, s.queue)
	}
}

// awaitGot waits until the client has read so many frames, and compares them.
func (s *socket) awaitGot(t failer, want ...string) {
	t.Helper()
	s.await(t, fmt.Sprintf("frames %q", want), func(got, _ []string) bool { return len(got) >= len(want) })
	s.wantGot(t, want...)
}

func (s *socket) wantGot(t failer, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Errorf("%s got\n  %s\nwant\n  %s", s.client, strings.Join(s.got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (s *socket) wantQueued(t failer, n int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) != n {
		t.Errorf("%s: %d frames wait, want %d: %q", s.client, len(s.queue), n, s.queue)
	}
}

// awaitLive waits until nobody is behind.
func awaitLive(t failer, h *hub.Hub) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(patience)
	defer tick.Stop()
	for h.Stats().Behind > 0 {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d are behind for ever", h.Stats().Behind)
		}
	}
}

// failer is what tests and properties have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// journal is a log in memory, which behaves as the store does.
type journal struct {
	mu       sync.Mutex
	lives    map[string][]*life // of each session, the newest last
	epochs   int
	reads    int
	reading  int
	atOnce   int // how many read at once, at most
	failing  error
	blocked  chan struct{}                        // reads end after it is closed; nil: at once
	whenRead func(session string, p hub.Position) // after each read, before its reader knows of it
}

// life is a session from its creation to its deletion.
type life struct {
	epoch   string
	deleted bool
	pruned  int // events[:pruned] are not kept any more
	events  []hub.Event
}

func newJournal() *journal { return &journal{lives: map[string][]*life{}} }

// create begins a new life of a session. Its epochs are e1, e2 and so on.
func (j *journal) create(session string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epochs++
	l := &life{epoch: fmt.Sprint("e", j.epochs)}
	j.lives[session] = append(j.lives[session], l)
	return l.epoch
}

// add logs events in the present life of a session, and returns what is to be published. The form of an event is "type data".
func (j *journal) add(session string, events ...string) hub.Commit {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.present(session)
	c := hub.Commit{Session: session, Epoch: l.epoch}
	for _, text := range events {
		typ, data, _ := strings.Cut(text, " ")
		c.Events = append(c.Events, hub.Event{Type: typ, Data: []byte(data), Seq: int64(len(l.events)) + 1})
		l.events = append(l.events, c.Events[len(c.Events)-1])
	}
	return c
}

// present returns the newest life of a session. The lock is held.
func (j *journal) present(session string) *life { return j.lives[session][len(j.lives[session])-1] }

// prune forgets the oldest events of the present life until only keep are left.
func (j *journal) prune(session string, keep int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.present(session)
	l.pruned = max(l.pruned, len(l.events)-keep)
}

// remove ends the present life of a session.
func (j *journal) remove(session string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.present(session).deleted = true
}

// forget forgets all lives that have ended.
func (j *journal) forget(session string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lives[session] = slices.DeleteFunc(j.lives[session], func(l *life) bool { return l.deleted })
}

// find returns the life that a client with p is told of: the present one, or a deleted one that it has followed.
func (j *journal) find(session string, p hub.Position) *life {
	var found *life
	for _, l := range j.lives[session] {
		if !l.deleted || l.epoch == p.Epoch {
			found = l
		}
	}
	return found
}

func (j *journal) Since(ctx context.Context, session string, p hub.Position, limit int) (hub.Missed, error) {
	j.mu.Lock()
	j.reads++
	j.reading++
	j.atOnce = max(j.atOnce, j.reading)
	missed, err := j.look(session, p, limit)
	blocked, hook := j.blocked, j.whenRead
	j.mu.Unlock()
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
	j.mu.Lock()
	j.reading--
	j.mu.Unlock()
	return missed, err
}

func (j *journal) look(session string, p hub.Position, limit int) (hub.Missed, error) {
	l := j.find(session, p)
	if j.failing != nil {
		return hub.Missed{}, j.failing
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

// sums knows events of the type "bal", whose data is "KEY OLD NEW".
type sums struct{}

func (sums) Key(typ string, data []byte) (string, bool) {
	if typ != "bal" {
		return "", false
	}
	key, _, _ := strings.Cut(string(data), " ")
	return key, true
}

func (sums) Merge(_ string, older, newer []byte) ([]byte, bool) {
	a, b := strings.Fields(string(older)), strings.Fields(string(newer))
	if b[2] == "unmergeable" {
		return nil, false
	}
	return []byte(a[0] + " " + a[1] + " " + b[2]), true
}

// options are those of a hub over j. Frames read "SESSION#SEQ type data", with "(after PREV)" where some were left out; texts
// stand in brackets.
func options(j *journal) hub.Options {
	return hub.Options{
		Log: j, Text: bracket, Conflation: sums{},
		Frame: func(session string, e hub.Event, prev int64) []byte {
			text := fmt.Sprintf("%s#%d", session, e.Seq)
			if prev != 0 {
				text += fmt.Sprintf("(after %d)", prev)
			}
			return fmt.Appendf(nil, "%s %s %s", text, e.Type, e.Data)
		},
	}
}

// bracket stands for the framing of a text.
func bracket(text []byte) []byte { return fmt.Appendf(nil, "[%s]", text) }

func newHub(t *testing.T, o hub.Options) *hub.Hub {
	t.Helper()
	h := hub.New(o)
	t.Cleanup(h.Close)
	return h
}

// listen adds s as a listener to session from p on.
func listen(t failer, h *hub.Hub, s *socket, session string, p hub.Position) {
	t.Helper()
	o, err := h.Subscribe(context.Background(), session, p)
	if err != nil {
		t.Fatalf("open %s: %v", session, err)
	}
	defer o.Close()
	if err := h.Add(s, o); err != nil {
		t.Errorf("add %s: %v", s.client, err)
	}
}

// listenAll adds s as a listener to all sessions.
func listenAll(t failer, h *hub.Hub, s *socket) {
	t.Helper()
	if err := h.Add(s, nil); err != nil {
		t.Errorf("add %s: %v", s.client, err)
	}
}

// welcomed is the frame that welcomes a client that was resumed, or came anew.
func welcomed(session, epoch string, last int64, rest string) string {
	return fmt.Sprintf(`[{"type":"welcome","session_id":"%s","epoch":"%s","last_seq":%d,"contract":"%s",%s}]`, session, epoch, last, wire.Hash, rest)
}

const asNew = `"resumed":false,"reason":"new"`

func resynced(session, epoch string, last int64, reason string) string {
	return fmt.Sprintf(`[{"type":"resync","session_id":"%s","epoch":"%s","last_seq":%d,"reason":"%s"}]`, session, epoch, last, reason)
}

// notice is a welcome or a resync as a client reads it.
type notice struct {
	Type    string
	Epoch   string
	LastSeq int64 `json:"last_seq"`
	Resumed bool
	Reason  string
	From    int64
	To      int64
}

// readNotice reads a frame that is no event.
func readNotice(frame string) (n notice, ok bool) {
	text, ok := strings.CutPrefix(frame, "[")
	return n, ok && json.Unmarshal([]byte(strings.TrimSuffix(text, "]")), &n) == nil && n.Type != ""
}
