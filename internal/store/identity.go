package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// A database that was replaced by a copy of it may have fewer events than clients have seen. New
// events would then get numbers that clients already know. So a file beside the database records
// which database it is and the newest row of its log. If they do not match, every session gets a
// new epoch, and clients read the state again.
//
// This does not detect a copy of both files, made at the same time and written into the present
// files (moving them there makes new files). Use seg restore for that.

// idLength is the number of characters of a database's id.
const idLength = 16

// fileIdentity is the content of the file beside a database.
type fileIdentity struct {
	ID     string `json:"id"`     // id in its table identity
	File   string `json:"file"`   // the operating system's number of the file; empty if there is none
	Newest int64  `json:"newest"` // number of the newest row that the log has had
}

// identityPath returns the path of the identity file of f.
func (f dbFile) identityPath() string { return string(f) + ".identity" }

// readIdentity returns an empty identity if there is no valid identity file.
func (f dbFile) readIdentity() (fileIdentity, error) {
	var p fileIdentity
	text, err := os.ReadFile(f.identityPath())
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	if !json.Valid(text) {
		return p, nil // incomplete after a crash
	}
	return p, json.Unmarshal(text, &p)
}

// writeIdentity replaces the identity file of f. The lock of f is held.
func (f dbFile) writeIdentity(p fileIdentity) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return replaceFile(f.identityPath(), append(text, '\n'))
}

// present returns the correct content of the identity file of f.
func (f dbFile) present(ctx context.Context, db bun.IDB) (fileIdentity, error) {
	var p fileIdentity
	if err := db.QueryRowContext(ctx, "SELECT id FROM identity").Scan(&p.ID); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read identity: %w", err)
	}
	var err error
	if p.Newest, err = newestRow(ctx, db); err != nil {
		return p, err
	}
	p.File, err = fileNumber(string(f))
	return p, err
}

// newestRow returns the largest number that a row of the log has had.
func newestRow(ctx context.Context, db bun.IDB) (int64, error) {
	var newest int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'log'").Scan(&newest)
	if err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return newest, nil
}

// identify checks that f is the database of its identity file. If not, it gives all sessions new
// epochs and returns the reason as renewed. The lock of f is held.
func (f dbFile) identify(ctx context.Context, db *bun.DB, rnd game.Rand) (renewed string, err error) {
	is, err := f.present(ctx, db)
	if err != nil {
		return "", err
	}
	said, err := f.readIdentity()
	if err != nil {
		return "", err
	}
	if is.ID != "" { // otherwise it is new, or older than identities
		renewed = said.mismatch(is)
	}
	if is.ID == "" || renewed != "" {
		// No earlier epoch is known for a database without an identity, so its sessions keep
		// theirs.
		if is.ID, err = renew(ctx, db, rnd, is.ID); err != nil {
			return "", err
		}
	}
	if err := f.writeIdentity(is); err != nil {
		return "", fmt.Errorf("write %s: %w", f.identityPath(), err)
	}
	return renewed, nil
}

// mismatch returns why the database with identity is does not match p, or "" if it does.
func (p fileIdentity) mismatch(is fileIdentity) string {
	switch {
	case p.ID == "":
		return "there is no identity file beside it"
	case p.ID != is.ID:
		return "another database was here before"
	case p.File != is.File:
		return "the file was put here from elsewhere"
	case p.Newest > is.Newest:
		return "it is older than what was here before"
	}
	return ""
}

// renew gives a database a new id and returns it. If it had an id before, all sessions get new
// epochs.
func renew(ctx context.Context, db *bun.DB, rnd game.Rand, before string) (id string, err error) {
	id = game.RandomID(rnd, idLength)
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO identity (one, id) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET id = EXCLUDED.id", id)
		if err != nil || before == "" {
			return err
		}
		return renewEpochs(ctx, tx, rnd)
	})
	if err != nil {
		return "", fmt.Errorf("give new epochs: %w", err)
	}
	return id, nil
}

func renewEpochs(ctx context.Context, tx bun.Tx, rnd game.Rand) error {
	var ids []int64
	if err := tx.NewRaw("SELECT id FROM sessions").Scan(ctx, &ids); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, "UPDATE sessions SET epoch = ?, version = version + 1 WHERE id = ?", game.RandomID(rnd, epochLength), id); err != nil {
			return err
		}
	}
	return nil
}

// noteNewest updates the identity file, unless another program holds the lock.
func (s *Store) noteNewest(ctx context.Context) (err error) {
	newest, err := newestRow(ctx, s.reader)
	if err != nil || newest == s.keeper.newest {
		return err
	}
	lock := s.file.lock()
	got, err := lock.TryLock()
	if err != nil || !got {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := s.place.check(); err != nil { // a replaced database must not get a valid identity
		return err
	}
	is, err := s.file.present(ctx, s.reader)
	if err != nil {
		return err
	}
	if err := s.file.writeIdentity(is); err != nil {
		return fmt.Errorf("note how far the log has come: %w", err)
	}
	s.keeper.newest = is.Newest
	return nil
}
