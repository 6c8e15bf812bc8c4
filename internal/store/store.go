package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"seg.example/internal/game"
	"seg.example/migrations"
)

// commitTimeout bounds one unit of work, from its begin to its commit.
const commitTimeout = 30 * time.Second

// Event is a game.Event in the form that is stored and sent.
type Event struct {
	Type string // type of the broadcast
	Data []byte // JSON of its data
}

// Commit is what the world is told of a command that has been stored.
type Commit struct {
	Session  string  // name of the session
	Epoch    string  // its epoch; event numbers count within it
	Origin   uint64  // number of the connection that gave the command; 0 for none
	Answer   []byte  // frame for that connection; nil for none
	FirstSeq int64   // number of Events[0], the others follow without a gap; 0 without events
	Events   []Event // in causal order
	Time     int64   // when the command was carried out, in milliseconds since the epoch
}

// Options are what a Store needs of the program. All but Migrations are required.
type Options struct {
	// URL says where the database is: sqlite://PATH, a file that is made if it does
	// not exist, in a folder that does.
	URL string
	// Encode gives the form in which an event is stored and sent: the type of its
	// broadcast, and its data as JSON.
	Encode func(game.Event) (typ string, data []byte)
	// OnCommit is told of each command after its commit and before Update or Create
	// returns; for one session in the order of the commits. It must be quick, and
	// must not call Update or Create: the session is still locked.
	OnCommit func(Commit)
	// Now is the clock.
	Now func() time.Time
	// Dice are given to commands, and drawn from for epochs.
	Dice game.Dice
	// Migrations are the steps to the tables, at its root. nil: the program's own.
	Migrations fs.FS
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	o      Options
	writer *bun.DB // one connection, whose transactions begin with the write lock
	reader *bun.DB // a pool that cannot write
	locks  locks
}

// Open opens the database of o.URL and brings its tables up to date. Programs
// that start together wait for each other, as long as ctx lets them. A step that
// fails leaves the database as it was before that step, is not taken as done,
// and fails Open. Open refuses a database that a newer program has changed.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Encode == nil || o.OnCommit == nil || o.Now == nil || o.Dice == nil {
		return nil, errors.New("open store: Encode, OnCommit, Now and Dice are required")
	}
	file, err := parseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Migrations == nil {
		o.Migrations = migrations.SQLite()
	}
	if err := migrateUp(ctx, file, o.Migrations); err != nil {
		return nil, fmt.Errorf("open store %s: %w", file, err)
	}
	s := &Store{o: o, locks: newLocks()}
	if s.writer, err = openSQLite(file.writerDSN(), 1); err != nil {
		return nil, fmt.Errorf("open store %s: %w", file, err)
	}
	if s.reader, err = openSQLite(file.readerDSN(), max(4, runtime.GOMAXPROCS(0))); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", file, err), s.writer.Close())
	}
	if err := s.checkDurable(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", file, err), s.Close())
	}
	return s, nil
}

func openSQLite(dsn string, conns int) (*bun.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// checkDurable makes sure that the file system lets the database keep what it
// promises: WAL silently stays off where shared memory does not work.
func (s *Store) checkDurable(ctx context.Context) error {
	var mode string
	if err := s.writer.NewRaw("PRAGMA journal_mode").Scan(ctx, &mode); err != nil {
		return fmt.Errorf("read journal mode: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow a write-ahead log (journal mode is %s)", mode)
	}
	return nil
}

// Close closes the database. Commands under way must have ended.
func (s *Store) Close() error {
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Ping returns an error when the database cannot be read.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.reader.NewSelect().Table("sessions").Where("id = 0").Exists(ctx); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}
