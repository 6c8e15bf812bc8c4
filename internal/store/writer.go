package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// maxGroup is the maximum number of jobs in a transaction, so that the first does not wait long for
// the last.
const maxGroup = 256

var (
	// errStale: a job was prepared from a state that is no longer stored.
	errStale = errors.New("another program has changed the session meanwhile")
	// errTwin: another program has executed the same request meanwhile.
	errTwin = errors.New("the request has been executed meanwhile")
	// errBegin: the transaction could not begin, so running the jobs one by one would not help.
	errBegin = errors.New("begin")
	// errCommit: the commit failed. Its outcome is unknown, so no job may be run again.
	errCommit = errors.New("commit")
	// errClosed: the store has been closed.
	errClosed = errors.New("the store is closed")
)

// writer owns the connection that writes. Its goroutine commits the jobs that arrived while it was
// busy in one transaction, so they share one sync of the disk. If one of them fails, all are rolled
// back and run one by one.
type writer struct {
	ctx   context.Context //nolint:containedctx // never ends, since the outcome of a cancelled commit is unknown
	conn  bun.Conn
	stmts map[string]statement // by text
	args  []driver.NamedValue  // of the current statement
	queue chan *job
	trims chan struct{} // asks the writer to empty the write-ahead log
	ended chan struct{} // closed when the goroutine has ended
	full  bool          // the disk was full, and the log has not been emptied since
	wal   *wal
	place fileLocation

	mu     sync.RWMutex // held to send to queue, and to close it
	closed bool

	groups atomic.Int64 // number of committed transactions
}

// statement is a prepared statement of the driver. The writer bypasses database/sql, whose locks
// and copies for sharing connections cost a tenth of a command's time, and are not needed for one
// connection.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
}

// job is one change of the database.
type job struct {
	write func(*batch) error
	done  chan error // buffered for one error
}

// batch is the current transaction. Its jobs run one after the other.
type batch struct {
	w       *writer
	conn    driver.ConnPrepareContext
	changed bool // the current job has changed something
}

// newWriter starts the goroutine. It uses the only connection of db until close. More than room
// jobs at the same time wait. maxWAL is Options.MaxWAL.
func newWriter(ctx context.Context, db *bun.DB, file fileLocation, room int, maxWAL int64) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		ctx: context.WithoutCancel(ctx), conn: conn, stmts: map[string]statement{}, queue: make(chan *job, room), ended: make(chan struct{}),
		trims: make(chan struct{}, 1), wal: newWAL(file.path, maxWAL), place: file,
	}
	go w.run()
	return w, nil
}

// submit executes write in a transaction and returns after the commit. After an error nothing is
// stored, except that the outcome of a failed commit is unknown. write may be called twice, and
// must not use the store.
func (w *writer) submit(write func(*batch) error) error {
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

// close ends the goroutine after all jobs.
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
	err := w.conn.Raw(func(any) error { // a statement belongs to its connection
		for _, s := range w.stmts {
			problems = append(problems, s.Close())
		}
		return nil
	})
	return errors.Join(append(problems, err, w.conn.Close())...)
}

func (w *writer) run() {
	defer close(w.ended)
	group := make([]*job, 0, maxGroup)
	for {
		select {
		case first, open := <-w.queue:
			if !open {
				return
			}
			w.waitForMore()
			group = w.collect(append(group[:0], first))
			w.commit(group)
			clear(group) // jobs keep sessions in memory
			w.truncateWAL()
		case <-w.trims:
			w.empty(waitForNobody)
		}
	}
}

// waitForMore yields to other goroutines as long as that brings more jobs: clients that have just
// received an answer may have their next command almost ready, and it would miss this sync. It does
// not sleep: without other work it returns at once.
func (w *writer) waitForMore() {
	for before := -1; len(w.queue) > before && len(w.queue) < maxGroup; runtime.Gosched() {
		before = len(w.queue)
	}
}

// collect adds waiting jobs to group, up to maxGroup.
func (w *writer) collect(group []*job) []*job {
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

// commit executes group in one transaction, or one by one if that fails before the commit.
func (w *writer) commit(group []*job) {
	w.limitWAL()
	verdicts, err := w.transact(group)
	if isFull(err) {
		w.full = true
		w.limitWAL()
		verdicts, err = w.transact(group)
	}
	switch {
	case err == nil:
		for i, j := range group {
			j.done <- verdicts[i]
		}
	case len(group) == 1 || !mayRerun(err):
		for _, j := range group {
			j.done <- err
		}
	default:
		for i := range group {
			w.commit(group[i : i+1])
		}
	}
}

// mayRerun reports whether the jobs of a transaction that failed with err may be run one by one:
// nothing must have been stored. After a failed commit that is certain only if the disk was full.
func mayRerun(err error) bool {
	return !errors.Is(err, errBegin) && (!errors.Is(err, errCommit) || isFull(err))
}

// runAlone calls f with the connection of the driver. f must not keep it.
func (w *writer) runAlone(f func(*batch) error) error {
	return w.conn.Raw(func(c any) error {
		conn, ok := c.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T, which cannot prepare statements", c)
		}
		return f(&batch{w: w, conn: conn})
	})
}

// transact executes group in one transaction. After an error nothing is stored, except for
// errCommit. Without an error each job has its own result.
func (w *writer) transact(group []*job) (verdicts []error, err error) {
	if err := w.place.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", errBegin, err)
	}
	err = w.runAlone(func(b *batch) error {
		if err := b.run("BEGIN IMMEDIATE"); err != nil {
			b.rollback() // an earlier error may have left a transaction open
			return fmt.Errorf("%w: %w", errBegin, err)
		}
		var err error
		if verdicts, err = b.try(group); err != nil {
			b.rollback()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w.groups.Add(1)
	return verdicts, nil
}

// try executes group and commits.
func (b *batch) try(group []*job) ([]error, error) {
	verdicts := make([]error, len(group))
	for i, j := range group {
		b.changed = false
		err := j.run(b)
		if err != nil && (b.changed || !isHarmless(err)) {
			return nil, err
		}
		verdicts[i] = err
	}
	if err := b.run("COMMIT"); err != nil {
		return nil, fmt.Errorf("%w: %w", errCommit, err)
	}
	return verdicts, nil
}

// run calls write and turns a panic into an error, so that one job does not end the program.
func (j *job) run(b *batch) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			b.changed = true // it may have changed something
			err = fmt.Errorf("panic while writing: %v\n%s", fault, debug.Stack())
		}
	}()
	return j.write(b)
}

// isHarmless reports whether the transaction can continue after a job that changed nothing failed
// with err. After an error of the disk it cannot, because SQLite may have ended the transaction.
func isHarmless(err error) bool {
	_, refused := errors.AsType[*game.Refusal](err)
	return refused || errors.Is(err, errStale)
}

// run executes a statement.
func (b *batch) run(query string) error {
	_, err := b.prepared(query)
	return err
}

// rollback ends the transaction, if there is one. It ignores the error: after some errors SQLite
// has already ended the transaction.
func (b *batch) rollback() { _ = b.run("ROLLBACK") }

// prepared executes a statement. It parses each text only once.
func (b *batch) prepared(query string, args ...any) (driver.Result, error) {
	w := b.w
	s, known := w.stmts[query]
	if !known {
		prepared, err := b.conn.PrepareContext(w.ctx, query)
		if err != nil {
			return nil, err
		}
		var ok bool
		if s, ok = prepared.(statement); !ok {
			return nil, errors.Join(fmt.Errorf("the driver's statement is a %T, which cannot be executed", prepared), prepared.Close())
		}
		w.stmts[query] = s
	}
	w.args = w.args[:0]
	for i, a := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	result, err := s.ExecContext(w.ctx, w.args)
	clear(w.args) // release the events of a turn, which may be megabytes
	return result, err
}

// exec executes a statement that changes something.
func (b *batch) exec(query string, args ...any) (driver.Result, error) {
	result, err := b.prepared(query, args...)
	if err != nil {
		return nil, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		b.changed = true
	}
	return result, nil
}

// count executes a statement and returns the number of changed rows.
func (b *batch) count(query string, args ...any) (int64, error) {
	result, err := b.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// one executes a statement that must change exactly one row. For SQLite, changing no row is not an
// error.
func (b *batch) one(query string, args ...any) error {
	wrote, err := b.count(query, args...)
	if err != nil {
		return err
	}
	if wrote != 1 {
		return fmt.Errorf("changed %d rows, want 1", wrote)
	}
	return nil
}
