package handler_test

import (
	"context"
	"fmt"
	"testing"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
	"seg.example/internal/handler"
)

// companyStore is a store that contains only companies.
type companyStore struct {
	handler.Store

	companies []game.CompanyView
}

func (l companyStore) Companies(context.Context, game.CompanyFilter) ([]game.CompanyView, error) {
	return l.companies, nil
}

// BenchmarkGetCompanies measures get-companies without the database: 30 companies in the middle of
// a game, with 2 credits, 2 deposits and 6 goods each, converted and encoded. The limit is 60 µs.
func BenchmarkGetCompanies(b *testing.B) {
	var l companyStore
	for i := range int64(30) {
		l.companies = append(l.companies, game.CompanyView{
			SessionID: "GAME_001", Position: game.Cell{Position: game.Position{X: i % 7, Y: i / 7}}, CellType: "forest",
			Capacity: 75, TaxRate: 600, FactoriesCount: 30,
			Company: game.Company{
				ID: 450 + i, Name: fmt.Sprint("Company ", i), OwnerID: 12345 + i, SecretCode: 123_456, Balance: 48_250, Reputation: 41,
				Levels: game.Levels{Warehouse: 2, Contracts: 1, Station: 2, Factory: 2}, Business: game.BusinessSmall,
				Goods: game.Goods{
					{Resource: "bread", Amount: 3},
					{Resource: "furniture", Amount: 1},
					{Resource: "iron", Amount: 12},
					{Resource: "planks", Amount: 17},
					{Resource: "tools", Amount: 2},
					{Resource: "wood", Amount: 30},
				},
				Credits: []game.Credit{
					{ID: 1, Amount: 5000, TotalToPay: 8000, NeedPay: 1875, Paid: 500, StepsTotal: 4, StepsNow: 1},
					{ID: 2, Amount: 1000, TotalToPay: 1200, NeedPay: 600, StepsTotal: 2, StepsNow: 1},
				},
				Deposits: []game.Deposit{
					{ID: 1, InitialSum: 2000, CurrentBalance: 2300, IncomePerTurn: 100, TotalEarned: 300, StepsTotal: 5, StepsNow: 3, CanWithdrawFrom: 4},
					{ID: 2, InitialSum: 1000, CurrentBalance: 1050, IncomePerTurn: 50, TotalEarned: 50, StepsTotal: 5, StepsNow: 1, CanWithdrawFrom: 7},
				},
				TaxDebt: 600, LastTurnIncome: 10_000, ThisTurnIncome: 3_500,
			},
		})
	}
	companies := handler.New(l, nil, handler.Options{Cells: handler.CellColon}).Company
	var frame []byte
	b.ReportAllocs()
	for b.Loop() {
		list, err := companies.GetCompanies(b.Context(), route.Caller{Trusted: true}, &wire.GetCompanies{})
		if err != nil {
			b.Fatal(err)
		}
		frame = list.Append(frame[:0])
	}
	b.ReportMetric(float64(len(frame)), "B/answer")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/60e-6, "of-limit")
}
