package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"seg.example/internal/game"
	"seg.example/migrations"
)

// Event is a game.Event as stored and sent.
type Event struct {
	Type string // type of the broadcast
	Data []byte // JSON of its data
}

// Commit is the public result of a committed command.
type Commit struct {
	Session  string  // id of the session
	Epoch    string  // its epoch; sequence numbers count within it
	Origin   uint64  // id of the connection that sent the command; 0 for none
	Answer   []byte  // frame for that connection; nil for none
	FirstSeq int64   // sequence number of Events[0]; the others follow without a gap; 0 without events
	Events   []Event // in causal order
	Time     int64   // time of the command, in milliseconds since 1970
	// Deadline is when the timer advances the session; zero: never.
	Deadline time.Time
}

// Options configure a Store. URL, Encode, Ruleset, OnCommit, Now and Rand are required.
type Options struct {
	// URL is sqlite://PATH. The file is created if it does not exist; its folder must exist.
	URL string
	// Encode returns the type of an event's broadcast and its data as JSON.
	Encode func(game.Event) (typ string, data []byte)
	// Ruleset parses a document that AddRuleset has stored.
	Ruleset func(document []byte) (*game.Ruleset, error)
	// OnCommit is called after the commit of each command and before Update or Create returns; for
	// one session in the order of the commits. It must be quick, and must not call Update, Create
	// or Events: the session is still locked, and its events can be read only after OnCommit has
	// returned.
	OnCommit func(Commit)
	// Observe is called at the end of each command with its duration since it got the lock of its
	// session, including the wait for the commit, and its error: nil, a *game.Refusal or a fault.
	// Optional.
	Observe func(took time.Duration, err error)
	// Trouble is called with errors of background work. Optional.
	Trouble func(error)
	// Now returns the current time.
	Now func() time.Time
	// Rand is the source of random numbers for commands and for the epochs of sessions.
	Rand game.Rand
	// Keep says how long events and answers are kept.
	Keep Retention
	// Queue is the maximum number of commands that run at the same time, including those that wait.
	// More are refused. 0: 4,096.
	Queue int
	// Cache is the maximum number of sessions in memory. 0: 1,024.
	Cache int
	// Tick is the interval of background maintenance. 0: one second.
	Tick time.Duration
	// MaxWAL is the maximum length of the write-ahead log in bytes while no query reads from it.
	// During queries it may be longer. 0: 64 MiB.
	MaxWAL int64
	// Migrations holds the migrations in its root folder. nil: those of the program.
	Migrations fs.FS
}

func (o *Options) setDefaults() {
	o.Keep = o.Keep.orDefault()
	o.Queue, o.Cache, o.Tick = cmp.Or(o.Queue, 4096), cmp.Or(o.Cache, 1024), cmp.Or(o.Tick, time.Second)
	o.MaxWAL = cmp.Or(o.MaxWAL, 64<<20)
	if o.Migrations == nil {
		o.Migrations = migrations.SQLite()
	}
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	o        Options
	file     dbFile
	place    fileLocation
	renewed  string
	db       *bun.DB // one connection, used by writer
	reader   *bun.DB // a pool of read-only connections
	reads    reads
	writer   *writer
	cache    *cache
	ids      *ids
	locks    locks // by session
	requests locks // by key and id
	telling  publishBarrier
	rulesets sync.Map      // *game.Ruleset by hash
	told     atomic.Int64  // when Options.Trouble was last called for a full disk, in nanoseconds since 1970
	ahead    atomic.Int64  // id of the newest log row of a run of rows with times in the future; Prune skips them
	slots    chan struct{} // one token for each running command

	dueMu sync.Mutex
	due   map[int64]struct{} // sessions that may have more events than Keep allows

	keeper struct { // the goroutine for background maintenance
		stop   context.CancelFunc
		ended  chan struct{}
		newest int64 // id of the newest log row that the identity file records
	}
}

// reads are prepared queries that many commands use.
type reads struct{ session, owner, request *sql.Stmt }

// Open opens the database of o.URL and applies pending migrations. Programs that start at the same
// time wait for each other until ctx ends. If a migration fails, the database is as before that
// migration, and Open fails. Open refuses a database that a newer version of the program has
// changed.
//
// A database file that was replaced by other means than Restore may lack events that clients have
// seen. Open then gives its sessions new epochs, see EpochResetReason.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Encode == nil || o.Ruleset == nil || o.OnCommit == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("open store: Encode, Ruleset, OnCommit, Now and Rand are required")
	}
	file, err := parseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	o.setDefaults()
	s := &Store{
		o: o, file: file, cache: newCache(o.Cache), locks: newLocks(), requests: newLocks(),
		telling: publishBarrier{pending: map[string]*pendingPublish{}},
		slots:   make(chan struct{}, o.Queue), due: map[int64]struct{}{},
	}
	s.ids = newIDs(s)
	if err := s.open(ctx); err != nil {
		//nolint:contextcheck // must close also after the end of ctx
		return nil, errors.Join(fmt.Errorf("open store %s: %w", file, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.renewed, err = s.file.prepare(ctx, s.o.Migrations, s.o.Rand); err != nil {
		return err
	}
	if s.place, err = s.file.location(); err != nil {
		return err
	}
	if s.db, err = openSQLite(s.file.writerDSN(s.o.MaxWAL), 1); err != nil {
		return err
	}
	if s.reader, err = openSQLite(s.file.readerDSN(), max(4, runtime.GOMAXPROCS(0))); err != nil {
		return err
	}
	if err := warm(ctx, s.reader); err != nil {
		return err
	}
	if err := s.checkDurable(ctx); err != nil {
		return err
	}
	if err := s.prepareReads(ctx); err != nil {
		return err
	}
	if err := s.findSurplus(ctx); err != nil {
		return err
	}
	if s.writer, err = newWriter(ctx, s.db, s.place, s.o.Queue, s.o.MaxWAL); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.keeper.stop, s.keeper.ended = stop, make(chan struct{})
	go s.housekeeping(background)
	return nil
}

func (s *Store) prepareReads(ctx context.Context) error {
	for query, to := range map[string]**sql.Stmt{
		"SELECT id, version, epoch FROM sessions WHERE name = ? AND deleted_at IS NULL": &s.reads.session,
		"SELECT hash, answer FROM log WHERE key = ? AND request_id = ? AND at >= ?":     &s.reads.request,
		`SELECT EXISTS (SELECT 1 FROM owners AS o JOIN sessions AS s ON s.id = o.session_id
			WHERE o.kind = ? AND o.id = ? AND s.stage <> ?)`: &s.reads.owner,
	} {
		prepared, err := s.reader.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		*to = prepared.Stmt
	}
	return nil
}

// EpochResetReason says why Open gave all sessions new epochs, or "" when it did not.
func (s *Store) EpochResetReason() string { return s.renewed }

func openSQLite(dsn string, conns int) (*bun.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// warm opens all connections of a pool and lets each of them read once, which opens its files. So
// queries work even when the process cannot open more files.
func warm(ctx context.Context, db *bun.DB) error {
	for range db.Stats().MaxOpenConnections {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // returns it to the pool
		if _, err := conn.NewSelect().Table("sessions").Where("id = 0").Exists(ctx); err != nil {
			return err
		}
	}
	return nil
}

// uninterrupted is ctx for queries that are as good as done when they have begun. For one that may
// be interrupted the driver starts a goroutine, which costs as much as a small query does, and a
// connection whose query has been interrupted is closed, with all that it has in memory.
func uninterrupted(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// checkDurable checks that the file system supports a write-ahead log. SQLite silently uses another
// mode where shared memory does not work.
func (s *Store) checkDurable(ctx context.Context) error {
	var mode string
	if err := s.db.NewRaw("PRAGMA journal_mode").Scan(ctx, &mode); err != nil {
		return fmt.Errorf("read journal mode: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow a write-ahead log (journal mode is %s)", mode)
	}
	return nil
}

// Close waits for running commands and closes the database. Later commands fail.
func (s *Store) Close() error {
	var problems []error
	if s.keeper.stop != nil {
		s.keeper.stop()
		<-s.keeper.ended
	}
	if s.writer != nil {
		problems = append(problems, s.ids.release(), s.writer.close())
	}
	if s.keeper.stop != nil {
		problems = append(problems, s.noteNewest(context.Background()))
		s.keeper.stop = nil
	}
	for _, db := range []*bun.DB{s.reader, s.db} {
		if db != nil {
			problems = append(problems, db.Close())
		}
	}
	return errors.Join(problems...)
}

// Ping returns an error if the database cannot be read or has been moved.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.place.check(); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	if _, err := s.reader.NewSelect().Table("sessions").Where("id = 0").Exists(ctx); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// observed runs a command and calls Options.Observe.
func (s *Store) observed(run func() error) error {
	if s.o.Observe == nil {
		return run()
	}
	began := s.o.Now()
	err := run()
	s.o.Observe(s.o.Now().Sub(began), err)
	return err
}
