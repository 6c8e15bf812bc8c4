package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// creditRow is a row of the table credits.
type creditRow struct {
	bun.BaseModel `bun:"table:credits,alias:cr"`

	ID         int64 `bun:"id,pk"`
	CompanyID  int64 `bun:"company_id"`
	Amount     int64 `bun:"amount"`
	TotalToPay int64 `bun:"total_to_pay"`
	NeedPay    int64 `bun:"need_pay"`
	Paid       int64 `bun:"paid"`
	StepsTotal int64 `bun:"steps_total"`
	StepsNow   int64 `bun:"steps_now"`
}

func creditID(c game.Credit) int64 { return c.ID }

func creditTable() table[game.Credit] {
	return table[game.Credit]{
		name: "credit", id: creditID,
		values: func(args []any, c *game.Credit) []any {
			return append(args, c.Amount, c.TotalToPay, c.NeedPay, c.Paid, c.StepsTotal, c.StepsNow)
		},
		insert: `INSERT INTO credits (id, company_id, amount, total_to_pay, need_pay, paid, steps_total, steps_now)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		update: "UPDATE credits SET amount = ?, total_to_pay = ?, need_pay = ?, paid = ?, steps_total = ?, steps_now = ? WHERE id = ?",
		remove: "DELETE FROM credits WHERE id = ?",
	}
}

// readCredits reads the credits of companies, sorted by id. of selects the ids of the companies.
func readCredits(ctx context.Context, tx bun.IDB, of *bun.SelectQuery, add func(company int64, c game.Credit)) error {
	var rows []creditRow
	if err := tx.NewSelect().Model(&rows).Where("cr.company_id IN (?)", of).Order("cr.id").Scan(ctx); err != nil {
		return fmt.Errorf("read credits: %w", err)
	}
	for _, r := range rows {
		add(r.CompanyID, game.Credit{
			ID: r.ID, Amount: r.Amount, TotalToPay: r.TotalToPay, NeedPay: r.NeedPay, Paid: r.Paid,
			StepsTotal: r.StepsTotal, StepsNow: r.StepsNow,
		})
	}
	return nil
}

// depositRow is a row of the table deposits.
type depositRow struct {
	bun.BaseModel `bun:"table:deposits,alias:d"`

	ID              int64 `bun:"id,pk"`
	CompanyID       int64 `bun:"company_id"`
	InitialSum      int64 `bun:"initial_sum"`
	CurrentBalance  int64 `bun:"current_balance"`
	IncomePerTurn   int64 `bun:"income_per_turn"`
	TotalEarned     int64 `bun:"total_earned"`
	StepsTotal      int64 `bun:"steps_total"`
	StepsNow        int64 `bun:"steps_now"`
	CanWithdrawFrom int64 `bun:"can_withdraw_from"`
}

func depositID(d game.Deposit) int64 { return d.ID }

func depositTable() table[game.Deposit] {
	return table[game.Deposit]{
		name: "deposit", id: depositID,
		values: func(args []any, d *game.Deposit) []any {
			return append(args, d.InitialSum, d.CurrentBalance, d.IncomePerTurn, d.TotalEarned, d.StepsTotal, d.StepsNow, d.CanWithdrawFrom)
		},
		insert: `INSERT INTO deposits (id, company_id, initial_sum, current_balance, income_per_turn, total_earned, steps_total, steps_now,
			can_withdraw_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		update: `UPDATE deposits SET initial_sum = ?, current_balance = ?, income_per_turn = ?, total_earned = ?, steps_total = ?,
			steps_now = ?, can_withdraw_from = ? WHERE id = ?`,
		remove: "DELETE FROM deposits WHERE id = ?",
	}
}

// readDeposits reads the deposits of companies, sorted by id. of selects the ids of the companies.
func readDeposits(ctx context.Context, tx bun.IDB, of *bun.SelectQuery, add func(company int64, d game.Deposit)) error {
	var rows []depositRow
	if err := tx.NewSelect().Model(&rows).Where("d.company_id IN (?)", of).Order("d.id").Scan(ctx); err != nil {
		return fmt.Errorf("read deposits: %w", err)
	}
	for _, r := range rows {
		add(r.CompanyID, game.Deposit{
			ID: r.ID, InitialSum: r.InitialSum, CurrentBalance: r.CurrentBalance, IncomePerTurn: r.IncomePerTurn,
			TotalEarned: r.TotalEarned, StepsTotal: r.StepsTotal, StepsNow: r.StepsNow, CanWithdrawFrom: r.CanWithdrawFrom,
		})
	}
	return nil
}
