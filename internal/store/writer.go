package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// maxGroup bounds the jobs of one transaction, so that the first of them does not wait long for the last.
const maxGroup = 256

var (
	// errStale says that a job was prepared from a state that is no longer the stored one.
	errStale = errors.New("another program has changed the session meanwhile")
	// errTwin says that another program has carried out the same request meanwhile.
	errTwin = errors.New("the request has been carried out meanwhile")
	// errBegin says that nothing could be tried: whoever is in the group has the same to expect alone.
	errBegin = errors.New("begin")
	// errClosed says that the store has been closed.
	errClosed = errors.New("the store is closed")
)

// writer is the one that writes: a goroutine that takes the jobs which have come
// up while it was busy and commits them together, so that they share one sync of
// the disk. When one of them fails, all are rolled back and done one by one.
type writer struct {
	ctx   context.Context //nolint:containedctx // of all it does: it never ends, since a commit that is cancelled half way may or may not have happened
	conn  bun.Conn
	stmts map[string]*sql.Stmt
	queue chan *job
	ended chan struct{} // closed when the goroutine has ended
	full  bool          // the disk was full, and no room has been made since

	mu     sync.RWMutex // held to send to queue, and to close it
	closed bool

	groups atomic.Int64 // transactions committed
}

// job is one change of the database.
type job struct {
	write func(*batch) error
	done  chan error // has room for the one error that is sent
}

// batch is a transaction under way, for one job after the other.
type batch struct {
	w       *writer
	changed bool // the job at hand has changed something
}

// newWriter starts the goroutine. It has a connection of db for itself until close. More than room jobs at once would wait.
func newWriter(ctx context.Context, db *bun.DB, room int) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{ctx: context.WithoutCancel(ctx), conn: conn, stmts: map[string]*sql.Stmt{}, queue: make(chan *job, room), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

// do has write carried out in a transaction and returns after its commit. On any error nothing of it has been stored, except
// that nobody can know when the commit itself failed. write may be called twice, and must not use the store.
func (w *writer) do(write func(*batch) error) error {
	j := &job{write: write, done: make(chan error, 1)}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed
	}
	w.queue <- j
	w.mu.RUnlock()
	return <-j.done
}

// close ends the goroutine once it has done all jobs.
func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.ended
	var problems []error
	for _, s := range w.stmts {
		problems = append(problems, s.Close())
	}
	return errors.Join(append(problems, w.conn.Close())...)
}

func (w *writer) run() {
	defer close(w.ended)
	group := make([]*job, 0, maxGroup)
	for first := range w.queue {
		group = w.gather(append(group[:0], first))
		w.commit(group)
	}
}

// gather adds what else waits to group, up to maxGroup.
func (w *writer) gather(group []*job) []*job {
	for len(group) < maxGroup {
		select {
		case j, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commit does group in one transaction, or one by one when that fails.
func (w *writer) commit(group []*job) {
	w.makeRoom()
	verdicts, err := w.transact(group)
	if isFull(err) {
		w.full = true
		w.makeRoom()
		verdicts, err = w.transact(group)
	}
	switch {
	case err == nil:
		for i, j := range group {
			j.done <- verdicts[i]
		}
	case len(group) == 1 || errors.Is(err, errBegin):
		for _, j := range group {
			j.done <- err
		}
	default:
		for i := range group {
			w.commit(group[i : i+1])
		}
	}
}

// makeRoom brings what has been committed into the database when the disk was full: pages lie in the write-ahead log many times
// over, and its room can be used again then. Where there is none for that either it is tried again with the next group.
func (w *writer) makeRoom() {
	if w.full {
		w.full = w.exec("PRAGMA wal_checkpoint(PASSIVE)") != nil
	}
}

// transact does group in one transaction. The error says that nothing is stored; otherwise each job has a verdict of its own.
func (w *writer) transact(group []*job) ([]error, error) {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		w.rollback() // what an earlier error may have left
		return nil, fmt.Errorf("%w: %w", errBegin, err)
	}
	verdicts, err := w.try(group)
	if err != nil {
		w.rollback()
		return nil, err
	}
	w.groups.Add(1)
	return verdicts, nil
}

// try writes group and commits.
func (w *writer) try(group []*job) ([]error, error) {
	verdicts := make([]error, len(group))
	for i, j := range group {
		b := batch{w: w}
		err := j.write(&b)
		if err != nil && (b.changed || !harmless(err)) {
			return nil, err
		}
		verdicts[i] = err
	}
	if err := w.exec("COMMIT"); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return verdicts, nil
}

// harmless tells whether the transaction is as good as before after a job that had changed nothing failed with err. Errors of
// the disk are not: some of them end the transaction.
func harmless(err error) bool {
	_, refused := errors.AsType[*game.Refusal](err)
	return refused || errors.Is(err, errStale)
}

func (w *writer) exec(query string) error {
	_, err := w.prepared(query)
	return err
}

// rollback ends a transaction if there is one. Its error says that there is none: some errors end it by themselves.
func (w *writer) rollback() { _ = w.exec("ROLLBACK") }

func (w *writer) prepared(query string, args ...any) (sql.Result, error) {
	s, known := w.stmts[query]
	if !known {
		var err error
		if s, err = w.conn.PrepareContext(w.ctx, query); err != nil {
			return nil, err
		}
		w.stmts[query] = s
	}
	return s.ExecContext(w.ctx, args...)
}

// exec runs a statement that changes something, as often as its text is known prepared.
func (b *batch) exec(query string, args ...any) (sql.Result, error) {
	result, err := b.w.prepared(query, args...)
	if err != nil {
		return nil, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		b.changed = true
	}
	return result, nil
}

// count is exec that returns how many rows it has changed.
func (b *batch) count(query string, args ...any) (int64, error) {
	result, err := b.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// one is exec that must change exactly one row. A statement that finds no row is no error to the database.
func (b *batch) one(query string, args ...any) error {
	wrote, err := b.count(query, args...)
	if err != nil {
		return err
	}
	if wrote != 1 {
		return fmt.Errorf("wrote %d rows, not one", wrote)
	}
	return nil
}
