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
		ExpectedBalance: pointer(m.ExpectedBalance), ExpectedTotal: pointer(m.ExpectedTotalToPay),
	}
	var answer wire.Credit
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (done, error) {
		credit, events, err := s.TakeCredit(order, env)
		answer = creditToWire(&credit)
		return done{events, &answer}, err
	})
	return &answer, err
}

// CompanyPayCredit pays back a credit.
func (h companies) CompanyPayCredit(ctx context.Context, c route.Caller, m *wire.CompanyPayCredit) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (done, error) {
		events, err := s.PayCredit(game.CreditPayment{
			CompanyID: m.CompanyID, Index: m.CreditIndex, ID: pointer(m.CreditID), Amount: m.Amount,
			ExpectedBalance: pointer(m.ExpectedBalance),
		}, env)
		return done{events: events}, err
	})
}

// CompanyTakeDeposit makes a deposit at the bank.
func (h companies) CompanyTakeDeposit(ctx context.Context, c route.Caller, m *wire.CompanyTakeDeposit) (*wire.Deposit, error) {
	order := game.DepositOrder{
		CompanyID: m.CompanyID, Amount: m.Amount, Period: m.Period,
		ExpectedBalance: pointer(m.ExpectedBalance), ExpectedIncome: pointer(m.ExpectedIncomePerTurn),
	}
	var answer wire.Deposit
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (done, error) {
		deposit, events, err := s.TakeDeposit(order, env)
		answer = depositToWire(&deposit)
		return done{events, &answer}, err
	})
	return &answer, err
}

// CompanyWithdrawDeposit takes a deposit back.
func (h companies) CompanyWithdrawDeposit(ctx context.Context, c route.Caller, m *wire.CompanyWithdrawDeposit) (*wire.Success, error) {
	var answer wire.Success
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (done, error) {
		events, err := s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: m.CompanyID, Index: m.DepositIndex, ID: pointer(m.DepositID)}, env)
		return done{events, &answer}, err
	})
	return &answer, err
}

// CompanyPayTaxes pays a company's tax debt.
func (h companies) CompanyPayTaxes(ctx context.Context, c route.Caller, m *wire.CompanyPayTaxes) error {
	payment := game.TaxPayment{CompanyID: m.CompanyID, Amount: m.Amount, ExpectedBalance: pointer(m.ExpectedBalance)}
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (done, error) {
		events, err := s.PayTaxes(payment, env)
		return done{events: events}, err
	})
}
