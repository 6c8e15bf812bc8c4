package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// companyRow is a row of the table companies.
type companyRow struct {
	bun.BaseModel `bun:"table:companies,alias:c"`

	ID             int64  `bun:"id,pk"`
	SessionID      int64  `bun:"session_id"`
	Name           string `bun:"name"`
	OwnerID        int64  `bun:"owner_id"`
	SecretCode     int64  `bun:"secret_code"`
	Balance        int64  `bun:"balance"`
	Reputation     int64  `bun:"reputation"`
	Cell           int64  `bun:"cell"`
	LevelWarehouse int64  `bun:"level_warehouse"`
	LevelContracts int64  `bun:"level_contracts"`
	LevelStation   int64  `bun:"level_station"`
	LevelFactory   int64  `bun:"level_factory"`
	TaxDebt        int64  `bun:"tax_debt"`
	OverdueSteps   int64  `bun:"overdue_steps"`
	LastTurnIncome int64  `bun:"last_turn_income"`
	ThisTurnIncome int64  `bun:"this_turn_income"`
	Business       string `bun:"business"`
	PrisonEndStep  int64  `bun:"prison_end_step"`
	WrittenOff     int64  `bun:"written_off"`
	Goods          string `bun:"goods"`
	FactoriesCount int64  `bun:"factories_count"`
}

// newCompanyRow returns the row of c. Credits, deposits and factories have their own tables.
func newCompanyRow(session int64, c *game.Company) companyRow {
	return companyRow{
		ID: c.ID, SessionID: session, Name: c.Name, OwnerID: c.OwnerID, SecretCode: c.SecretCode,
		Balance: c.Balance, Reputation: c.Reputation, Cell: c.Cell,
		LevelWarehouse: c.Levels.Warehouse, LevelContracts: c.Levels.Contracts, LevelStation: c.Levels.Station, LevelFactory: c.Levels.Factory,
		TaxDebt: c.TaxDebt, OverdueSteps: c.OverdueSteps, LastTurnIncome: c.LastTurnIncome, ThisTurnIncome: c.ThisTurnIncome,
		Business: string(c.Business), PrisonEndStep: c.PrisonEndStep, WrittenOff: c.WrittenOff,
		Goods: encodeGoods(c.Goods), FactoriesCount: int64(len(c.Factories)),
	}
}

// company is the inverse of newCompanyRow.
func (r *companyRow) company() (*game.Company, error) {
	goods, err := decodeGoods(r.Goods)
	if err != nil {
		return nil, fmt.Errorf("company %d: %w", r.ID, err)
	}
	return &game.Company{
		ID: r.ID, Name: r.Name, OwnerID: r.OwnerID, SecretCode: r.SecretCode,
		Balance: r.Balance, Reputation: r.Reputation, Cell: r.Cell,
		Levels: game.Levels{Warehouse: r.LevelWarehouse, Contracts: r.LevelContracts, Station: r.LevelStation, Factory: r.LevelFactory},
		Goods:  goods, TaxDebt: r.TaxDebt, OverdueSteps: r.OverdueSteps, LastTurnIncome: r.LastTurnIncome, ThisTurnIncome: r.ThisTurnIncome,
		Business: game.Business(r.Business), PrisonEndStep: r.PrisonEndStep, WrittenOff: r.WrittenOff,
	}, nil
}

// encodeGoods encodes goods as a JSON object by resource. It does not use encoding/json, because
// every turn encodes the goods of every company.
func encodeGoods(goods game.Goods) string {
	buf := append(make([]byte, 0, 24*len(goods)+2), '{')
	for i, s := range goods {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(appendName(buf, s.Resource), ':')
		buf = strconv.AppendInt(buf, s.Amount, 10)
	}
	return string(append(buf, '}'))
}

// appendName appends a name of a ruleset as a JSON string.
func appendName(buf []byte, name string) []byte {
	if plain(name) {
		return append(append(append(buf, '"'), name...), '"')
	}
	text, _ := json.Marshal(name) //nolint:errchkjson // a string is always encoded
	return append(buf, text...)
}

// decodeGoods is the inverse of encodeGoods.
func decodeGoods(text string) (game.Goods, error) {
	if text == "{}" {
		return nil, nil
	}
	var amounts map[string]int64
	if err := json.Unmarshal([]byte(text), &amounts); err != nil {
		return nil, fmt.Errorf("read goods: %w", err)
	}
	goods := make(game.Goods, 0, len(amounts))
	for _, resource := range slices.Sorted(maps.Keys(amounts)) {
		goods = append(goods, game.Stock{Resource: resource, Amount: amounts[resource]})
	}
	return goods, nil
}

const (
	insertCompany = `INSERT INTO companies (id, session_id, name, owner_id, secret_code, balance, reputation, cell,
	level_warehouse, level_contracts, level_station, level_factory, tax_debt, overdue_steps, last_turn_income, this_turn_income,
	business, prison_end_step, written_off, goods, factories_count)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	updateCompany = `UPDATE companies SET name = ?, owner_id = ?, balance = ?, reputation = ?, cell = ?,
	level_warehouse = ?, level_contracts = ?, level_station = ?, level_factory = ?, tax_debt = ?, overdue_steps = ?,
	last_turn_income = ?, this_turn_income = ?, business = ?, prison_end_step = ?, written_off = ?, goods = ?, factories_count = ?
	WHERE id = ?`
)

func companyID(c *game.Company) int64 { return c.ID }

// saveCompanies writes the differences between two lists that are sorted by id. A company with the
// same pointer in both has not changed. Deletions come first, so that new companies can take the
// names.
func saveCompanies(b *batch, session int64, before, after []*game.Company) error {
	d := diffLists(before, after, companyID)
	for _, c := range d.gone {
		if err := deleteCompany(b, session, c); err != nil {
			return fmt.Errorf("delete company %d: %w", c.ID, err)
		}
	}
	for _, c := range d.changed {
		i, _ := slices.BinarySearchFunc(before, c.ID, func(c *game.Company, id int64) int { return cmp.Compare(c.ID, id) })
		if err := changeCompany(b, session, before[i], c); err != nil {
			return fmt.Errorf("update company %d: %w", c.ID, err)
		}
	}
	for _, c := range d.come {
		if err := addCompany(b, session, c); err != nil {
			return fmt.Errorf("insert company %d: %w", c.ID, err)
		}
	}
	return nil
}

func changeCompany(b *batch, session int64, before, after *game.Company) error {
	row := newCompanyRow(session, after)
	if row != newCompanyRow(session, before) {
		err := b.one(updateCompany, row.Name, row.OwnerID, row.Balance, row.Reputation, row.Cell,
			row.LevelWarehouse, row.LevelContracts, row.LevelStation, row.LevelFactory, row.TaxDebt, row.OverdueSteps,
			row.LastTurnIncome, row.ThisTurnIncome, row.Business, row.PrisonEndStep, row.WrittenOff, row.Goods, row.FactoriesCount, row.ID)
		if err != nil {
			return err
		}
	}
	return saveParts(b, before, after)
}

// addCompany stores a new company. It returns errCodeTaken if another session has its secret code.
func addCompany(b *batch, session int64, c *game.Company) error {
	owned, err := own(b, codeOf(session, c))
	if err != nil {
		return err
	}
	if !owned {
		return errCodeTaken
	}
	row := newCompanyRow(session, c)
	err = b.one(insertCompany, row.ID, row.SessionID, row.Name, row.OwnerID, row.SecretCode, row.Balance, row.Reputation, row.Cell,
		row.LevelWarehouse, row.LevelContracts, row.LevelStation, row.LevelFactory, row.TaxDebt, row.OverdueSteps,
		row.LastTurnIncome, row.ThisTurnIncome, row.Business, row.PrisonEndStep, row.WrittenOff, row.Goods, row.FactoriesCount)
	if err != nil {
		return err
	}
	return saveParts(b, new(game.Company), c)
}

// saveParts writes the changes of the credits, deposits and factories of a company.
func saveParts(b *batch, before, after *game.Company) error {
	if err := creditTable().save(b, after.ID, before.Credits, after.Credits); err != nil {
		return err
	}
	if err := depositTable().save(b, after.ID, before.Deposits, after.Deposits); err != nil {
		return err
	}
	return factoryTable().save(b, after.ID, before.Factories, after.Factories)
}

func deleteCompany(b *batch, session int64, c *game.Company) error {
	if err := disown(b, codeOf(session, c)); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM credits WHERE company_id = ?", "DELETE FROM deposits WHERE company_id = ?", "DELETE FROM factories WHERE company_id = ?",
	} {
		if _, err := b.exec(statement, c.ID); err != nil {
			return err
		}
	}
	return b.one("DELETE FROM companies WHERE id = ?", c.ID)
}

// loadCompanies reads the companies of a session with their credits, deposits and factories.
func loadCompanies(ctx context.Context, tx bun.Tx, session int64) ([]*game.Company, error) {
	var rows []companyRow
	if err := tx.NewSelect().Model(&rows).Where("c.session_id = ?", session).Order("c.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("load companies: %w", err)
	}
	companies, byID, err := companiesOf(rows)
	if err != nil || len(companies) == 0 {
		return companies, err
	}
	of := tx.NewSelect().Model((*companyRow)(nil)).Column("c.id").Where("c.session_id = ?", session)
	if err := readBank(ctx, tx, of, byID); err != nil {
		return nil, err
	}
	for i := range rows {
		companies[i].Factories = make([]game.Factory, 0, rows[i].FactoriesCount)
	}
	return companies, loadFactories(ctx, tx, of, byID)
}

func companiesOf(rows []companyRow) ([]*game.Company, map[int64]*game.Company, error) {
	companies, byID := make([]*game.Company, len(rows)), make(map[int64]*game.Company, len(rows))
	for i := range rows {
		c, err := rows[i].company()
		if err != nil {
			return nil, nil, err
		}
		companies[i], byID[c.ID] = c, c
	}
	return companies, byID, nil
}

// readBank reads the credits and deposits of companies. of selects their ids.
func readBank(ctx context.Context, tx bun.Tx, of *bun.SelectQuery, companies map[int64]*game.Company) error {
	err := readCredits(ctx, tx, of, func(company int64, x game.Credit) {
		c := companies[company]
		c.Credits = append(c.Credits, x)
	})
	if err != nil {
		return err
	}
	return readDeposits(ctx, tx, of, func(company int64, x game.Deposit) {
		c := companies[company]
		c.Deposits = append(c.Deposits, x)
	})
}

// Companies returns the companies that match f, sorted by id, with their credits, deposits and
// goods. Factories are only counted.
func (s *Store) Companies(ctx context.Context, f game.CompanyFilter) ([]game.CompanyView, error) {
	ctx = uninterrupted(ctx)
	var views []game.CompanyView
	err := s.reader.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		var rows []companyRow
		if err := filterCompanies(tx.NewSelect().Model(&rows), f).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		companies, byID, err := companiesOf(rows)
		if err != nil {
			return err
		}
		// The same filter selects their credits and deposits: a list of ids could be too long for a
		// query.
		of := filterCompanies(tx.NewSelect().Model((*companyRow)(nil)).Column("c.id"), f)
		if err := readBank(ctx, tx, of, byID); err != nil {
			return err
		}
		sessions, err := s.headersOf(ctx, tx, rows)
		if err != nil {
			return err
		}
		views = make([]game.CompanyView, len(rows))
		for i, c := range companies {
			views[i] = sessions[rows[i].SessionID].View(c)
			views[i].FactoriesCount = rows[i].FactoriesCount
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	return views, nil
}

// filterCompanies adds the conditions of f to q, sorted by id.
func filterCompanies(q *bun.SelectQuery, f game.CompanyFilter) *bun.SelectQuery {
	q.Join("JOIN sessions AS s ON s.id = c.session_id").Order("c.id").Limit(int64(f.Limit))
	if f.ID != nil {
		q.Where("c.id = ?", *f.ID)
	}
	if f.Name != nil {
		q.Where("c.name = ?", *f.Name)
	}
	if f.SessionID != nil {
		q.Where("s.name = ? AND s.deleted_at IS NULL", *f.SessionID)
	}
	if f.Reputation != nil {
		q.Where("c.reputation = ?", *f.Reputation)
	}
	if f.Balance != nil {
		q.Where("c.balance = ?", *f.Balance)
	}
	if f.InPrison != nil {
		q.Where("(c.prison_end_step <> 0) = ?", *f.InPrison)
	}
	if f.Cell != nil {
		filterCell(q, *f.Cell)
	}
	return q
}

func filterCell(q *bun.SelectQuery, c game.Cell) {
	if c.Nowhere {
		q.Where("c.cell = ?", game.NoCell)
		return
	}
	// Compare the column too: a position outside the map must not match a cell of the next row.
	q.Where("?0 < s.map_cols AND c.cell = ?1 * s.map_cols + ?0", c.Position.X, c.Position.Y)
}

// SessionOfCompany returns the id of the session of a company, or game.CompanyNotFound. Before a
// command has locked that session, the company may have been deleted.
func (s *Store) SessionOfCompany(ctx context.Context, id int64) (string, error) {
	ctx = uninterrupted(ctx)
	q := s.reader.NewSelect().Model((*companyRow)(nil)).ColumnExpr("s.name").
		Join("JOIN sessions AS s ON s.id = c.session_id").Where("c.id = ?", id)
	return sessionOf(ctx, q, game.CompanyNotFound())
}
