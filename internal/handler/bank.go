package handler

import (
	"context"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// CompanyTakeCredit takes a credit from the bank.
func (h companies) CompanyTakeCredit(ctx context.Context, c route.Caller, m *wire.CompanyTakeCredit) (*wire.Credit, error) {
	order := game.CreditOrder{
		CompanyID: m.CompanyID, Amount: m.Amount, Period: m.Period,
		ExpectedBalance: optional(m.ExpectedBalance), ExpectedTotal: optional(m.ExpectedTotalToPay),
	}
	var answer wire.Credit
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		credit, events, err := s.TakeCredit(order, env)
		answer = creditToWire(&credit)
		return result{events, &answer}, err
	})
	return &answer, err
}

// CompanyPayCredit pays back a credit.
func (h companies) CompanyPayCredit(ctx context.Context, c route.Caller, m *wire.CompanyPayCredit) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.PayCredit(game.CreditPayment{
			CompanyID: m.CompanyID, Index: m.CreditIndex, ID: optional(m.CreditID), Amount: m.Amount,
			ExpectedBalance: optional(m.ExpectedBalance),
		}, env)
		return result{events: events}, err
	})
}

// CompanyTakeDeposit makes a deposit at the bank.
func (h companies) CompanyTakeDeposit(ctx context.Context, c route.Caller, m *wire.CompanyTakeDeposit) (*wire.Deposit, error) {
	order := game.DepositOrder{
		CompanyID: m.CompanyID, Amount: m.Amount, Period: m.Period,
		ExpectedBalance: optional(m.ExpectedBalance), ExpectedIncome: optional(m.ExpectedIncomePerTurn),
	}
	var answer wire.Deposit
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		deposit, events, err := s.TakeDeposit(order, env)
		answer = depositToWire(&deposit)
		return result{events, &answer}, err
	})
	return &answer, err
}

// CompanyWithdrawDeposit takes a deposit back.
func (h companies) CompanyWithdrawDeposit(ctx context.Context, c route.Caller, m *wire.CompanyWithdrawDeposit) (*wire.Success, error) {
	var answer wire.Success
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: m.CompanyID, Index: m.DepositIndex, ID: optional(m.DepositID)}, env)
		return result{events, &answer}, err
	})
	return &answer, err
}

// CompanyPayTaxes pays a company's tax debt.
func (h companies) CompanyPayTaxes(ctx context.Context, c route.Caller, m *wire.CompanyPayTaxes) error {
	payment := game.TaxPayment{CompanyID: m.CompanyID, Amount: m.Amount, ExpectedBalance: optional(m.ExpectedBalance)}
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.PayTaxes(payment, env)
		return result{events: events}, err
	})
}
