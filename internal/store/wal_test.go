package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"

	"seg.example/internal/store"
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

// readWithoutPause reads until ctx ends, and starts each query before the previous one has ended.
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
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	const limit = 1 << 20
	f := newFixtureWith(t, func(o *store.Options) { o.MaxWAL = limit })
	f.mustCreate("A")
	db := openReader(t, f)
	f.WaitForQueries(t, time.Minute) // each query is short, but a slow machine may take its time for it
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
		if before = now; now > 3*limit {
			t.Errorf("after %d commands it has %d bytes, and has been emptied %d times", i, now, emptied)
			break
		}
	}
	stop()
	must(t, <-ended)
}

// afterALongRead returns a fixture whose write-ahead log has become four times as long as it may be, because somebody read for long. The
// reader has gone. number is how many users the session A has.
func afterALongRead(t *testing.T, limit int64, tick time.Duration) (f *fixture, number int64) {
	t.Helper()
	f = newFixtureWith(t, func(o *store.Options) { o.MaxWAL, o.Tick = limit, tick })
	f.mustCreate("A")
	end, err := read(t.Context(), openReader(t, f))
	must(t, err)
	for walLength(t, f) < 4*limit || walLength(t, f)+limit/2 > f.NextWAL(t) { // so that the writer waits for nobody now
		number++
		f.mustDo("A", createUser(number, fmt.Sprint("u", number)))
	}
	must(t, end())
	return f, number
}

// TestWAL_shrinksAtRest: the write-ahead log kept its largest length, after another program had read for long, until the server ended.
func TestWAL_shrinksAtRest(t *testing.T) {
	t.Parallel()
	const limit = 1 << 18
	f, users := afterALongRead(t, limit, time.Millisecond)
	deadline := time.Now().Add(time.Minute)
	for ; walLength(t, f) > limit; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nobody reads or writes any more, and it has %d bytes", walLength(t, f))
		}
	}
	for wait := ""; wait != "10000"; wait = f.Pragma(t, "busy_timeout") { // it does not wait for anybody only while it empties the log
		if time.Now().After(deadline) {
			t.Fatalf("the writer waits %s ms for other programs", wait)
		}
	}
	f.mustDo("A", createUser(users+1, "one more"))
}

// TestWAL_shrinksWhileWriting: with commands going on the log must not wait for a moment of rest.
func TestWAL_shrinksWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	const limit = 1 << 18
	f, users := afterALongRead(t, limit, time.Hour)
	// The first command copies the log, the next one starts it again and cuts it.
	for range 2 {
		users++
		f.mustDo("A", createUser(users, fmt.Sprint("u", users)))
	}
	if n := walLength(t, f); n > limit {
		t.Fatalf("two commands later it has %d bytes", n)
	}
	// And it does not grow again to what it was before somebody does something about it.
	f.WaitForQueries(t, time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	db := openReader(t, f)
	go func() { ended <- readWithoutPause(ctx, db) }()
	for i := int64(1); i <= 100; i++ {
		f.mustDo("A", several(users+i, 1))
		if n := walLength(t, f); n > 3*limit {
			t.Errorf("it has %d bytes again", n)
			break
		}
	}
	stop()
	must(t, <-ended)
}

// TestWAL_readForLong: a long query, such as a backup, does not hold up commands each time that the log could be emptied.
func TestWAL_readForLong(t *testing.T) {
	t.Parallel()
	const limit = 1 << 18
	f := newFixtureWith(t, func(o *store.Options) { o.MaxWAL = limit })
	f.mustCreate("A")
	end, err := read(t.Context(), openReader(t, f))
	must(t, err)
	began, id, waited := time.Now(), int64(0), map[int64]bool{}
	for walLength(t, f) < 4*limit {
		id++
		f.mustDo("A", createUser(id, fmt.Sprint("u", id)))
		waited[f.NextWAL(t)] = true
	}
	if len(waited) > 5 {
		t.Errorf("the writer has waited %d times, not once for each %d bytes", len(waited)-1, limit)
	}
	if took := time.Since(began); took > 25*time.Second { // three times the wait for other programs is 30 s
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
