package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// Reason says why what a client has missed cannot be told; empty: it can.
type Reason string

// The reasons, as the protocol names them.
const (
	ReasonEpoch  Reason = "epoch"   // the session has begun a new life since
	ReasonTooOld Reason = "too_old" // it is no longer kept
	ReasonAhead  Reason = "ahead"   // the client names an event that has not happened
	ReasonNew    Reason = "new"     // the client has not been here
)

// Position is how far a client has followed a session.
type Position struct {
	Epoch string // empty: it has not
	After int64  // number of the newest event that it has
}

// Logged is an event as it was committed.
type Logged struct {
	Event

	Seq  int64
	Time int64 // when its command was carried out, in milliseconds since the epoch
}

// Missed is what a client has missed of a session, all of it as of one moment.
type Missed struct {
	Epoch   string   // of the session
	LastSeq int64    // number of its newest event
	Reason  Reason   // why Events says nothing; empty: it is what followed
	Events  []Logged // what followed the client's position, without a gap; the last is LastSeq unless the limit cut it short
}

// Events returns what has happened in session since p, at most limit events. Of
// those that this store has committed it returns none before Options.OnCommit has
// been told of it, for which it may wait, as long as ctx lets it. A deleted session
// is still told of to who has followed it, for as long as its log is kept; to all
// others it is game.SessionNotFound.
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

// selectFollowed finds the session that has a name now, or the deleted one of an epoch.
const selectFollowed = `SELECT id, epoch, seq FROM sessions
	WHERE name = ?1 AND (deleted_at IS NULL OR epoch = ?2) ORDER BY deleted_at IS NOT NULL LIMIT 1`

// judge tells what of p can be known without reading the log.
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

// selectEvents begins with the row that holds the event behind a number, which may be of an earlier epoch: numbers go on.
const selectEvents = `SELECT epoch, seq_from, events, at FROM log
	WHERE session_id = ?1 AND seq_from >= (SELECT max(seq_from) FROM log WHERE session_id = ?1 AND seq_from <= ?2)
	ORDER BY seq_from`

// readEvents fills in what followed p, or that it is too old.
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

// add takes over the events of row from the number next on, no more than limit in all, and returns what is next then.
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
