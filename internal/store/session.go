package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// sessionRow is a row of the table sessions.
type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	ID          int64    `bun:"id,pk,autoincrement"`
	Name        string   `bun:"name"`
	Epoch       string   `bun:"epoch"`
	Seq         int64    `bun:"seq"`
	Stage       string   `bun:"stage"`
	Step        int64    `bun:"step"`
	MaxSteps    int64    `bun:"max_steps"`
	MapRows     int64    `bun:"map_rows"`
	MapCols     int64    `bun:"map_cols"`
	MapPattern  string   `bun:"map_pattern"`
	Cells       []string `bun:"cells"`
	RulesetHash string   `bun:"ruleset_hash"`
	CreatedAt   int64    `bun:"created_at"`
	DeletedAt   *int64   `bun:"deleted_at"`

	RulesetName string `bun:"ruleset_name,scanonly"`
}

func newSessionRow(s *game.Session, epoch string, at int64) *sessionRow {
	return &sessionRow{
		Name: s.ID, Epoch: epoch,
		Stage: string(s.Stage), Step: s.Step, MaxSteps: s.MaxSteps,
		MapRows: s.Map.Rows, MapCols: s.Map.Cols, MapPattern: s.Pattern, Cells: jsonList(s.Cells),
		RulesetHash: s.Ruleset.Hash, RulesetName: s.Ruleset.Name, CreatedAt: at,
	}
}

func (r *sessionRow) session() *game.Session {
	return &game.Session{
		ID: r.Name, Stage: game.Stage(r.Stage), Step: r.Step, MaxSteps: r.MaxSteps,
		Map: game.MapSize{Rows: r.MapRows, Cols: r.MapCols}, Pattern: r.MapPattern, Cells: r.Cells,
		Ruleset: game.RulesetID{Name: r.RulesetName, Hash: r.RulesetHash},
		LastSeq: r.Seq,
	}
}

// selectSessions begins a query of the sessions that exist.
func selectSessions(db bun.IDB, model any) *bun.SelectQuery {
	return db.NewSelect().Model(model).ColumnExpr("s.*").ColumnExpr("r.name AS ruleset_name").
		Join("JOIN rulesets AS r ON r.hash = s.ruleset_hash").
		Where("s.deleted_at IS NULL")
}

// loadSession reads the session called name with everything in it.
func loadSession(ctx context.Context, tx bun.Tx, name string) (*sessionRow, *game.Session, error) {
	row := new(sessionRow)
	err := selectSessions(tx, row).Where("s.name = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, game.SessionNotFound()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("load session: %w", err)
	}
	session := row.session()
	if session.Users, err = loadUsers(ctx, tx, row); err != nil {
		return nil, nil, err
	}
	return row, session, nil
}

// snapshot copies what a command may change of s, to compare with afterwards.
func snapshot(s *game.Session) game.Session {
	before := *s
	before.Cells, before.Users = slices.Clone(s.Cells), slices.Clone(s.Users)
	return before
}

// saveSession writes what is different in after, and row.Seq.
func saveSession(ctx context.Context, tx bun.Tx, row *sessionRow, before game.Session, after *game.Session, at int64) error {
	var err error
	if after.Deleted {
		row.DeletedAt = &at
		err = clearSession(ctx, tx, row.ID)
	} else {
		err = saveUsers(ctx, tx, row.ID, before.Users, after.Users)
	}
	if err != nil {
		return err
	}
	row.Stage, row.Step, row.Cells = string(after.Stage), after.Step, jsonList(after.Cells)
	result, err := tx.NewUpdate().Model(row).Column("seq", "stage", "step", "cells", "deleted_at").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return expectOne(result, "save session")
}

// clearSession removes all that is in a session and gives back the numbers that
// it holds; its row and its log stay. It takes as many statements as there are
// tables, however much is in them.
func clearSession(ctx context.Context, tx bun.Tx, session int64) error {
	for _, model := range []any{(*userRow)(nil), (*ownerRow)(nil)} {
		if _, err := tx.NewDelete().Model(model).Where("session_id = ?", session).Exec(ctx); err != nil {
			return fmt.Errorf("clear session: %w", err)
		}
	}
	return nil
}

// insertSession stores a new session and sets row.ID.
func insertSession(ctx context.Context, tx bun.Tx, row *sessionRow, users []game.User) error {
	_, err := tx.NewInsert().Model(row).Exec(ctx)
	if isUnique(err) {
		return game.SessionExists(row.Name)
	}
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return saveUsers(ctx, tx, row.ID, nil, users)
}

// Sessions returns the sessions that f asks for, the oldest first, without the
// users in them.
func (s *Store) Sessions(ctx context.Context, f game.SessionFilter) ([]game.Session, error) {
	var rows []sessionRow
	q := selectSessions(s.reader, &rows).Order("s.id").Limit(int64(f.Limit))
	if f.ID != nil {
		q.Where("s.name = ?", *f.ID)
	}
	if f.Stage != nil {
		q.Where("s.stage = ?", string(*f.Stage))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	sessions := make([]game.Session, len(rows))
	for i := range rows {
		sessions[i] = *rows[i].session()
	}
	return sessions, nil
}

// expectOne returns an error unless exactly one row was written. A statement that
// finds no row is no error to the database.
func expectOne(result sql.Result, doing string) error {
	wrote, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if wrote != 1 {
		return fmt.Errorf("%s: wrote %d rows, not one", doing, wrote)
	}
	return nil
}

// jsonList returns list as it is to be stored: a nil slice would become the JSON
// text null.
func jsonList(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
