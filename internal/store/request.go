package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"

	"seg.example/internal/game"
)

// identityOf returns the stored form of a client's identity.
func identityOf(r game.Request) []byte {
	sum := sha256.Sum256([]byte(r.Key))
	return sum[:]
}

// Once runs the command of r unless it has run before; then it returns the stored answer, which is
// the frame to send. If the same request is running, Once waits for it until ctx ends. A request
// with the same id and another r.Hash gets a *game.Refusal with CodeConflict. Answers are kept for
// Options.Keep.Answers; after that a command would run again.
//
// run runs the command with at most one call of Update or Create with r, or refuses it. It returns
// the error, and for a refusal to remember its frame. Once returns the error of run. answer is nil
// unless it must be sent instead of the result of run.
func (s *Store) Once(ctx context.Context, r game.Request, run func(context.Context) (refusal []byte, err error)) (answer []byte, err error) {
	release, err := s.requests.acquire(ctx, fmt.Sprintf("%x %s", identityOf(r), r.ID))
	if err != nil {
		return nil, fmt.Errorf("wait for the same request: %w", err)
	}
	defer release()
	if answer, err = s.answered(ctx, r); answer != nil || err != nil {
		return answer, err
	}
	refusal, err := run(ctx)
	if err != nil && refusal != nil {
		if e := s.noteRefusal(r, refusal); e != nil {
			err = e
		}
	}
	if errors.Is(err, errTwin) {
		if answer, e := s.answered(ctx, r); answer != nil || e != nil {
			return answer, e
		}
	}
	return nil, err
}

// answered returns the stored answer to r, or nil.
func (s *Store) answered(ctx context.Context, r game.Request) ([]byte, error) {
	ctx = uninterrupted(ctx)
	var hash, answer []byte
	oldest := s.o.Now().Add(-s.o.Keep.Answers).UnixMilli()
	err := s.reads.request.QueryRowContext(ctx, identityOf(r), r.ID, oldest).Scan(&hash, &answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for request: %w", err)
	}
	if subtle.ConstantTimeCompare(hash, r.Hash[:]) == 0 {
		return nil, game.Refuse(game.CodeConflict, "This request_id has been used with other parameters")
	}
	return answer, nil
}

// noteRefusal stores the refusal of r as a row of the log without events.
func (s *Store) noteRefusal(r game.Request, refusal []byte) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	row := logRow{at: s.o.Now().UnixMilli()}
	if err := s.writer.submit(func(b *batch) error { return s.appendLog(b, row, r, refusal) }); err != nil {
		if isFull(err) {
			return s.full(err)
		}
		return fmt.Errorf("note refusal: %w", err)
	}
	return nil
}
