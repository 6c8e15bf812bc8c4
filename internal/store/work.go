package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// epochLength is the number of characters of an epoch: 82 bits of chance.
const epochLength = 16

// Update carries out a command on the session c.Session: it locks the session,
// applies to it, stores what apply changed and the events it returned in one
// transaction, and tells Options.OnCommit. It returns after that.
//
// When apply returns an error, or a session of that name does not exist
// (game.SessionNotFound), or the outcome takes what another session owns (a
// *game.Refusal with CodeConflict), nothing has changed and nobody is told. Other
// errors are faults; after one of them the caller cannot know whether the
// command has been stored. ctx bounds the wait for the session only: work that
// has begun is not cancelled.
func (s *Store) Update(ctx context.Context, c game.Command, apply func(*game.Session, game.Env) (game.Outcome, error)) error {
	return s.carryOut(ctx, c, func(ctx context.Context, tx bun.Tx) (Commit, error) {
		row, session, err := loadSession(ctx, tx, c.Session)
		if err != nil {
			return Commit{}, err
		}
		before, env := snapshot(session), s.env()
		out, err := apply(session, env)
		if err != nil {
			return Commit{}, err
		}
		commit := s.commit(row, c.Origin, env, out)
		if err := saveSession(ctx, tx, row, before, session, commit.Time); err != nil {
			return Commit{}, err
		}
		return commit, appendLog(ctx, tx, row.ID, commit)
	})
}

// Create stores the session that build makes. A session of that name is a
// *game.Refusal with CodeConflict. c.Session is not looked at: the name is the
// one that build gives. For the rest, the promises of Update hold here too.
func (s *Store) Create(ctx context.Context, c game.Command, build func(game.Env) (*game.Session, game.Outcome, error)) error {
	env := s.env()
	session, out, err := build(env)
	if err != nil {
		return err
	}
	c.Session = session.ID
	return s.carryOut(ctx, c, func(ctx context.Context, tx bun.Tx) (Commit, error) {
		row := newSessionRow(session, game.DrawID(env.Dice, epochLength), env.Now.UnixMilli())
		commit := s.commit(row, c.Origin, env, out)
		if err := insertSession(ctx, tx, row, session.Users); err != nil {
			return Commit{}, err
		}
		return commit, appendLog(ctx, tx, row.ID, commit)
	})
}

// carryOut runs work in a transaction, with the command's session locked, and
// tells of it after the commit.
func (s *Store) carryOut(ctx context.Context, c game.Command, work func(context.Context, bun.Tx) (Commit, error)) error {
	release, err := s.locks.acquire(ctx, c.Session)
	if err != nil {
		return fmt.Errorf("wait for session %s: %w", c.Session, err)
	}
	defer release()
	// A commit that is cancelled half way may or may not have happened.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()

	var commit Commit
	err = s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) (err error) {
		commit, err = work(ctx, tx)
		return err
	})
	if err != nil {
		if refusal, ok := errors.AsType[*game.Refusal](err); ok {
			return refusal
		}
		return fmt.Errorf("command on session %s: %w", c.Session, err)
	}
	s.o.OnCommit(commit)
	return nil
}

func (s *Store) env() game.Env { return game.Env{Now: s.o.Now(), Dice: s.o.Dice} }

// commit numbers the events of out, which moves row.Seq on.
func (s *Store) commit(row *sessionRow, origin uint64, env game.Env, out game.Outcome) Commit {
	c := Commit{Session: row.Name, Epoch: row.Epoch, Origin: origin, Answer: out.Answer, Time: env.Now.UnixMilli()}
	if len(out.Events) == 0 {
		return c
	}
	c.FirstSeq = row.Seq + 1
	row.Seq += int64(len(out.Events))
	c.Events = make([]Event, len(out.Events))
	for i, e := range out.Events {
		c.Events[i].Type, c.Events[i].Data = s.o.Encode(e)
	}
	return c
}
