package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/uptrace/bun"

	"seg.example/internal/safeguard"
)

// weaken takes from a connection that writes what a build for tests leaves out.
func weaken(ctx context.Context, conn bun.Conn) error {
	for name, statement := range map[safeguard.Name]string{
		safeguard.RequestIndex: "DROP INDEX IF EXISTS log_request",
		safeguard.Sync:         "PRAGMA synchronous = OFF",
	} {
		if !safeguard.Off(name) {
			continue
		}
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("leave out %s: %w", name, err)
		}
	}
	return nil
}

// lockSession waits for the lock of a session.
func (s *Store) lockSession(ctx context.Context, session string) (release func(), err error) {
	if safeguard.Off(safeguard.SessionLock) {
		return func() {}, ctx.Err()
	}
	return s.locks.acquire(ctx, session)
}

// tooEarly tells of a command, or lets the next one begin, when it has been prepared and not when it has been stored.
func (s *Store) tooEarly(release func(), prepare func(context.Context) (*pendingCommit, error)) (func(), func(context.Context) (*pendingCommit, error)) {
	release = sync.OnceFunc(release)
	return release, func(ctx context.Context) (*pendingCommit, error) {
		w, err := prepare(ctx)
		if err == nil && safeguard.Off(safeguard.PublishAfterCommit) {
			s.o.OnCommit(w.commit)
		}
		if err == nil && safeguard.Off(safeguard.LockUntilCommit) {
			release()
		}
		return w, err
	}
}

// overwrite makes the stored session look like the one that w was made from.
func (w *pendingCommit) overwrite(b *batch) error {
	_, err := b.exec("UPDATE sessions SET epoch = ?, version = ? WHERE id = ?", w.row.Epoch, w.row.Version-1, w.row.ID)
	return err
}
