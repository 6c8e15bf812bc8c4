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

// maxGroup bounds the jobs of one transaction, so that the first of them does not wait long for the last.
const maxGroup = 256

var (
	// errStale says that a job was prepared from a state that is no longer the stored one.
	errStale = errors.New("another program has changed the session meanwhile")
	// errTwin says that another program has carried out the same request meanwhile.
	errTwin = errors.New("the request has been carried out meanwhile")
	// errBegin says that nothing could be tried: whoever is in the group has the same to expect alone.
	errBegin = errors.New("begin")
	// errCommit says that the commit failed: whether it has happened nobody can know, and so nothing of it is to be tried again.
	errCommit = errors.New("commit")
	// errClosed says that the store has been closed.
	errClosed = errors.New("the store is closed")
)

// writer is the one that writes: a goroutine that takes the jobs which have come
// up while it was busy and commits them together, so that they share one sync of
// the disk. When one of them fails, all are rolled back and done one by one.
type writer struct {
	ctx   context.Context //nolint:containedctx // of all it does: it never ends, since a commit that is cancelled half way may or may not have happened
	conn  bun.Conn
	stmts map[string]statement // by their text
	args  []driver.NamedValue  // of the statement under way
	queue chan *job
	trims chan struct{} // asks the writer to empty the write-ahead log
	ended chan struct{} // closed when the goroutine has ended
	full  bool          // the disk was full, and no room has been made since
	wal   *wal
	place fileLocation

	mu     sync.RWMutex // held to send to queue, and to close it
	closed bool

	groups atomic.Int64 // transactions committed
}

// statement is a prepared statement of the driver. The writer uses them past database/sql, which takes locks and makes copies
// for each of them to share connections that here nobody shares: a tenth of what a command costs.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
}

// job is one change of the database.
type job struct {
	write func(*batch) error
	done  chan error // has room for the one error that is sent
}

// batch is a transaction under way, for one job after the other.
type batch struct {
	w       *writer
	conn    driver.ConnPrepareContext
	changed bool // the job at hand has changed something
}

// newWriter starts the goroutine. It has a connection of db, which is the one of file, for itself until close. More than room jobs
// at once would wait. maxWAL is Options.MaxWAL.
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

// submit has write carried out in a transaction and returns after its commit. On any error nothing of it has been stored, except
// that nobody can know when the commit itself failed. write may be called twice, and must not use the store.
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
			clear(group) // a job holds on to a session
			w.truncateWAL()
		case <-w.trims:
			w.empty(waitForNobody)
		}
	}
}

// waitForMore lets others run for as long as that brings more jobs: those who have just been told of their commit may have the next
// command almost ready, and it would miss this one's sync. It does not sleep: when nobody has anything to do it returns at once.
func (w *writer) waitForMore() {
	for before := -1; len(w.queue) > before && len(w.queue) < maxGroup; runtime.Gosched() {
		before = len(w.queue)
	}
}

// collect adds what else waits to group, up to maxGroup.
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

// commit does group in one transaction, or one by one when that fails before the end.
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

// mayRerun tells whether those who have shared a transaction that failed with err may be better off alone, and nothing of it is
// stored, as is certain of a commit only when the disk was full.
func mayRerun(err error) bool {
	return !errors.Is(err, errBegin) && (!errors.Is(err, errCommit) || isFull(err))
}

// runAlone lets f use the connection as the driver knows it, which must not be kept.
func (w *writer) runAlone(f func(*batch) error) error {
	return w.conn.Raw(func(c any) error {
		conn, ok := c.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T, which cannot prepare statements", c)
		}
		return f(&batch{w: w, conn: conn})
	})
}

// transact does group in one transaction. An error says that nothing is stored, but for errCommit; otherwise each job has a verdict of
// its own.
func (w *writer) transact(group []*job) (verdicts []error, err error) {
	if err := w.place.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", errBegin, err)
	}
	err = w.runAlone(func(b *batch) error {
		if err := b.run("BEGIN IMMEDIATE"); err != nil {
			b.rollback() // what an earlier error may have left
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

// try writes group and commits.
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

// run is write that makes an error of a panic: one job must not end the program, and with it all others.
func (j *job) run(b *batch) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			b.changed = true // nobody knows what it has done
			err = fmt.Errorf("panic while writing: %v\n%s", fault, debug.Stack())
		}
	}()
	return j.write(b)
}

// isHarmless tells whether the transaction is as good as before after a job that had changed nothing failed with err. Errors of
// the disk are not: some of them end the transaction.
func isHarmless(err error) bool {
	_, refused := errors.AsType[*game.Refusal](err)
	return refused || errors.Is(err, errStale)
}

// run runs a statement of the transaction itself.
func (b *batch) run(query string) error {
	_, err := b.prepared(query)
	return err
}

// rollback ends a transaction if there is one. Its error says that there is none: some errors end it by themselves.
func (b *batch) rollback() { _ = b.run("ROLLBACK") }

// prepared runs a statement, as often as its text is known without parsing it anew.
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
	clear(w.args) // the events of a turn may be megabytes
	return result, err
}

// exec runs a statement that changes something.
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
