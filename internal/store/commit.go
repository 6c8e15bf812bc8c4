package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"seg.example/internal/game"
)

// epochLength is the number of characters of an epoch: 82 random bits.
const epochLength = 16

// maxAttempts limits how often a command is applied again because another program has changed the
// session.
const maxAttempts = 100

// Update runs a command on the session c.Session. It locks the session, calls apply, stores the
// changes and the events in one transaction, which may include commands on other sessions, calls
// Options.OnCommit, and returns.
//
// It returns a *game.Refusal, stores nothing and publishes nothing if apply refuses, the session
// does not exist (game.SessionNotFound), the outcome takes something that another session owns
// (CodeConflict), more than Options.Queue commands are running, or the disk is full
// (CodeRateLimited). After any other error it is unknown whether the command was stored. ctx limits
// only the wait for the session: work that has begun is not cancelled.
//
// apply is called again with the newer state if another program has changed the session, or if a
// random secret code is taken. With c.Request the outcome's answer is stored, too; such a command
// must run inside Once.
// Once, in whose run such a command belongs.
func (s *Store) Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	return s.execute(ctx, c, func(ctx context.Context) (*pendingCommit, error) {
		a, cached, err := s.load(ctx, c.Session)
		if err != nil {
			return nil, err
		}
		w, err := s.apply(ctx, c, a, apply)
		if err != nil && cached {
			return nil, s.confirm(ctx, a.row, err)
		}
		return w, err
	})
}

// confirm returns the refusal of a command if it was based on the stored state. A cached row may be
// outdated, and a refused command writes nothing that would show it. If row is outdated, confirm
// returns errStale.
func (s *Store) confirm(ctx context.Context, row sessionRow, refusal error) error {
	switch fresh, unknown := s.isFresh(ctx, &row); {
	case unknown != nil:
		return unknown
	case !fresh:
		return errStale
	}
	return refusal
}

// apply calls apply on a copy of a and returns the commit to write.
func (s *Store) apply(
	ctx context.Context, c game.Command, a *aggregate, apply func(*game.Session, game.Env) (game.Outcome, error),
) (*pendingCommit, error) {
	after, numbers := a.session.Clone(), &idAllocator{ids: s.ids, from: a.session}
	env := s.env(numbers)
	out, err := apply(after, env)
	if err := cmp.Or(numbers.failed(), err); err != nil {
		return nil, err
	}
	w := &pendingCommit{store: s, request: c.Request, before: a.session, after: after, row: a.row}
	if err := w.finalize(c, env, out); err != nil {
		return nil, err
	}
	return w, s.checkCodes(ctx, a.row.ID, w)
}

// Create stores the session that build returns. If a session of that name exists, it returns a
// *game.Refusal with CodeConflict. c.Session is ignored: build sets the name. Otherwise Create is
// like Update.
func (s *Store) Create(ctx context.Context, c game.Command, build func(game.Env) (*game.Session, game.Outcome, error)) error {
	numbers := &idAllocator{ids: s.ids}
	env := s.env(numbers)
	session, out, err := build(env)
	if err := cmp.Or(numbers.failed(), err); err != nil {
		return err
	}
	c.Session = session.ID
	return s.execute(ctx, c, func(ctx context.Context) (*pendingCommit, error) {
		exists, err := s.exists(ctx, session.ID)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, game.SessionExists(session.ID)
		}
		row := newSessionRow(session, game.RandomID(env.Rand, epochLength), env.Now.UnixMilli())
		w := &pendingCommit{store: s, request: c.Request, after: session.Clone(), row: *row}
		if err := w.finalize(c, env, out); err != nil {
			return nil, err
		}
		return w, s.checkCodes(ctx, 0, w)
	})
}

// execute prepares and writes a commit with the session locked, and publishes it.
func (s *Store) execute(ctx context.Context, c game.Command, prepare func(context.Context) (*pendingCommit, error)) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	release, err := s.locks.acquire(ctx, c.Session)
	if err != nil {
		return fmt.Errorf("wait for session %s: %w", c.Session, err)
	}
	defer release()
	// A cancelled commit may or may not have happened.
	ctx = context.WithoutCancel(ctx)
	var done *pendingCommit
	told := func() {}
	defer func() { told() }()
	err = s.observed(func() (err error) {
		done, told, err = s.attempt(ctx, c.Session, prepare)
		return err
	})
	if err != nil {
		if refusal, ok := errors.AsType[*game.Refusal](err); ok {
			return refusal
		}
		if isFull(err) {
			return s.full(err)
		}
		return fmt.Errorf("command on session %s: %w", c.Session, err)
	}
	s.markForPruning(done.commit, done.row.ID)
	s.o.OnCommit(done.commit)
	return nil
}

// full returns the refusal for a full disk. It reports the problem to Options.Trouble at intervals.
func (s *Store) full(err error) *game.Refusal {
	const pause = 10 * time.Second
	now, last := s.o.Now().UnixNano(), s.told.Load()
	overdue := now-last >= int64(pause) || now < last // then the clock was set back
	if s.o.Trouble != nil && overdue && s.told.CompareAndSwap(last, now) {
		s.o.Trouble(fmt.Errorf("no room for what is to be stored: %w", err))
	}
	return game.Refuse(game.CodeRateLimited, "The server's disk is full; nothing was changed, try again later")
}

// enter counts a running command until leave is called.
func (s *Store) enter() (leave func(), err error) {
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	default:
		return nil, game.Refuse(game.CodeRateLimited, "The server has too much to do; try again later")
	}
}

// attempt prepares and writes until no other program interferes. The caller publishes the commit
// and then calls told.
func (s *Store) attempt(
	ctx context.Context, session string, prepare func(context.Context) (*pendingCommit, error),
) (done *pendingCommit, told func(), err error) {
	err = errStale
	for try := 0; try < maxAttempts && errors.Is(err, errStale); try++ {
		var w *pendingCommit
		if w, err = prepare(ctx); err == nil {
			told = s.telling.begin(w.commit)
			if err = s.writer.submit(w.write); err == nil {
				s.remember(w)
				return w, told, nil
			}
			told()
			err = s.unwritten(ctx, w, err)
		}
		if errors.Is(err, errStale) {
			s.cache.drop(session)
		}
	}
	return nil, func() {}, err
}

// unwritten returns the error for a commit that could not be written.
func (s *Store) unwritten(ctx context.Context, w *pendingCommit, err error) error {
	_, refused := errors.AsType[*game.Refusal](err)
	if !refused {
		s.cache.drop(w.row.Name)
	}
	if w.before == nil || !refused && !isForeign(err) { // a number cannot be taken for a session that is not there any more
		return err
	}
	row := w.row
	row.Version--
	return s.confirm(ctx, row, err)
}

// remember caches the state after w for the next command on the session.
func (s *Store) remember(w *pendingCommit) {
	if w.after.Deleted {
		s.cache.drop(w.row.Name)
		return
	}
	w.after.LastSeq = w.row.Seq
	s.cache.put(&aggregate{row: w.row, session: w.after})
}

// load returns a session, and whether it was cached.
func (s *Store) load(ctx context.Context, name string) (a *aggregate, cached bool, err error) {
	if a := s.cache.get(name); a != nil {
		return a, true, nil
	}
	a, err = s.readSession(ctx, name)
	if err != nil {
		return nil, false, err
	}
	s.cache.put(a)
	return a, false, nil
}

func (s *Store) env(numbers game.IDs) game.Env {
	return game.Env{Now: s.o.Now(), Rand: s.o.Rand, IDs: numbers}
}

// pendingCommit is a command that was applied and is not stored yet.
type pendingCommit struct {
	store   *Store
	request game.Request
	commit  Commit
	events  string        // the encoded events of commit
	before  *game.Session // nil: the session is new
	after   *game.Session
	row     sessionRow // with the new values

	encoded chan struct{} // closed when the events are encoded; nil: they are
	failed  error         // the error of encoding; valid after encoded is closed
}

// manyEvents is the number of events from which on they are encoded while the rows are written. A
// turn of a full session has thousands.
const manyEvents = 256

// finalize numbers the events of out and fills in the row.
func (w *pendingCommit) finalize(c game.Command, env game.Env, out game.Outcome) error {
	at := env.Now.UnixMilli()
	w.commit = Commit{Session: w.row.Name, Epoch: w.row.Epoch, Origin: c.Origin, Answer: out.Answer, Time: at, Deadline: w.after.Deadline}
	if c.Request.Key != "" && out.Answer == nil {
		return errors.New("a request that is to be remembered has no answer")
	}
	w.row.fill(w.after, at)
	if len(out.Events) == 0 {
		return nil
	}
	w.commit.FirstSeq = w.row.Seq + 1
	w.row.Seq += int64(len(out.Events))
	w.commit.Events = make([]Event, len(out.Events))
	if len(out.Events) < manyEvents {
		return w.encode(out.Events)
	}
	w.encoded = make(chan struct{})
	go func() {
		defer close(w.encoded)
		defer func() {
			if fault := recover(); fault != nil {
				w.failed = fmt.Errorf("encode events: %v", fault)
			}
		}()
		w.failed = w.encode(out.Events)
	}()
	return nil
}

// encode encodes the events for the commit and for the log.
func (w *pendingCommit) encode(events []game.Event) (err error) {
	for i, e := range events {
		w.commit.Events[i].Type, w.commit.Events[i].Data = w.store.o.Encode(e)
	}
	if w.events, err = encodeLog(w.commit.Events); err != nil {
		return fmt.Errorf("encode log: %w", err)
	}
	return nil
}

// write writes the rows of w.
func (w *pendingCommit) write(b *batch) error {
	var err error
	if w.before == nil {
		err = insertSession(b, &w.row, w.after)
	} else {
		err = saveSession(b, &w.row, w.before, w.after)
	}
	if err != nil {
		return err
	}
	return w.log(b)
}

// log appends the row of the command, unless it has neither events nor a request key.
func (w *pendingCommit) log(b *batch) error {
	if w.encoded != nil {
		if <-w.encoded; w.failed != nil {
			return w.failed
		}
	}
	if len(w.commit.Events) == 0 && w.request.Key == "" {
		return nil
	}
	row := logRow{session: w.row.ID, epoch: w.row.Epoch, events: w.events, at: w.commit.Time}
	if len(w.commit.Events) > 0 {
		row.from, row.to = w.commit.FirstSeq, w.row.Seq
	}
	return w.store.appendLog(b, row, w.request, w.commit.Answer)
}
