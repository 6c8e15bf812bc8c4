package store

import (
	"context"
	"fmt"
	"time"

	"seg.example/internal/game"
)

// Deadlines are stored in milliseconds since 1970, NULL for none.

func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func fromMillis(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms)
}

// Due returns at most limit sessions whose deadline has passed, the longest overdue first. Before a
// command has locked one of them its deadline may change, so the command must check it again.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]game.Due, error) {
	var rows []struct {
		Name, Epoch, Stage string
		Step, Deadline     int64
	}
	err := s.reader.NewRaw(`SELECT name, epoch, stage, step, deadline FROM sessions
		WHERE deadline <= ? AND deadline IS NOT NULL ORDER BY deadline, id LIMIT ?`, now.UnixMilli(), limit).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read deadlines: %w", err)
	}
	due := make([]game.Due, len(rows))
	for i, r := range rows {
		due[i] = game.Due{
			SessionID: r.Name, Epoch: r.Epoch, Stage: game.Stage(r.Stage), Step: r.Step, Deadline: time.UnixMilli(r.Deadline),
		}
	}
	return due, nil
}
