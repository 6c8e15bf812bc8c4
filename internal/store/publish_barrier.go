package store

import (
	"context"
	"sync"
)

// Between a commit and Options.OnCommit the log holds events that are not published yet. A client
// must not get the events of a command before the answer to it, which is sent when the commit is
// published.

// publishBarrier holds the commands that are being stored or published, at most one per session.
type publishBarrier struct {
	mu      sync.Mutex
	pending map[string]*pendingPublish // by session
}

// pendingPublish is a command that is being stored or published.
type pendingPublish struct {
	epoch   string
	first   int64         // number of the first event
	done    chan struct{} // closed when it was published or has failed
	waiting int           // number of waiters; guarded by publishBarrier.mu
}

// begin records a command that will be stored. The returned function must be called at its end.
func (t *publishBarrier) begin(c Commit) (end func()) {
	if len(c.Events) == 0 {
		return func() {}
	}
	u := &pendingPublish{epoch: c.Epoch, first: c.FirstSeq, done: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending[c.Session] = u
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.pending[c.Session] == u {
			delete(t.pending, c.Session)
		}
		close(u.done)
	}
}

// await waits until the events in m that this store has committed are published, or ctx ends.
func (t *publishBarrier) await(ctx context.Context, session string, m Missed) error {
	if len(m.Events) == 0 {
		return nil
	}
	t.mu.Lock()
	u := t.pending[session]
	if u == nil || u.epoch != m.Epoch || m.Events[len(m.Events)-1].Seq < u.first {
		t.mu.Unlock()
		return nil
	}
	u.waiting++
	t.mu.Unlock()
	select {
	case <-u.done:
		return nil
	case <-ctx.Done():
		t.mu.Lock()
		defer t.mu.Unlock()
		u.waiting--
		return ctx.Err()
	}
}
