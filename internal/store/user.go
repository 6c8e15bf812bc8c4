package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// userRow is a row of the table users.
type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	SessionID int64  `bun:"session_id,pk"`
	ID        int64  `bun:"id,pk"`
	Username  string `bun:"username"`
	CompanyID int64  `bun:"company_id"`

	SessionName string `bun:"session_name,scanonly"`
}

func (r *userRow) user(session string) game.User {
	return game.User{ID: r.ID, Username: r.Username, CompanyID: r.CompanyID, SessionID: session}
}

// loadUsers reads the users of a session, sorted by id.
func loadUsers(ctx context.Context, tx bun.Tx, session *sessionRow) ([]game.User, error) {
	var rows []userRow
	if err := tx.NewSelect().Model(&rows).Where("u.session_id = ?", session.ID).Order("u.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("load users: %w", err)
	}
	users := make([]game.User, len(rows))
	for i := range rows {
		users[i] = rows[i].user(session.Name)
	}
	return users, nil
}

func userID(u game.User) int64 { return u.ID }

// ownUsers makes a session the owner of user ids.
func ownUsers(b *batch, session int64, users []game.User) error {
	for _, u := range users {
		owned, err := own(b, owner{kind: kindUser, id: u.ID, session: session})
		if err != nil {
			return err
		}
		if !owned {
			return game.UserExists(u.ID)
		}
	}
	return nil
}

// saveUsers writes the changes of users. The session already owns the ids of new users. Deletions
// come first, so that new users can take the names.
func saveUsers(b *batch, session int64, d diff[game.User]) error {
	for _, u := range d.gone {
		if err := deleteUser(b, session, u.ID); err != nil {
			return err
		}
	}
	for _, u := range d.changed {
		err := b.one("UPDATE users SET username = ?, company_id = ? WHERE session_id = ? AND id = ?", u.Username, u.CompanyID, session, u.ID)
		if err != nil {
			return fmt.Errorf("update user: %w", err)
		}
	}
	for _, u := range d.come {
		err := b.one("INSERT INTO users (session_id, id, username, company_id) VALUES (?, ?, ?, ?)", session, u.ID, u.Username, u.CompanyID)
		if err != nil {
			return fmt.Errorf("insert user: %w", err)
		}
	}
	return nil
}

func deleteUser(b *batch, session, id int64) error {
	if err := b.one("DELETE FROM users WHERE session_id = ? AND id = ?", session, id); err != nil {
		return fmt.Errorf("delete user: %w", err)
	}
	return disown(b, owner{kind: kindUser, id: id, session: session})
}

// ownership joins users with the owners of their ids. If an id was registered again, its new
// session owns it, and the user of the ended session can still be read.
const ownership = "LEFT JOIN owners AS o ON o.kind = 'user' AND o.id = u.id AND o.session_id = u.session_id"

// Users returns the users that match f, sorted by id. If an id exists in an ended session too, the
// newer user comes first.
func (s *Store) Users(ctx context.Context, f game.UserFilter) ([]game.User, error) {
	ctx = uninterrupted(ctx)
	var rows []userRow
	q := s.reader.NewSelect().Model(&rows).ColumnExpr("u.*").ColumnExpr("s.name AS session_name").
		Join("JOIN sessions AS s ON s.id = u.session_id").Join(ownership).
		OrderExpr("u.id, o.id IS NULL, u.session_id DESC").Limit(int64(f.Limit))
	if f.ID != nil {
		q.Where("u.id = ?", *f.ID)
	}
	if f.CompanyID != nil {
		q.Where("u.company_id = ?", *f.CompanyID)
		if *f.CompanyID != 0 {
			q.Where("u.company_id <> 0") // condition of the partial index
		}
	}
	if f.Username != nil {
		q.Where("u.username = ?", *f.Username)
	}
	if f.SessionID != nil {
		q.Where("s.name = ?", *f.SessionID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	users := make([]game.User, len(rows))
	for i := range rows {
		users[i] = rows[i].user(rows[i].SessionName)
	}
	return users, nil
}

// SessionOfUser returns the id of the session of a user, or game.UserNotFound. Before a command has
// locked that session, the user may have been deleted, so the command must check again.
func (s *Store) SessionOfUser(ctx context.Context, id int64) (string, error) {
	ctx = uninterrupted(ctx)
	q := s.reader.NewSelect().Model((*userRow)(nil)).ColumnExpr("s.name").
		Join("JOIN sessions AS s ON s.id = u.session_id").Join(ownership).
		Where("u.id = ?", id).OrderExpr("o.id IS NULL, u.session_id DESC").Limit(1)
	return sessionOf(ctx, q, game.UserNotFound())
}
