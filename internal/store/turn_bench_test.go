package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"modernc.org/sqlite"

	"seg.example/internal/game"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
)

const (
	benchCompanies = 30
	benchFactories = 90 // of each
)

// roomy is classic with warehouses that never fill.
func roomy(b *testing.B) *game.Ruleset {
	b.Helper()
	set, err := ruleset.BuiltIn("classic")
	must2(b, err)
	classic, err := set.Find("")
	must2(b, err)
	r := *classic
	r.Warehouse = slices.Repeat([]game.Level{{Figure: 1_000_000_000}}, game.MaxLevel)
	return &r
}

// industrious makes the session S one in which all factories work in every turn.
func industrious(b *testing.B, f *fixture, r *game.Ruleset) {
	b.Helper()
	var goods game.Goods
	var kits []string
	for _, x := range r.Resources {
		goods = append(goods, game.Stock{Resource: x.Name, Amount: 1_000_000})
		if x.Production != nil {
			kits = append(kits, x.Name)
		}
	}
	must2(b, f.Create(b.Context(), game.Command{}, func(env game.Env) (*game.Session, game.Outcome, error) {
		s, err := game.NewSession(game.NewSessionOptions{ID: "S", MaxSteps: game.MaxSteps}, r, env.Rand)
		return s, game.Outcome{}, err
	}))
	must2(b, change(f, "S", func(s *game.Session, env game.Env) {
		s.Stage, s.Step, s.Cells = game.StageGame, 1, slices.Repeat([]string{"mountain"}, int(r.Map.Rows*r.Map.Cols))
		for i := range int64(benchCompanies) {
			c := newCompany(env, env.IDs.NextID(game.KindCompany))
			c.Cell, c.OwnerID, c.Balance, c.Reputation, c.Goods = i, i+1, 10_000, 20, goods
			c.Credits = []game.Credit{{ID: env.IDs.NextID(game.KindCredit), Amount: 1e6, TotalToPay: 1e9, StepsTotal: 1000}}
			c.Deposits = []game.Deposit{{ID: env.IDs.NextID(game.KindDeposit), InitialSum: 1000, IncomePerTurn: 50, StepsTotal: 1000}}
			for k := range benchFactories {
				kit := kits[k%len(kits)]
				f := game.Factory{ID: env.IDs.NextID(game.KindFactory), Kit: kit, Fitted: kit, Produce: true, Auto: true}
				if n := r.Good(kit).Production.Turns; k%2 == 0 && n > 1 {
					f.Done, f.Needed = 1, n // not all in step
				}
				c.Factories = append(c.Factories, f)
			}
			s.Companies = append(s.Companies, c)
			s.Users = append(s.Users, game.User{ID: i + 1, Username: fmt.Sprint("user ", i+1), CompanyID: c.ID, SessionID: s.ID})
		}
	}))
}

// encodeTurn encodes what a turn causes as the handlers do, about.
func encodeTurn(e game.Event) (typ string, data []byte) {
	switch e := e.(type) {
	case game.FactoryProductionEnded:
		return "api-factory-end-production", fmt.Appendf(nil, `{"factory_id":%d,"company_id":%d}`, e.FactoryID, e.CompanyID)
	case game.CompanyResourceAdded:
		return "api-company_resource_added", fmt.Appendf(nil, `{"company_id":%d,"resource_id":"%s","amount":%d}`, e.CompanyID, e.Resource, e.Amount)
	case game.CompanyResourceRemoved:
		return "api-company_resource_removed", fmt.Appendf(nil, `{"company_id":%d,"resource_id":"%s","amount":%d}`, e.CompanyID, e.Resource, e.Amount)
	default:
		return "api-other", fmt.Appendf(nil, `{"event":"%T"}`, e)
	}
}

// rawTurn writes with the driver alone what a turn writes.
type rawTurn struct {
	conn  driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
}

func openRaw(b *testing.B, file string) *rawTurn {
	b.Helper()
	conn, err := new(sqlite.Driver).Open("file:" + file + "?_txlock=immediate&_busy_timeout=10000&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(4000)")
	must2(b, err)
	return &rawTurn{conn: conn, stmts: map[string]driver.Stmt{}}
}

func (r *rawTurn) run(query string, args []driver.NamedValue) error {
	s, ok := r.stmts[query]
	if !ok {
		var err error
		if s, err = r.conn.Prepare(query); err != nil {
			return err
		}
		r.stmts[query] = s
	}
	r.args = r.args[:0]
	for _, a := range args { // made for each row, as for a caller that has values and not rows
		switch v := a.Value.(type) {
		case int64:
			a.Value = v
		case string:
			a.Value = v
		}
		r.args = append(r.args, a)
	}
	_, err := s.(driver.StmtExecContext).ExecContext(context.Background(), r.args)
	return err
}

func (r *rawTurn) Close() error {
	var problems []error
	for _, s := range r.stmts {
		problems = append(problems, s.Close())
	}
	return errors.Join(append(problems, r.conn.Close())...)
}

// openFull is a store with a full session.
func openFull(b *testing.B, file string, r *game.Ruleset, encode func(game.Event) (string, []byte)) *fixture {
	b.Helper()
	f := &fixture{recorder: new(recorder), file: file}
	o := options(f.url(), f.recorder)
	o.OnCommit, o.Encode = func(store.Commit) {}, encode
	o.Ruleset, o.Tick = func([]byte) (*game.Ruleset, error) { return r, nil }, time.Hour // nothing is pruned meanwhile
	var err error
	f.Store, err = store.Open(b.Context(), o)
	must2(b, err)
	b.Cleanup(func() { must2(b, f.Close()) })
	must2(b, f.AddRuleset(b.Context(), r.ID, []byte(`{}`)))
	industrious(b, f, r)
	return f
}

// playTurn plays the next turn of S, and returns how long the rules took.
func playTurn(f *fixture) (ruled time.Duration, err error) {
	err = f.Update(context.Background(), game.Command{Session: "S"}, func(s *game.Session, env game.Env) (game.Outcome, error) {
		began := time.Now()
		events, err := s.SetStage(game.StageOrder{Stage: game.StageGame}, env)
		ruled = time.Since(began)
		return game.Outcome{Events: events}, err
	})
	return ruled, err
}

// BenchmarkTurn plays turns of a full session, and has the driver alone write what each of them writes, into a database of its
// own: all statements of the transaction with their values, prepared, one after the other.
func BenchmarkTurn(b *testing.B) {
	rules, dir := roomy(b), b.TempDir()
	f := openFull(b, filepath.Join(dir, "seg.db"), rules, encodeTurn)
	// What a turn writes is learnt from another store, so that it is not in the time of the first one.
	model := openFull(b, filepath.Join(dir, "model.db"), rules, encodeTurn)
	for range 2 {
		_, err := playTurn(f)
		must2(b, err)
		_, err = playTurn(model)
		must2(b, err)
	}
	must2(b, store.Backup(b.Context(), model.url(), filepath.Join(dir, "raw.db")))
	raw := openRaw(b, filepath.Join(dir, "raw.db"))
	b.Cleanup(func() { must2(b, raw.Close()) })

	figures := map[string][]float64{}
	note := func(name string, took time.Duration) { figures[name] = append(figures[name], 1000*took.Seconds()) }
	rows := 0
	for b.Loop() {
		began := time.Now()
		ruled, err := playTurn(f)
		must2(b, err)
		note("whole-ms", time.Since(began))
		note("rules-ms", ruled)
		statements := model.Record(b, func() error { _, err := playTurn(model); return err })
		began = time.Now()
		for _, s := range statements {
			must2(b, raw.run(s.Query, s.Args))
		}
		note("raw-ms", time.Since(began))
		at := len(figures["raw-ms"]) - 1 // of one run, since other programs may disturb some runs
		figures["whole/raw"] = append(figures["whole/raw"], figures["whole-ms"][at]/figures["raw-ms"][at])
		rows = len(statements) - 2 // BEGIN, COMMIT
	}
	for name, all := range figures {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], name)
	}
	b.ReportMetric(float64(rows), "rows/turn")
	ratios := figures["whole/raw"]
	b.ReportMetric(ratios[len(ratios)/2]/1.2, "of-limit") // rules, encoding and commit
}

// BenchmarkLoad reads a full session, and reports how much memory one takes. The limit is 2 MiB.
func BenchmarkLoad(b *testing.B) {
	f := openFull(b, filepath.Join(b.TempDir(), "seg.db"), roomy(b), encodeTurn)
	reader := f.openFor(b) // keeps nothing in memory, since it carries out no commands
	var kept [16]*game.Session
	load := func() *game.Session {
		s, err := reader.Session(b.Context(), "S")
		must2(b, err)
		return s
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	load()
	before := heap()
	for i := range kept {
		kept[i] = load()
	}
	each := float64(heap()-before) / float64(len(kept))
	runtime.KeepAlive(kept)
	b.ReportAllocs()
	for b.Loop() {
		load()
	}
	b.ReportMetric(each/(1<<20), "MiB/session")
	b.ReportMetric(each/(2<<20), "of-limit")
}

// openFor opens the same database once more.
func (f *fixture) openFor(b *testing.B) *store.Store {
	b.Helper()
	o := options(f.url(), f.recorder)
	s, err := store.Open(b.Context(), o)
	must2(b, err)
	b.Cleanup(func() { must2(b, s.Close()) })
	return s
}
