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

// A database that was put in the place of another, from a copy of it, has fewer events than clients
// have seen, and would give their numbers to other events. So a file beside the database says which
// one belongs there and how far it has come. When they do not fit each other, every session gets a
// new epoch: clients then read the state anew.
//
// What this cannot see is a copy of both files, of one moment, written into the present ones: not
// moved there, which makes new files. seg restore is for that.

// idLength is the number of characters of a database's id.
const idLength = 16

// fileIdentity is what the file beside a database says of it.
type fileIdentity struct {
	ID     string `json:"id"`     // as in its table identity
	File   string `json:"file"`   // what the operating system knows it by; empty where it tells nothing
	Newest int64  `json:"newest"` // number of the newest row of the log, or of one that was
}

// identityPath is where the identity file of f lies.
func (f dbFile) identityPath() string { return string(f) + ".identity" }

// readIdentity returns an empty identity where there is none that can be read.
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
		return p, nil // torn by a crash: as good as none
	}
	return p, json.Unmarshal(text, &p)
}

// writeIdentity replaces the identity file of f. The lock of f is held.
func (f dbFile) writeIdentity(p fileIdentity) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	fresh := f.identityPath() + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, f.identityPath())
}

// present is what the identity file of f should say.
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

// newestRow returns the greatest number that a row of the log has ever had.
func newestRow(ctx context.Context, db bun.IDB) (int64, error) {
	var newest int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'log'").Scan(&newest)
	if err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return newest, nil
}

// identify makes sure that f is the database that was here before, and gives its sessions new
// epochs when it is not: renewed says why then. The lock of f is held.
func (f dbFile) identify(ctx context.Context, db *bun.DB, rnd game.Rand) (renewed string, err error) {
	is, err := f.present(ctx, db)
	if err != nil {
		return "", err
	}
	said, err := f.readIdentity()
	if err != nil {
		return "", err
	}
	if is.ID != "" { // else it is new, or of a program that knew no identity
		renewed = said.mismatch(is)
	}
	if is.ID == "" || renewed != "" {
		// Sessions of a database that had no identity keep their epochs: nobody knows of another
		// life.
		if is.ID, err = renew(ctx, db, rnd, is.ID); err != nil {
			return "", err
		}
	}
	if err := f.writeIdentity(is); err != nil {
		return "", fmt.Errorf("write %s: %w", f.identityPath(), err)
	}
	return renewed, nil
}

// mismatch says why a database that is so is not the one that p was made for, if it is not.
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

// renew gives a database a new id, which it returns, and its sessions new epochs unless the
// database had no id before.
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

// noteNewest brings the identity file up to date, unless another program is about to.
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
	if err := s.place.check(); err != nil { // what lies there now must not seem to be this one
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
