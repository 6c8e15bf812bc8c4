package store

import (
	"context"
	"fmt"

	"seg.example/internal/game"
)

// kindUser is the kind of owned numbers that name users.
const kindUser = "user"

// owner is a row of the table owners: which session holds a number that is
// unique on the server.
type owner struct {
	kind    string
	id      int64
	session int64
}

const takeOwner = `INSERT INTO owners (kind, id, session_id) VALUES (?, ?, ?)
	ON CONFLICT (kind, id) DO UPDATE SET session_id = EXCLUDED.session_id
	WHERE EXISTS (SELECT 1 FROM sessions AS s WHERE s.id = owners.session_id AND s.stage = ?)`

// own takes a number for a session, and tells whether it could: it is free, or
// held by a session that has ended.
func own(b *batch, o owner) (bool, error) {
	rows, err := b.count(takeOwner, o.kind, o.id, o.session, string(game.StageEnd))
	if err != nil {
		return false, fmt.Errorf("own %s %d: %w", o.kind, o.id, err)
	}
	return rows == 1, nil
}

// disown gives a number back. One that another session has taken over meanwhile
// stays there.
func disown(b *batch, o owner) error {
	if _, err := b.exec("DELETE FROM owners WHERE kind = ? AND id = ? AND session_id = ?", o.kind, o.id, o.session); err != nil {
		return fmt.Errorf("disown %s %d: %w", o.kind, o.id, err)
	}
	return nil
}

// isTaken tells whether own would fail now.
func (s *Store) isTaken(ctx context.Context, o owner) (bool, error) {
	var taken bool
	err := s.reads.owner.QueryRowContext(ctx, o.kind, o.id, string(game.StageEnd)).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for %s %d: %w", o.kind, o.id, err)
	}
	return taken, nil
}
