package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Retention says how long the log is kept. What is older is not told any more, and
// is removed some time after, little by little.
type Retention struct {
	Events  int64         // newest events of a session that are kept; 0: 10,000
	Age     time.Duration // of events; 0: 24 hours
	Answers time.Duration // how long the answer to a request is remembered; 0: 24 hours
}

func (r Retention) orDefault() Retention {
	return Retention{
		Events: cmp.Or(r.Events, 10_000), Age: cmp.Or(r.Age, 24*time.Hour), Answers: cmp.Or(r.Answers, 24*time.Hour),
	}
}

const (
	pruneBatch = 200 // rows removed at once, so that commands never wait long
	pruneEvery = 256 // events of a session between two looks at whether it has too many
)

// markForPruning notes that a session may have more events than are to be kept.
func (s *Store) markForPruning(c Commit, session int64) {
	last := c.FirstSeq + int64(len(c.Events)) - 1
	if len(c.Events) == 0 || last <= s.o.Keep.Events || last/pruneEvery == (c.FirstSeq-1)/pruneEvery {
		return
	}
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	s.due[session] = struct{}{}
}

// takeMarked returns the sessions that are overdue.
func (s *Store) takeMarked() map[int64]struct{} {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	due := s.due
	s.due = map[int64]struct{}{}
	return due
}

// putBack lets the next Prune look at the sessions that takeDue has returned.
func (s *Store) putBack(due map[int64]struct{}) {
	s.dueMu.Lock()
	defer s.dueMu.Unlock()
	maps.Copy(s.due, due)
}

// Prune removes what need not be kept any more: old events and answers, the
// surplus of sessions that have too many events, deleted sessions of which no log
// is left. It takes many small transactions. The store does it by itself from
// time to time; an interrupted one goes on where it was.
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

// findOld returns the number of the last row of a beginning of the log that is too old, 0 when nothing is. The log is in the order of
// time, but what was written while the clock was ahead has the time that it showed. Such a row is as old as those behind it at least:
// by its own time it would keep them all. It is not given another time, nor removed for itself, since it may be the clock of now that
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

// beginning is what a batch of rows of the log begins with, as far as they are too old or of a time to come.
type beginning struct {
	old   int64 // number of the last row that is too old; 0: none is
	last  int64 // number of the last row
	ended bool  // there are others behind it, or none
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

	// Where the answer must be kept, only the events go.
	emptySurplus = "UPDATE log SET seq_from = NULL, seq_to = NULL, events = NULL WHERE key IS NOT NULL AND at >= ?3 AND id IN " + selectSurplus

	deleteSurplus = "DELETE FROM log WHERE (key IS NULL OR at < ?3) AND id IN " + selectSurplus
)

// pruneSurplus removes the events of a session that are too many.
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

// What was deleted while the clock was ahead is old when its log is gone.
const selectTombstones = `SELECT s.id FROM sessions AS s WHERE (s.deleted_at < ? OR s.deleted_at > ?)
	AND NOT EXISTS (SELECT 1 FROM log AS l WHERE l.session_id = s.id) LIMIT ?`

// pruneTombstones removes deleted sessions that nobody can ask for any more.
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

// housekeeping prunes, notes how far the log has come, and shortens the write-ahead log, until ctx ends.
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

// findSurplus marks all sessions that may have too many events, since what was due when the last program ended is not known.
func (s *Store) findSurplus(ctx context.Context) error {
	var ids []int64
	err := s.reader.NewRaw("SELECT id FROM sessions WHERE seq > ?", s.o.Keep.Events).Scan(ctx, &ids)
	for _, id := range ids {
		s.due[id] = struct{}{}
	}
	return err
}
