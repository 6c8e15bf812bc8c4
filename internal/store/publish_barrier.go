package store

import (
	"context"
	"sync"
)

// Between a commit and Options.OnCommit there is a moment in which the log holds what nobody has been told of. Who read it then
// could pass on the events of a command before the answer to it, which comes with the telling.

// publishBarrier knows the commands that are being stored or told of, one of a session at most.
type publishBarrier struct {
	mu      sync.Mutex
	pending map[string]*pendingPublish // by session
}

// pendingPublish is a command that is being stored or told of.
type pendingPublish struct {
	epoch   string
	first   int64         // number of its first event
	done    chan struct{} // closed when it has been told of, or has failed
	waiting int           // how many wait for that; telling.mu guards it
}

// begin notes what is about to be stored; end must follow.
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

// await waits until what m says of a session has been told of, as far as this store has committed it, or until ctx ends.
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
