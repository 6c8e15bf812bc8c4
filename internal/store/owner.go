package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// kindUser is the kind of owned numbers that name users.
const kindUser = "user"

// ownerRow is a row of the table owners: which session holds a number that is
// unique on the server.
type ownerRow struct {
	bun.BaseModel `bun:"table:owners,alias:o"`

	Kind      string `bun:"kind,pk"`
	ID        int64  `bun:"id,pk"`
	SessionID int64  `bun:"session_id"`
}

// own takes a number for a session, and tells whether it could: it is free, or
// held by a session that has ended.
func own(ctx context.Context, tx bun.Tx, o ownerRow) (bool, error) {
	result, err := tx.NewInsert().Model(&o).
		On("CONFLICT (kind, id) DO UPDATE").Set("session_id = EXCLUDED.session_id").
		Where("o.session_id IN (SELECT id FROM sessions WHERE stage = ?)", string(game.StageEnd)).
		Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("own %s %d: %w", o.Kind, o.ID, err)
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("own %s %d: %w", o.Kind, o.ID, err)
	}
	return rows == 1, nil
}

// disown gives a number back. One that another session has taken over meanwhile
// stays there.
func disown(ctx context.Context, tx bun.Tx, o ownerRow) error {
	if _, err := tx.NewDelete().Model(&o).WherePK().Where("session_id = ?", o.SessionID).Exec(ctx); err != nil {
		return fmt.Errorf("disown %s %d: %w", o.Kind, o.ID, err)
	}
	return nil
}
