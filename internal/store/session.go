package store

import (
	"context"
	"database/sql"
	"encoding/json"
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
	Version     int64    `bun:"version"`
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

// fill takes over what a command may have changed of s, at the time at.
func (r *sessionRow) fill(s *game.Session, at int64) {
	r.Version++
	r.Stage, r.Step, r.Cells = string(s.Stage), s.Step, jsonList(s.Cells)
	if s.Deleted {
		r.DeletedAt = &at
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

// readSession reads the session called name with everything in it.
func (s *Store) readSession(ctx context.Context, name string) (*aggregate, error) {
	a := new(aggregate)
	err := s.reader.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		err := selectSessions(tx, &a.row).Where("s.name = ?", name).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return game.SessionNotFound()
		}
		if err != nil {
			return err
		}
		a.session = a.row.session()
		a.session.Users, err = loadUsers(ctx, tx, &a.row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	return a, nil
}

// clone copies what a command may change of s.
func clone(s *game.Session) *game.Session {
	c := *s
	c.Cells, c.Users = slices.Clone(s.Cells), slices.Clone(s.Users)
	return &c
}

// present returns which session is called name now, and its version; an id of 0 for none.
func (s *Store) present(ctx context.Context, name string) (id, version int64, epoch string, err error) {
	err = s.reads.session.QueryRowContext(ctx, name).Scan(&id, &version, &epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, "", nil
	}
	if err != nil {
		return 0, 0, "", fmt.Errorf("look for session: %w", err)
	}
	return id, version, epoch, nil
}

// isFresh tells whether a is what is stored.
func (s *Store) isFresh(ctx context.Context, a *aggregate) (bool, error) {
	id, version, epoch, err := s.present(ctx, a.row.Name)
	return id == a.row.ID && version == a.row.Version && epoch == a.row.Epoch, err
}

// exists tells whether there is a session called name.
func (s *Store) exists(ctx context.Context, name string) (bool, error) {
	id, _, _, err := s.present(ctx, name)
	return id != 0, err
}

const updateSession = `UPDATE sessions SET seq = ?, version = version + 1, stage = ?, step = ?, cells = ?, deleted_at = ?
	WHERE id = ? AND epoch = ? AND version = ?`

// saveSession writes what is different in after, and row. It is errStale, and nothing has been written, when the stored session
// is not the one that after was made from.
func saveSession(b *batch, row *sessionRow, before, after *game.Session) error {
	cells, err := json.Marshal(row.Cells)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	// First of all: whoever is late has changed nothing.
	wrote, err := b.count(updateSession, row.Seq, row.Stage, row.Step, string(cells), row.DeletedAt, row.ID, row.Epoch, row.Version-1)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	if wrote != 1 {
		return errStale
	}
	if after.Deleted {
		return clearSession(b, row.ID)
	}
	return saveUsers(b, row.ID, before.Users, after.Users)
}

// clearSession removes all that is in a session and gives back the numbers that
// it holds; its row and its log stay. It takes as many statements as there are
// tables, however much is in them.
func clearSession(b *batch, session int64) error {
	for _, statement := range []string{"DELETE FROM users WHERE session_id = ?", "DELETE FROM owners WHERE session_id = ?"} {
		if _, err := b.exec(statement, session); err != nil {
			return fmt.Errorf("clear session: %w", err)
		}
	}
	return nil
}

const insertSessionRow = `INSERT INTO sessions
	(name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// insertSession stores a new session and sets row.ID.
func insertSession(b *batch, row *sessionRow, session *game.Session) error {
	cells, err := json.Marshal(row.Cells)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	result, err := b.exec(insertSessionRow, row.Name, row.Epoch, row.Seq, row.Version, row.Stage, row.Step, row.MaxSteps,
		row.MapRows, row.MapCols, row.MapPattern, string(cells), row.RulesetHash, row.CreatedAt)
	if isUnique(err) {
		return game.SessionExists(row.Name)
	}
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	if row.ID, err = result.LastInsertId(); err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return saveUsers(b, row.ID, nil, session.Users)
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

// jsonList returns list as it is to be stored: a nil slice would become the JSON
// text null.
func jsonList(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
