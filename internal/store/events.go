package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// Reason says why a client cannot resume; empty: it can.
type Reason string

// The reasons, as the protocol names them.
const (
	ReasonEpoch  Reason = "epoch"   // the session has a new epoch
	ReasonTooOld Reason = "too_old" // the next event was pruned
	ReasonAhead  Reason = "ahead"   // the client's position is after the newest event
	ReasonNew    Reason = "new"     // the client has no position
)

// Position is the newest event of a session that a client has.
type Position struct {
	Epoch string // empty: it has none
	After int64  // seq of the event
}

// Logged is an event in the log.
type Logged struct {
	Event

	Seq  int64
	Time int64 // time of the command, in Unix milliseconds
}

// Missed is what a client missed of a session, read in one snapshot.
type Missed struct {
	Epoch   string   // of the session
	LastSeq int64    // number of the newest event
	Reason  Reason   // why Events is empty; empty: the client can resume
	Events  []Logged // after the position, without gaps, up to LastSeq or the limit
}

// Events returns at most limit events of session after p. It does not return an event that this
// store has committed before Options.OnCommit was called for it, and waits for that until ctx ends.
// A client that followed a deleted session can read its events while its log is kept; others get
// game.SessionNotFound.
func (s *Store) Events(ctx context.Context, session string, p Position, limit int) (Missed, error) {
	var m Missed
	err := s.reader.RunInTx(uninterrupted(ctx), &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		var id int64
		err := tx.Tx.QueryRowContext(ctx, selectFollowed, session, p.Epoch).Scan(&id, &m.Epoch, &m.LastSeq)
		if errors.Is(err, sql.ErrNoRows) {
			return game.SessionNotFound()
		}
		if err != nil {
			return err
		}
		if m.Reason = s.judge(p, m); m.Reason != "" || p.After == m.LastSeq {
			return nil
		}
		return s.readEvents(ctx, tx, id, p, limit, &m)
	})
	if err == nil {
		err = s.telling.await(ctx, session, m)
	}
	if err != nil {
		return Missed{}, fmt.Errorf("read events of session %s: %w", session, err)
	}
	return m, nil
}

// selectFollowed finds the session with a name, or the deleted session with that name and an epoch.
const selectFollowed = `SELECT id, epoch, seq FROM sessions
	WHERE name = ?1 AND (deleted_at IS NULL OR epoch = ?2) ORDER BY deleted_at IS NOT NULL LIMIT 1`

// judge returns what is known about p without reading the log.
func (s *Store) judge(p Position, m Missed) Reason {
	switch {
	case p.Epoch == "":
		return ReasonNew
	case p.Epoch != m.Epoch:
		return ReasonEpoch
	case p.After > m.LastSeq:
		return ReasonAhead
	case p.After < m.LastSeq-s.o.Keep.Events:
		return ReasonTooOld
	}
	return ""
}

// selectEvents starts with the row that holds a number, which may have an earlier epoch: numbers
// continue over epochs.
const selectEvents = `SELECT epoch, seq_from, events, at FROM log
	WHERE session_id = ?1 AND seq_from >= (SELECT max(seq_from) FROM log WHERE session_id = ?1 AND seq_from <= ?2)
	ORDER BY seq_from`

// readEvents reads the events after p, or sets ReasonTooOld.
func (s *Store) readEvents(ctx context.Context, tx bun.Tx, session int64, p Position, limit int, m *Missed) (err error) {
	rows, err := tx.Tx.QueryContext(ctx, selectEvents, session, p.After+1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	oldest := s.o.Now().Add(-s.o.Keep.Age).UnixMilli()
	m.Events = make([]Logged, 0, min(int64(limit), m.LastSeq-p.After))
	next := p.After + 1
	for len(m.Events) < limit && rows.Next() {
		var (
			row  logRow
			text []byte
		)
		if err := rows.Scan(&row.epoch, &row.from, &text, &row.at); err != nil {
			return err
		}
		if row.at < oldest || row.epoch != p.Epoch {
			break
		}
		if next, err = m.add(row, text, next, limit); err != nil {
			return fmt.Errorf("event %d: %w", next, err)
		}
	}
	if len(m.Events) < limit && next != m.LastSeq+1 {
		m.Reason, m.Events = ReasonTooOld, nil
	}
	return rows.Err()
}

// add adds the events of row from the number next on, up to limit in all, and returns the new next.
func (m *Missed) add(row logRow, text []byte, next int64, limit int) (int64, error) {
	seq := row.from
	err := decodeLog(text, func(e Event) {
		if seq == next && len(m.Events) < limit {
			m.Events = append(m.Events, Logged{Event: e, Seq: seq, Time: row.at})
			next++
		}
		seq++
	})
	return next, err
}
