package store

import (
	"context"
	"sync"
)

// locks holds a lock for each name. An unused name takes no memory.
type locks struct {
	mu    sync.Mutex
	named map[string]*lock
}

type lock struct {
	token chan struct{} // holds one token while the lock is free
	users int           // holders and waiters; guarded by locks.mu
}

func newLocks() locks { return locks{named: map[string]*lock{}} }

// acquire waits for the lock of name until ctx ends. Waiters get it in order. release must be
// called once.
func (l *locks) acquire(ctx context.Context, name string) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lk := l.join(name)
	select {
	case <-lk.token:
		return func() { lk.token <- struct{}{}; l.leave(name, lk) }, nil
	case <-ctx.Done():
		l.leave(name, lk)
		return nil, ctx.Err()
	}
}

func (l *locks) join(name string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	lk := l.named[name]
	if lk == nil {
		lk = &lock{token: make(chan struct{}, 1)}
		lk.token <- struct{}{}
		l.named[name] = lk
	}
	lk.users++
	return lk
}

func (l *locks) leave(name string, lk *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lk.users--; lk.users == 0 {
		delete(l.named, name)
	}
}
