package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"
)

func walLength(t *testing.T, f *fixture) int64 {
	t.Helper()
	info, err := os.Stat(f.file + "-wal")
	must(t, err)
	return info.Size()
}

// read begins to read, and reads until end is called.
func read(ctx context.Context, db *sql.DB) (end func() error, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	var n int
	return tx.Rollback, tx.QueryRowContext(ctx, "SELECT count(*) FROM sessions").Scan(&n)
}

// readWithoutPause reads until ctx ends, and begins anew each time before it has ended.
func readWithoutPause(ctx context.Context, db *sql.DB) error {
	end, err := read(context.WithoutCancel(ctx), db)
	for err == nil && ctx.Err() == nil {
		before := end
		if end, err = read(context.WithoutCancel(ctx), db); err == nil {
			err = before()
		}
	}
	if err != nil {
		return err
	}
	return end()
}

func openReader(t *testing.T, f *fixture) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.file)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// TestWAL_alwaysRead: while there was always someone who read, the write-ahead log grew until the disk was full.
func TestWAL_alwaysRead(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	f := newFixture(t)
	f.mustCreate("A")
	f.LimitWAL(t, limit)
	db := openReader(t, f)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- readWithoutPause(ctx, db) }()
	emptied, before := 0, int64(0)
	for i := int64(1); emptied < 3; i++ {
		f.mustDo("A", several(i, 1))
		now := walLength(t, f)
		if now < before {
			emptied++
		}
		if before = now; now > 5*limit {
			t.Errorf("after %d commands it has %d bytes, and has been emptied %d times", i, now, emptied)
			break
		}
	}
	stop()
	must(t, <-ended)
}

// TestWAL_readForLong: who reads for long, as a backup does, does not hold up commands each time that the log could be emptied.
func TestWAL_readForLong(t *testing.T) {
	t.Parallel()
	const limit = 1 << 18
	f := newFixture(t)
	f.mustCreate("A")
	f.LimitWAL(t, limit)
	end, err := read(t.Context(), openReader(t, f))
	must(t, err)
	began, id := time.Now(), int64(0)
	for walLength(t, f) < 4*limit {
		id++
		f.mustDo("A", createUser(id, fmt.Sprint("u", id)))
	}
	if took := time.Since(began); took > 9*time.Second { // less than the wait for other programs takes
		t.Errorf("%d commands took %s", id, took)
	}
	if wait := f.Pragma(t, "busy_timeout"); wait != "10000" {
		t.Errorf("the writer waits %s ms for other programs", wait)
	}
	must(t, end())
	for before := int64(0); walLength(t, f) >= before; {
		before = walLength(t, f)
		id++
		f.mustDo("A", createUser(id, fmt.Sprint("u", id)))
		if id > 3000 {
			t.Fatalf("it has %d bytes, and has not been emptied", before)
		}
	}
}
