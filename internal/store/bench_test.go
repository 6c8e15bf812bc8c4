package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"pgregory.net/rapid"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// slice is how long a benchmark stays with one of the things that it compares.
const slice = 400 * time.Millisecond

// perSession is how many users a benchmark registers in one session before it goes on with a new one.
const perSession = 100

// commander carries out create-user, durably, in a session that it has made.
type commander interface {
	makeSession(name string) error
	createUser(session string, id int64) error
}

// grouped is the store as it is.
type grouped struct{ *fixture }

func (g grouped) makeSession(name string) error { return g.create(name) }

func (g grouped) createUser(session string, id int64) error {
	return g.do(session, createUser(id, fmt.Sprint("u", id)))
}

// single is one transaction of bun queries for each command, the plain way to use it: load, apply, save, log.
type single struct{ db *bun.DB }

func newSingle(b *testing.B) *single {
	b.Helper()
	f := benchFixture(b)
	must2(b, f.Close())
	db, err := sql.Open("sqlite", "file:"+f.file+"?_txlock=immediate&_busy_timeout=10000&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(4000)")
	must2(b, err)
	db.SetMaxOpenConns(1)
	s := &single{db: bun.NewDB(db, sqlitedialect.New())}
	b.Cleanup(func() { s.db.Close() })
	return s
}

type sessionModel struct {
	bun.BaseModel `bun:"table:sessions,alias:s"`

	ID          int64    `bun:"id,pk,autoincrement"`
	Name        string   `bun:"name"`
	Epoch       string   `bun:"epoch"`
	Seq         int64    `bun:"seq"`
	Stage       string   `bun:"stage"`
	Step        int64    `bun:"step"`
	MaxSteps    int64    `bun:"max_steps"`
	MapRows     int64    `bun:"map_rows"`
	MapCols     int64    `bun:"map_cols"`
	MapPattern  string   `bun:"map_pattern"`
	Seed        int64    `bun:"seed"`
	Cells       []string `bun:"cells"`
	RulesetHash string   `bun:"ruleset_hash"`
	CreatedAt   int64    `bun:"created_at"`
}

type userModel struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	SessionID int64  `bun:"session_id,pk"`
	ID        int64  `bun:"id,pk"`
	Username  string `bun:"username"`
	CompanyID int64  `bun:"company_id"`
}

type ownerModel struct {
	bun.BaseModel `bun:"table:owners,alias:o"`

	Kind      string `bun:"kind,pk"`
	ID        int64  `bun:"id,pk"`
	SessionID int64  `bun:"session_id"`
}

type logModel struct {
	bun.BaseModel `bun:"table:log,alias:l"`

	ID        int64  `bun:"id,pk,autoincrement"`
	SessionID int64  `bun:"session_id"`
	Epoch     string `bun:"epoch"`
	SeqFrom   int64  `bun:"seq_from"`
	SeqTo     int64  `bun:"seq_to"`
	Events    string `bun:"events"`
	At        int64  `bun:"at"`
}

func (s *single) makeSession(name string) error {
	_, err := s.db.NewInsert().Model(&sessionModel{
		Name: name, Epoch: "E", Stage: "FreeUserConnect", MaxSteps: 15, MapRows: 7, MapCols: 6, MapPattern: "random", Cells: []string{},
		RulesetHash: rules.ID.Hash,
	}).Exec(context.Background())
	return err
}

func (s *single) createUser(session string, id int64) error {
	return s.db.RunInTx(context.Background(), nil, func(ctx context.Context, tx bun.Tx) error {
		row := new(sessionModel)
		if err := tx.NewSelect().Model(row).Where("name = ? AND deleted_at IS NULL", session).Scan(ctx); err != nil {
			return err
		}
		var users []userModel
		if err := tx.NewSelect().Model(&users).Where("session_id = ?", row.ID).Order("id").Scan(ctx); err != nil {
			return err
		}
		row.Seq++
		for _, model := range []any{
			&ownerModel{Kind: "user", ID: id, SessionID: row.ID},
			&userModel{SessionID: row.ID, ID: id, Username: fmt.Sprint("u", id)},
			&logModel{
				SessionID: row.ID, Epoch: row.Epoch, SeqFrom: row.Seq, SeqTo: row.Seq, At: start.UnixMilli(),
				Events: fmt.Sprintf(`[{"type":"api-create_user","data":{"id":%d,"name":"u%d"}}]`, id, id),
			},
		} {
			if _, err := tx.NewInsert().Model(model).Exec(ctx); err != nil {
				return err
			}
		}
		_, err := tx.NewUpdate().Model(row).Column("seq", "stage", "step", "cells").WherePK().Exec(ctx)
		return err
	})
}

func must2(tb rapid.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func benchFixture(b *testing.B) *fixture {
	b.Helper()
	f := &fixture{recorder: new(recorder), file: filepath.Join(b.TempDir(), "seg.db")}
	o := options(f.url(), f.recorder)
	o.OnCommit = func(store.Commit) {}
	var err error
	f.Store, err = store.Open(b.Context(), o)
	must2(b, err)
	b.Cleanup(func() { f.Close() })
	must2(b, f.AddRuleset(b.Context(), rules.ID, []byte(`{}`)))
	return f
}

// load lets clients carry out commands for a while, each in sessions of its own, one after the other.
func load(b *testing.B, c commander, clients int, ids *atomic.Int64) (perSecond float64, took []time.Duration) {
	b.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for range clients {
		all.Go(func() {
			var own []time.Duration
			for time.Since(began) < slice {
				session := fmt.Sprint("S", ids.Add(1))
				if err := c.makeSession(session); err != nil {
					b.Error(err)
					return
				}
				for range perSession {
					sent := time.Now()
					if err := c.createUser(session, ids.Add(1)); err != nil {
						b.Error(err)
						return
					}
					if own = append(own, time.Since(sent)); time.Since(began) > slice {
						break
					}
				}
			}
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	return float64(len(took)) / time.Since(began).Seconds(), took
}

// fsyncs returns how often a second 4 KB can be written and synced here.
func fsyncs(b *testing.B, dir string) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "sync"))
	must2(b, err)
	defer f.Close()
	page, n, began := make([]byte, 4096), 0, time.Now()
	for ; time.Since(began) < slice/2; n++ {
		_, err := f.WriteAt(page, int64(n%1024)*4096)
		must2(b, err)
		must2(b, f.Sync())
	}
	return float64(n) / time.Since(began).Seconds()
}

// BenchmarkCommit compares durable commands a second of the store with those of one transaction per command, in turns.
func BenchmarkCommit(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			group, alone := grouped{benchFixture(b)}, newSingle(b)
			dir := b.TempDir()
			var ids atomic.Int64
			var ratio, fast, slow, syncs, perSync, p99, p99Syncs []float64
			for b.Loop() {
				g, took := load(b, group, clients, &ids)
				s, _ := load(b, alone, clients, &ids)
				f := fsyncs(b, dir)
				slices.Sort(took)
				late := took[len(took)*99/100].Seconds()
				ratio, fast, slow = append(ratio, g/s), append(fast, g), append(slow, s)
				syncs, perSync = append(syncs, f), append(perSync, g/f)
				p99, p99Syncs = append(p99, late*1000), append(p99Syncs, late*f)
			}
			for unit, figures := range map[string][]float64{
				"x": ratio, "cmd/s": fast, "single-cmd/s": slow, "fsync/s": syncs, "cmd/fsync": perSync, "p99-ms": p99, "p99-fsyncs": p99Syncs,
			} {
				slices.Sort(figures)
				b.ReportMetric(figures[len(figures)/2], unit)
			}
		})
	}
}

// BenchmarkWAL reports how many bytes of the write-ahead log a command takes, of 64 clients at once, with and without a key.
func BenchmarkWAL(b *testing.B) {
	const clients, each = 64, 20 // all of it fits before the first checkpoint
	for _, keyed := range []bool{false, true} {
		b.Run(fmt.Sprintf("keyed=%v", keyed), func(b *testing.B) {
			var bytes, commands int64
			for b.Loop() {
				f := benchFixture(b)
				for c := range clients {
					must2(b, f.create(fmt.Sprint("S", c)))
				}
				before := walSize(b, f)
				var all sync.WaitGroup
				for c := range clients {
					all.Go(func() {
						for i := range each {
							id := int64(c*each + i + 1)
							r := game.Request{}
							if keyed {
								r = request(fmt.Sprint("client", c), fmt.Sprint("request ", i), fmt.Sprint(id))
							}
							err := f.Update(context.Background(), game.Command{Session: fmt.Sprint("S", c), Request: r}, func(s *game.Session, _ game.Env) (game.Outcome, error) {
								_, events, err := s.CreateUser(id, fmt.Sprint("u", id))
								return game.Outcome{Events: events, Answer: make([]byte, 200)}, err
							})
							if err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				bytes += walSize(b, f) - before
				commands += clients * each
				must2(b, f.Close())
			}
			b.ReportMetric(float64(bytes)/float64(commands), "B/cmd")
		})
	}
}

func walSize(b *testing.B, f *fixture) int64 {
	b.Helper()
	info, err := os.Stat(f.file + "-wal")
	must2(b, err)
	return info.Size()
}

// fillLog puts rows into the log past the store, and 10,000 newer ones: those are of the session A, the others of another one.
func fillLog(b *testing.B, f *fixture, rows int) {
	b.Helper()
	for _, name := range []string{"other", "A"} {
		must2(b, f.create(name))
	}
	db, err := sql.Open("sqlite", "file:"+f.file+"?_busy_timeout=10000&_txlock=immediate")
	must2(b, err)
	defer db.Close()
	_, err = db.ExecContext(b.Context(), `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO log (session_id, epoch, seq_from, seq_to, events, at, key, request_id, hash, answer)
		SELECT CASE WHEN i > ?1 - 10000 THEN 2 ELSE 1 END, (SELECT epoch FROM sessions WHERE id = CASE WHEN i > ?1 - 10000 THEN 2 ELSE 1 END),
			CASE WHEN i > ?1 - 10000 THEN i - ?1 + 10000 ELSE i END, CASE WHEN i > ?1 - 10000 THEN i - ?1 + 10000 ELSE i END,
			'[{"type":"api-create_user","data":{"session_id":"A","user":{"id":12345,"username":"JohnDoe","company_id":0,"session_id":"A"}}}]', ?2,
			CASE WHEN i % 2 THEN randomblob(32) END, CASE WHEN i % 2 THEN 'request ' || i END, CASE WHEN i % 2 THEN randomblob(32) END,
			CASE WHEN i % 2 THEN randomblob(200) END
		FROM n`, rows+10_000, start.UnixMilli())
	must2(b, err)
	_, err = db.ExecContext(b.Context(), "UPDATE sessions SET version = version + 1, seq = (SELECT max(seq_to) FROM log WHERE session_id = sessions.id)")
	must2(b, err)
}

// BenchmarkEvents reads what a client has missed from logs of different sizes: all should take the same time.
func BenchmarkEvents(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			f := benchFixture(b)
			fillLog(b, f, rows)
			sessions := []string{epochOf(b, f)}
			for _, missed := range []int64{1, 1000} {
				b.Run(fmt.Sprintf("missed=%d", missed), func(b *testing.B) {
					for b.Loop() {
						m, err := f.Events(b.Context(), "A", store.Position{Epoch: sessions[0], After: 10_000 - missed}, 1000)
						if err != nil || int64(len(m.Events)) != missed {
							b.Fatal(len(m.Events), m.Reason, err)
						}
					}
					b.ReportMetric(float64(missed)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
				})
			}
			b.Run("replay", func(b *testing.B) {
				r := request("key", "1", "")
				must2(b, f.Update(b.Context(), game.Command{Session: "A", Request: r}, func(*game.Session, game.Env) (game.Outcome, error) {
					return game.Outcome{Answer: []byte("answer")}, nil
				}))
				for b.Loop() {
					if _, err := f.Once(b.Context(), r, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkPrune removes the oldest 50 rows, by age and by number, from logs of different sizes.
func BenchmarkPrune(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			f := benchFixture(b)
			fillLog(b, f, rows)
			db, err := sql.Open("sqlite", "file:"+f.file+"?_busy_timeout=10000&_txlock=immediate")
			must2(b, err)
			defer db.Close()
			b.Run("old", func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					_, err := db.ExecContext(b.Context(), "UPDATE log SET at = 0 WHERE id IN (SELECT id FROM log ORDER BY id LIMIT 50)")
					must2(b, err)
					b.StartTimer()
					must2(b, f.Prune(b.Context()))
				}
			})
			b.Run("surplus", func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					_, err := db.ExecContext(b.Context(), "UPDATE sessions SET seq = seq + 50, version = version + 1 WHERE name = 'A'")
					must2(b, err)
					f.MarkDue(2)
					b.StartTimer()
					must2(b, f.Prune(b.Context()))
				}
			})
		})
	}
}

func epochOf(b *testing.B, f *fixture) string {
	b.Helper()
	m, err := f.Events(b.Context(), "A", store.Position{}, 1)
	must2(b, err)
	return m.Epoch
}
