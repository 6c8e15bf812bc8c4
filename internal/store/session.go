package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	Seed        int64    `bun:"seed"`
	Cells       []string `bun:"cells"`
	RulesetHash string   `bun:"ruleset_hash"`
	Deadline    *int64   `bun:"deadline"`
	CreatedAt   int64    `bun:"created_at"`
	DeletedAt   *int64   `bun:"deleted_at"`
}

func newSessionRow(s *game.Session, epoch string, at int64) *sessionRow {
	return &sessionRow{
		Name: s.ID, Epoch: epoch,
		Stage: string(s.Stage), Step: s.Step, MaxSteps: s.MaxSteps,
		MapRows: s.Rules.Map.Rows, MapCols: s.Rules.Map.Cols, MapPattern: s.Rules.Pattern, Seed: s.Seed, Cells: jsonList(s.Cells),
		RulesetHash: s.Rules.ID.Hash, Deadline: millis(s.Deadline), CreatedAt: at,
	}
}

// fill copies the fields of s that a command may have changed.
func (r *sessionRow) fill(s *game.Session, at int64) {
	r.Version++
	r.Stage, r.Step, r.Cells, r.Deadline = string(s.Stage), s.Step, jsonList(s.Cells), millis(s.Deadline)
	if s.Deleted {
		r.DeletedAt, r.Deadline = &at, nil
	}
}

func (r *sessionRow) session(rules *game.Ruleset) *game.Session {
	return &game.Session{
		ID: r.Name, Stage: game.Stage(r.Stage), Step: r.Step, MaxSteps: r.MaxSteps,
		Rules: rules, Seed: r.Seed, Cells: r.Cells, Deadline: fromMillis(r.Deadline), LastSeq: r.Seq,
	}
}

// selectSessions returns a query of the sessions that are not deleted.
func selectSessions(db bun.IDB, model any) *bun.SelectQuery {
	return db.NewSelect().Model(model).Where("s.deleted_at IS NULL")
}

// readSession reads the session with this id and everything in it.
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
		rules, err := s.rulesOf(ctx, tx, a.row.RulesetHash)
		if err != nil {
			return err
		}
		a.session = a.row.session(rules)
		if a.session.Users, err = loadUsers(ctx, tx, &a.row); err != nil {
			return err
		}
		if a.session.Companies, err = loadCompanies(ctx, tx, a.row.ID); err != nil {
			return err
		}
		a.session.Offers, err = loadOffers(ctx, tx, a.row.ID)
		return err
	})
	if refusal, ok := errors.AsType[*game.Refusal](err); ok {
		return nil, refusal
	}
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	return a, nil
}

// present returns the row id and the version of the session with this name, or a row id of 0.
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

// isFresh reports whether row is still the stored version.
func (s *Store) isFresh(ctx context.Context, row *sessionRow) (bool, error) {
	id, version, epoch, err := s.present(ctx, row.Name)
	return id == row.ID && version == row.Version && epoch == row.Epoch, err
}

// exists reports whether there is a session with this name.
func (s *Store) exists(ctx context.Context, name string) (bool, error) {
	id, _, _, err := s.present(ctx, name)
	return id != 0, err
}

// The cells are written only once, since the map does not change. The dates are written only if
// they change, because SQLite updates the indexes of every column that a statement names.
const (
	updateSession = `UPDATE sessions SET seq = ?1, version = version + 1, stage = ?2, step = ?3, cells = coalesce(?4, cells)
	WHERE id = ?5 AND epoch = ?6 AND version = ?7`

	updateDates = `UPDATE sessions SET seq = ?1, version = version + 1, stage = ?2, step = ?3, cells = coalesce(?4, cells),
	deadline = ?8, deleted_at = ?9 WHERE id = ?5 AND epoch = ?6 AND version = ?7`
)

// saveSession writes the differences between before and after, and row. It returns errStale if the
// stored session is not the one that after was made from. An error leaves the transaction
// unchanged, except for user ids that were free and are owned now.
func saveSession(b *batch, row *sessionRow, before, after *game.Session) error {
	var users diff[game.User]
	if !after.Deleted {
		users = diffLists(before.Users, after.Users, userID)
	}
	if err := ownUsers(b, row.ID, users.come); err != nil {
		return err
	}
	if err := saveRow(b, row, before, after); err != nil {
		return err
	}
	if after.Deleted {
		return clearSession(b, row.ID)
	}
	return saveContents(b, row.ID, before, after, users)
}

// saveRow writes row. It returns errStale if another program has changed the session.
func saveRow(b *batch, row *sessionRow, before, after *game.Session) error {
	var cells any
	if !slices.Equal(before.Cells, after.Cells) {
		text, err := json.Marshal(row.Cells)
		if err != nil {
			return fmt.Errorf("save session: %w", err)
		}
		cells = string(text)
	}
	update, args := updateSession, []any{row.Seq, row.Stage, row.Step, cells, row.ID, row.Epoch, row.Version - 1}
	if after.Deleted || !after.Deadline.Equal(before.Deadline) {
		update, args = updateDates, append(args, row.Deadline, row.DeletedAt)
	}
	wrote, err := b.count(update, args...)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	if wrote != 1 {
		return errStale
	}
	return nil
}

// saveContents writes the differences in everything that a session contains. The order of the
// statements keeps references between the tables valid. users are the changes whose ids the session
// owns.
func saveContents(b *batch, session int64, before, after *game.Session, users diff[game.User]) error {
	// Deleted users come first, because their companies may be deleted. New users come last,
	// because their companies may be new.
	left := slices.DeleteFunc(slices.Clone(before.Offers), func(o game.Offer) bool {
		_, stays := slices.BinarySearchFunc(after.Offers, o.ID, func(o game.Offer, id int64) int { return cmp.Compare(o.ID, id) })
		return !stays
	})
	if err := offerTable().save(b, session, before.Offers, left); err != nil {
		return err
	}
	if err := saveCompanies(b, session, before.Companies, after.Companies); err != nil {
		return err
	}
	if err := offerTable().save(b, session, left, after.Offers); err != nil {
		return err
	}
	return saveUsers(b, session, users)
}

// clearSession deletes everything in a session and gives back the ids that it owns. Its row and its
// log stay. It needs one statement for each table.
func clearSession(b *batch, session int64) error {
	const ofSession = " WHERE company_id IN (SELECT id FROM companies WHERE session_id = ?)"
	for _, statement := range []string{
		"DELETE FROM offers WHERE session_id = ?",
		"DELETE FROM credits" + ofSession, "DELETE FROM deposits" + ofSession, "DELETE FROM factories" + ofSession,
		"DELETE FROM companies WHERE session_id = ?",
		"DELETE FROM users WHERE session_id = ?", "DELETE FROM owners WHERE session_id = ?",
	} {
		if _, err := b.exec(statement, session); err != nil {
			return fmt.Errorf("clear session: %w", err)
		}
	}
	return nil
}

const insertSessionRow = `INSERT INTO sessions
	(name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, seed, cells, ruleset_hash, deadline,
	created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// insertSession stores a new session and sets row.ID.
func insertSession(b *batch, row *sessionRow, session *game.Session) error {
	cells, err := json.Marshal(row.Cells)
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	result, err := b.exec(insertSessionRow, row.Name, row.Epoch, row.Seq, row.Version, row.Stage, row.Step, row.MaxSteps,
		row.MapRows, row.MapCols, row.MapPattern, row.Seed, string(cells), row.RulesetHash, row.Deadline, row.CreatedAt)
	if isUnique(err) {
		return game.SessionExists(row.Name)
	}
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	if row.ID, err = result.LastInsertId(); err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	users := diff[game.User]{come: session.Users}
	if err := ownUsers(b, row.ID, users.come); err != nil {
		return err
	}
	return saveContents(b, row.ID, new(game.Session), session, users)
}

// Sessions returns the sessions that match f, sorted by age, without their contents.
func (s *Store) Sessions(ctx context.Context, f game.SessionFilter) ([]game.Session, error) {
	ctx = uninterrupted(ctx)
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
		rules, err := s.rulesOf(ctx, s.reader, rows[i].RulesetHash)
		if err != nil {
			return nil, err
		}
		sessions[i] = *rows[i].session(rules)
	}
	return sessions, nil
}

// jsonList returns list with nil replaced by an empty slice, since encoding/json encodes nil as
// null.
func jsonList(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Session returns a session with everything in it, as last stored, or game.SessionNotFound. Callers
// must not change it, because they share it.
func (s *Store) Session(ctx context.Context, id string) (*game.Session, error) {
	ctx = uninterrupted(ctx)
	if a := s.cache.get(id); a != nil {
		// A command may be changing the session, or another program may have changed it.
		switch fresh, err := s.isFresh(ctx, &a.row); {
		case err != nil:
			return nil, err
		case fresh:
			return a.session, nil
		}
	}
	a, err := s.readSession(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.session, nil
}

// headersOf returns the sessions of companies by row id, without their contents.
func (s *Store) headersOf(ctx context.Context, tx bun.Tx, companies []companyRow) (map[int64]*game.Session, error) {
	sessions := map[int64]*game.Session{}
	for i := range companies {
		sessions[companies[i].SessionID] = nil
	}
	var rows []sessionRow
	if err := selectSessions(tx, &rows).Where("s.id IN (?)", bun.List(slices.Collect(maps.Keys(sessions)))).Scan(ctx); err != nil {
		return nil, err
	}
	for i := range rows {
		rules, err := s.rulesOf(ctx, tx, rows[i].RulesetHash)
		if err != nil {
			return nil, err
		}
		sessions[rows[i].ID] = rows[i].session(rules)
	}
	return sessions, nil
}

// sessionOf returns the name that q finds, or the error missing.
func sessionOf(ctx context.Context, q *bun.SelectQuery, missing *game.Refusal) (string, error) {
	var name string
	err := q.Scan(ctx, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", missing
	}
	if err != nil {
		return "", fmt.Errorf("look for a session: %w", err)
	}
	return name, nil
}
