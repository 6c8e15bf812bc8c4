package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Retention says how long the log is kept. Older rows are not read any more, and are removed later
// in small steps.
type Retention struct {
	Events  int64         // newest events of a session to keep; 0: 10,000
	Age     time.Duration // of events; 0: 24 hours
	Answers time.Duration // how long the answer to a request is kept; 0: 24 hours
}

func (r Retention) orDefault() Retention {
	return Retention{
		Events: cmp.Or(r.Events, 10_000), Age: cmp.Or(r.Age, 24*time.Hour), Answers: cmp.Or(r.Answers, 24*time.Hour),
	}
}

const (
	pruneBatch = 200 // rows per transaction, so that commands never wait long
	pruneEvery = 256 // events of a session between two checks for a surplus
)

// markForPruning records that a session may have more events than are kept.
func (s *Store) markForPruning(c Commit, session int64) {
	last := c.FirstSeq + int64(len(c.Events)) - 1
	if len(c.Events) == 0 || last <= s.o.Keep.Events || last/pruneEvery == (c.FirstSeq-1)/pruneEvery {
		return
	}
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	s.due[session] = struct{}{}
}

// takeMarked returns the marked sessions.
func (s *Store) takeMarked() map[int64]struct{} {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	due := s.due
	s.due = map[int64]struct{}{}
	return due
}

// putBack marks sessions again for the next Prune.
func (s *Store) putBack(due map[int64]struct{}) {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	maps.Copy(s.due, due)
}

// Prune removes old events and answers, the surplus of sessions with too many events, and deleted
// sessions without log rows. It uses many small transactions. The store calls it regularly; after
// an interruption the next call continues.
func (s *Store) Prune(ctx context.Context) error {
	if err := s.pruneOld(ctx); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	due := s.takeMarked()
	for session := range due {
		if err := s.pruneSurplus(ctx, session); err != nil {
			s.putBack(due)
			return fmt.Errorf("prune: %w", err)
		}
		delete(due, session)
	}
	if err := s.pruneTombstones(ctx); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}

// pruneOld removes rows from the beginning of the log.
func (s *Store) pruneOld(ctx context.Context) error {
	for ctx.Err() == nil {
		last, err := s.findOld(ctx)
		if err != nil || last == 0 {
			return err
		}
		for removed := int64(pruneBatch); removed == pruneBatch && ctx.Err() == nil; {
			err := s.writer.submit(func(b *batch) (err error) {
				removed, err = b.count("DELETE FROM log WHERE id IN (SELECT id FROM log WHERE id <= ? ORDER BY id LIMIT ?)", last, pruneBatch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// findOld returns the number of the last row of the expired beginning of the log, or 0. The log is
// in the order of time, except that rows written while the clock was ahead have a later time. Such
// a row is at least as old as those after it; by its own time it would keep them all. Its time is
// not changed and it is not removed by itself, because the present clock may be the wrong one. No
// more rows are read than necessary, because the events of a turn are long.
// is wrong. No more rows are looked at than must be, as one with the events of a turn is long.
func (s *Store) findOld(ctx context.Context) (last int64, err error) {
	now := s.o.Now()
	oldest := now.Add(-max(s.o.Keep.Age, s.o.Keep.Answers)).UnixMilli()
	for from := int64(0); ; {
		b, err := s.readBeginning(ctx, from, oldest, now.UnixMilli())
		if err != nil || b.ended || b.old != 0 {
			return b.old, err
		}
		from = max(b.last, s.ahead.Load())
		s.ahead.Store(from)
	}
}

// beginning describes the first rows of a batch that are expired or have a future time.
type beginning struct {
	old   int64 // number of the last expired row; 0: none
	last  int64 // number of the last row
	ended bool  // another row follows, or there is none
}

func (s *Store) readBeginning(ctx context.Context, from, oldest, now int64) (b beginning, err error) {
	rows, err := s.reader.QueryContext(ctx, "SELECT id, at FROM log WHERE id > ? ORDER BY id LIMIT ?", from, pruneBatch)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	n := 0
	for ; rows.Next(); n++ {
		var id, at int64
		if err := rows.Scan(&id, &at); err != nil {
			return b, err
		}
		if at >= oldest && at <= now {
			break
		}
		if b.last = id; at < oldest {
			b.old = id
		}
	}
	b.ended = n < pruneBatch
	return b, rows.Err()
}

const (
	selectSurplus = `(SELECT l.id FROM log AS l JOIN sessions AS s ON s.id = l.session_id
		WHERE s.id = ?1 AND l.session_id = ?1 AND l.seq_from <= s.seq - ?2 AND l.seq_to <= s.seq - ?2
		ORDER BY l.seq_from LIMIT ?4)`

	// If the answer is still kept, only the events are removed.
	emptySurplus = "UPDATE log SET seq_from = NULL, seq_to = NULL, events = NULL WHERE key IS NOT NULL AND at >= ?3 AND id IN " + selectSurplus

	deleteSurplus = "DELETE FROM log WHERE (key IS NULL OR at < ?3) AND id IN " + selectSurplus
)

// pruneSurplus removes the surplus events of a session.
func (s *Store) pruneSurplus(ctx context.Context, session int64) error {
	for ctx.Err() == nil {
		answers := s.o.Now().Add(-s.o.Keep.Answers).UnixMilli()
		var emptied, deleted int64
		err := s.writer.submit(func(b *batch) (err error) {
			if emptied, err = b.count(emptySurplus, session, s.o.Keep.Events, answers, pruneBatch); err != nil {
				return err
			}
			deleted, err = b.count(deleteSurplus, session, s.o.Keep.Events, answers, pruneBatch)
			return err
		})
		if err != nil || emptied+deleted == 0 {
			return err
		}
	}
	return ctx.Err()
}

// A session that was deleted while the clock was ahead is expired when its log is gone.
const selectTombstones = `SELECT s.id FROM sessions AS s WHERE (s.deleted_at < ? OR s.deleted_at > ?)
	AND NOT EXISTS (SELECT 1 FROM log AS l WHERE l.session_id = s.id) LIMIT ?`

// pruneTombstones removes deleted sessions that nobody can read any more.
func (s *Store) pruneTombstones(ctx context.Context) error {
	for ctx.Err() == nil {
		var ids []int64
		now := s.o.Now()
		oldest := now.Add(-s.o.Keep.Age).UnixMilli()
		if err := s.reader.NewRaw(selectTombstones, oldest, now.UnixMilli(), pruneBatch).Scan(ctx, &ids); err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		err := s.writer.submit(func(b *batch) error {
			for _, id := range ids {
				if _, err := b.exec("DELETE FROM sessions WHERE id = ?", id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// housekeeping prunes, updates the identity file and shortens the write-ahead log, until ctx ends.
func (s *Store) housekeeping(ctx context.Context) {
	defer close(s.keeper.ended)
	tick := time.NewTicker(s.o.Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := errors.Join(s.Prune(ctx), s.noteNewest(ctx), s.trimWAL(ctx))
		if err != nil && ctx.Err() == nil && s.o.Trouble != nil {
			s.o.Trouble(err)
		}
	}
}

// findSurplus marks all sessions that may have a surplus, because marks are lost when the program
// ends.
func (s *Store) findSurplus(ctx context.Context) error {
	var ids []int64
	err := s.reader.NewRaw("SELECT id FROM sessions WHERE seq > ?", s.o.Keep.Events).Scan(ctx, &ids)
	for _, id := range ids {
		s.due[id] = struct{}{}
	}
	return err
}
