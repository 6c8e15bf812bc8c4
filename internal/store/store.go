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
	// Deadline is when the session goes on by itself; the zero time: never.
	Deadline time.Time
}

// Options are what a Store needs of the program. URL, Encode, Ruleset, OnCommit, Now
// and Rand are required.
type Options struct {
	// URL says where the database is: sqlite://PATH, a file that is made if it does
	// not exist, in a folder that does.
	URL string
	// Encode gives the form in which an event is stored and sent: the type of its
	// broadcast, and its data as JSON.
	Encode func(game.Event) (typ string, data []byte)
	// Ruleset gives the rules that a document stored by AddRuleset means.
	Ruleset func(document []byte) (*game.Ruleset, error)
	// OnCommit is told of each command after its commit and before Update or Create
	// returns; for one session in the order of the commits. It must be quick, and
	// must not call Update, Create or Events: the session is still locked, and
	// nobody reads what has not been told.
	OnCommit func(Commit)
	// Observe is told of each command when it has ended: how long it took from when
	// its session was free, the wait for the commit included, and its error, nil, a
	// *game.Refusal or a fault. Optional.
	Observe func(took time.Duration, err error)
	// Trouble is told of what goes wrong in the background. Optional.
	Trouble func(error)
	// Now is the clock.
	Now func() time.Time
	// Rand is the source of random numbers for commands and for the epochs of sessions.
	Rand game.Rand
	// Keep says how long the log is kept.
	Keep Retention
	// Queue is how many commands can be under way at once, waiting or being
	// committed; more are refused. 0: 4,096.
	Queue int
	// Cache is how many sessions are kept in memory. 0: 1,024.
	Cache int
	// Tick is how often the store looks after its log. 0: each second.
	Tick time.Duration
	// MaxWAL is how long the write-ahead log may stay once nobody reads from it, in bytes. While somebody does, it may grow longer. 0: 64 MiB.
	MaxWAL int64
	// Migrations are the steps to the tables, at its root. nil: the program's own.
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
	db       *bun.DB // one connection, which writer has
	reader   *bun.DB // a pool that cannot write
	reads    reads
	writer   *writer
	cache    *cache
	ids      *ids
	locks    locks // by session
	requests locks // by key and id
	telling  publishBarrier
	rulesets sync.Map      // *game.Ruleset by hash
	told     atomic.Int64  // when Options.Trouble was last told that the disk is full, in nanoseconds since the epoch
	ahead    atomic.Int64  // number of a row of the log, up to which Prune has found none but those of a time to come
	slots    chan struct{} // holds one of each command under way

	dueMu sync.Mutex
	due   map[int64]struct{} // sessions that may have too many events

	keeper struct { // the goroutine that looks after the log
		stop   context.CancelFunc
		ended  chan struct{}
		newest int64 // how far it has noted the log to be
	}
}

// reads are queries that many commands make, prepared.
type reads struct{ session, owner, request *sql.Stmt }

// Open opens the database of o.URL and brings its tables up to date. Programs
// that start together wait for each other, as long as ctx lets them. A step that
// fails leaves the database as it was before that step, is not taken as done,
// and fails Open. Open refuses a database that a newer program has changed.
//
// A database that was put in its place by something else than Restore has
// possibly lost what clients have been told of: its sessions get new epochs, see
// Renewed.
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
		//nolint:contextcheck // what was opened must be closed, whether or not ctx has ended
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

// warm opens all connections of a pool, which then stay, and the files that each of them opens when it first reads: nothing has
// to be opened when the process may not open any more files.
func warm(ctx context.Context, db *bun.DB) error {
	for range db.Stats().MaxOpenConnections {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // it goes back to the pool
		if _, err := conn.NewSelect().Table("sessions").Where("id = 0").Exists(ctx); err != nil {
			return err
		}
	}
	return nil
}

// uninterrupted is ctx for queries that are as good as done when they have begun. For one that may be interrupted the driver starts a
// goroutine, which costs as much as a small query does, and a connection whose query has been interrupted is closed, with all
// that it has in memory.
func uninterrupted(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// checkDurable makes sure that the file system lets the database keep what it
// promises: WAL silently stays off where shared memory does not work.
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

// Close closes the database. Commands that are under way end first; later ones
// fail.
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

// Ping returns an error when the database cannot be read, or is not in its place any more.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.place.check(); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	if _, err := s.reader.NewSelect().Table("sessions").Where("id = 0").Exists(ctx); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// observed runs a command and tells Options.Observe of it.
func (s *Store) observed(run func() error) error {
	if s.o.Observe == nil {
		return run()
	}
	began := s.o.Now()
	err := run()
	s.o.Observe(s.o.Now().Sub(began), err)
	return err
}
