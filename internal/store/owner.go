package store

import (
	"context"
	"fmt"

	"seg.example/internal/game"
)

// The kinds of owned numbers.
const (
	kindUser       = "user"        // names a user
	kindSecretCode = "secret_code" // lets users join a company
)

// owner is a row of the table owners: the session that holds a number that is unique on the server.
type owner struct {
	kind    string
	id      int64
	session int64
}

const takeOwner = `INSERT INTO owners (kind, id, session_id) VALUES (?, ?, ?)
	ON CONFLICT (kind, id) DO UPDATE SET session_id = EXCLUDED.session_id
	WHERE EXISTS (SELECT 1 FROM sessions AS s WHERE s.id = owners.session_id AND s.stage = ?)`

// own takes a number for a session and reports whether it could: the number is free, or its session
// has ended.
func own(b *batch, o owner) (bool, error) {
	rows, err := b.count(takeOwner, o.kind, o.id, o.session, string(game.StageEnd))
	if err != nil {
		return false, fmt.Errorf("own %s %d: %w", o.kind, o.id, err)
	}
	return rows == 1, nil
}

// disown releases a number, unless another session has taken it.
func disown(b *batch, o owner) error {
	if _, err := b.exec("DELETE FROM owners WHERE kind = ? AND id = ? AND session_id = ?", o.kind, o.id, o.session); err != nil {
		return fmt.Errorf("disown %s %d: %w", o.kind, o.id, err)
	}
	return nil
}

// isTaken reports whether own would fail now.
func (s *Store) isTaken(ctx context.Context, o owner) (bool, error) {
	var taken bool
	err := s.reads.owner.QueryRowContext(ctx, o.kind, o.id, string(game.StageEnd)).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for %s %d: %w", o.kind, o.id, err)
	}
	return taken, nil
}

// errCodeTaken means that a random secret code is taken. The command is applied again with another
// code.
var errCodeTaken = fmt.Errorf("a secret code was drawn that is taken: %w", errStale)

// checkCodes returns errCodeTaken if w uses a code of another session. The write checks this again;
// finding it here is cheaper, because a failed write repeats all commands of its transaction.
func (s *Store) checkCodes(ctx context.Context, session int64, w *pendingCommit) error {
	if w.after.Deleted {
		return nil
	}
	var before []*game.Company
	if w.before != nil {
		before = w.before.Companies
	}
	for _, c := range diffLists(before, w.after.Companies, companyID).come {
		if taken, err := s.isTaken(ctx, codeOf(session, c)); err != nil {
			return err
		} else if taken {
			return errCodeTaken
		}
	}
	return nil
}

// codeOf returns the secret code of a company.
func codeOf(session int64, c *game.Company) owner {
	return owner{kind: kindSecretCode, id: c.SecretCode, session: session}
}
