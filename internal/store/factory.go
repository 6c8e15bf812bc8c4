package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// factoryRow is a row of the table factories.
type factoryRow struct {
	bun.BaseModel `bun:"table:factories,alias:f"`

	ID        int64  `bun:"id,pk"`
	CompanyID int64  `bun:"company_id"`
	Kit       string `bun:"kit"`
	Fitted    string `bun:"fitted"`
	Refit     int64  `bun:"refit"`
	Produce   bool   `bun:"produce"`
	Auto      bool   `bun:"auto"`
	Done      int64  `bun:"done"`
	Needed    int64  `bun:"needed"`
	Produced  int64  `bun:"produced"`
}

func (r *factoryRow) factory() game.Factory {
	return game.Factory{
		ID: r.ID, Kit: r.Kit, Fitted: r.Fitted, Refit: r.Refit, Produce: r.Produce, Auto: r.Auto,
		Done: r.Done, Needed: r.Needed, Produced: r.Produced,
	}
}

func factoryID(f game.Factory) int64 { return f.ID }

func factoryTable() table[game.Factory] {
	return table[game.Factory]{
		name: "factory", id: factoryID,
		values: func(args []any, f *game.Factory) []any {
			return append(args, f.Kit, f.Fitted, f.Refit, f.Produce, f.Auto, f.Done, f.Needed, f.Produced)
		},
		insert: `INSERT INTO factories (id, company_id, kit, fitted, refit, produce, auto, done, needed, produced)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		update: `UPDATE factories SET kit = ?, fitted = ?, refit = ?, produce = ?, auto = ?, done = ?, needed = ?, produced = ?
			WHERE id = ?`,
		remove: "DELETE FROM factories WHERE id = ?",
	}
}

// loadFactories reads the factories of companies, sorted by id. of selects the ids of the
// companies.
func loadFactories(ctx context.Context, tx bun.Tx, of *bun.SelectQuery, companies map[int64]*game.Company) error {
	var rows []factoryRow
	if err := tx.NewSelect().Model(&rows).Where("f.company_id IN (?)", of).Order("f.id").Scan(ctx); err != nil {
		return fmt.Errorf("load factories: %w", err)
	}
	for i := range rows {
		c := companies[rows[i].CompanyID]
		c.Factories = append(c.Factories, rows[i].factory())
	}
	return nil
}

// Factories returns the factories that match f, sorted by id.
func (s *Store) Factories(ctx context.Context, f game.FactoryFilter) ([]game.FactoryView, error) {
	ctx = uninterrupted(ctx)
	var rows []factoryRow
	q := s.reader.NewSelect().Model(&rows).Order("f.id").Limit(int64(f.Limit))
	if f.ID != nil {
		q.Where("f.id = ?", *f.ID)
	}
	if f.CompanyID != nil {
		q.Where("f.company_id = ?", *f.CompanyID)
	}
	if f.Kit != nil {
		q.Where("f.kit = ?", *f.Kit)
	}
	if f.Produce != nil {
		q.Where("f.produce = ?", *f.Produce)
	}
	if f.Auto != nil {
		q.Where("f.auto = ?", *f.Auto)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read factories: %w", err)
	}
	views := make([]game.FactoryView, len(rows))
	for i := range rows {
		views[i] = game.FactoryView{CompanyID: rows[i].CompanyID, Factory: rows[i].factory()}
	}
	return views, nil
}

// SessionOfFactory returns the id of the session of a factory, or game.FactoryNotFound. Before a
// command has locked that session, the factory may have been deleted.
func (s *Store) SessionOfFactory(ctx context.Context, id int64) (string, error) {
	ctx = uninterrupted(ctx)
	q := s.reader.NewSelect().Model((*factoryRow)(nil)).ColumnExpr("s.name").
		Join("JOIN companies AS c ON c.id = f.company_id").Join("JOIN sessions AS s ON s.id = c.session_id").
		Where("f.id = ?", id)
	return sessionOf(ctx, q, game.FactoryNotFound())
}
