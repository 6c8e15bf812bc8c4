package bot

import (
	"context"
	"fmt"
	"slices"

	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// Play does everything that the company does between two turns.
func (b *Bot) Play(ctx context.Context) error {
	c, err := b.Company(ctx)
	if err != nil {
		return err
	}
	actions := []func(context.Context, *wire.Company) error{b.payDebts, b.setUpFactories, b.bank, b.sell, b.buy, b.improve}
	if c.InPrison {
		b.factoriesSetUp = false // prison switches the factories to manual
		actions = []func(context.Context, *wire.Company) error{b.setUpFactories}
	}
	for _, action := range actions {
		if err := action(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", b.options.Name, err)
		}
	}
	return nil
}

// payDebts pays taxes and the due part of the credits.
func (b *Bot) payDebts(ctx context.Context, c *wire.Company) error {
	if pay := min(c.TaxDebt, c.Balance); pay > 0 {
		if err := b.ignoreExpected(send(ctx, b, b.options.Client.CompanyPayTaxes, &wire.CompanyPayTaxes{CompanyID: c.ID, Amount: pay})); err != nil {
			return fmt.Errorf("pay taxes: %w", err)
		}
		c.Balance -= pay
	}
	// Backward, because paying a credit off shifts the indexes after it.
	for i, credit := range slices.Backward(c.Credits) {
		pay := min(credit.NeedPay, c.Balance)
		if pay <= 0 {
			continue
		}
		m := &wire.CompanyPayCredit{CompanyID: c.ID, CreditIndex: int64(i), Amount: pay}
		if err := b.ignoreExpected(send(ctx, b, b.options.Client.CompanyPayCredit, m)); err != nil {
			return fmt.Errorf("pay a credit: %w", err)
		}
		c.Balance -= pay
	}
	return nil
}

// setUpFactories fits the factories and switches them to automatic, unless that is done. A third is
// fitted for product from the start; half of the others is fitted for product, half for goal.
func (b *Bot) setUpFactories(ctx context.Context, c *wire.Company) error {
	if b.factoriesSetUp {
		return nil
	}
	free := c.FactoriesCount - c.FactoriesCount/3
	for good, count := range map[string]int64{b.product: free - free/2, b.goal: free / 2} {
		if good == "" || count == 0 {
			continue
		}
		m := &wire.CompanyCompleteFreeFactories{CompanyID: c.ID, NewResource: good, Count: count}
		if _, err := request(ctx, b, b.options.Client.CompanyCompleteFreeFactories, m); b.ignoreExpected(err) != nil {
			return fmt.Errorf("fit factories for %s: %w", good, err)
		}
	}
	answer, err := request(ctx, b, b.options.Client.GetFactories, &wire.GetFactories{CompanyID: c.ID, IsAuto: wire.Some(false)})
	if err != nil {
		return fmt.Errorf("read factories: %w", err)
	}
	for _, f := range answer.Factories {
		if _, err := request(ctx, b, b.options.Client.FactorySetAuto, &wire.FactorySetAuto{FactoryID: f.ID, IsAuto: true}); b.ignoreExpected(err) != nil {
			return fmt.Errorf("start factory %d: %w", f.ID, err)
		}
	}
	b.factoriesSetUp = true
	return nil
}

// bank borrows once, at the start, and saves what the company does not need.
func (b *Bot) bank(ctx context.Context, c *wire.Company) error {
	terms := b.options.Rules.Deposit
	const term = 4
	switch {
	case len(c.Credits) == 0 && len(c.Deposits) == 0 && c.LastTurnIncome == 0 && c.Balance <= b.options.Rules.Start.Balance && b.options.User%2 == 0:
		m := &wire.CompanyTakeCredit{CompanyID: c.ID, Amount: b.options.Rules.Credit.Min * 5, Period: term}
		credit, err := request(ctx, b, b.options.Client.CompanyTakeCredit, m)
		if err == nil {
			c.Balance += credit.Amount
		}
		return b.bankError("take a credit", err)
	case len(c.Credits) == 0 && len(c.Deposits) == 0 && c.Balance > b.options.Rules.Start.Balance*3/2:
		m := &wire.CompanyTakeDeposit{CompanyID: c.ID, Amount: min(max(terms.Min, c.Balance/4), terms.Max), Period: term}
		deposit, err := request(ctx, b, b.options.Client.CompanyTakeDeposit, m)
		if err == nil {
			c.Balance -= deposit.InitialSum
		}
		return b.bankError("make a deposit", err)
	}
	return nil
}

// bankError returns err, or nil for an expected refusal. A term that ends after the game is one.
func (b *Bot) bankError(what string, err error) error {
	if err = b.ignoreExpected(err); err != nil && !isInvalid(err) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// improve buys one level of an improvement that costs at most half of the company's money.
func (b *Bot) improve(ctx context.Context, c *wire.Company) error {
	levels, err := request(ctx, b, b.options.Client.GetCompanyImprovementInfo, &wire.GetCompanyImprovementInfo{CompanyID: c.ID})
	if err != nil {
		return fmt.Errorf("look at improvements: %w", err)
	}
	for _, i := range []struct {
		what wire.ImprovementArgument
		cost wire.Opt[int64]
	}{
		{wire.ImprovementArgumentWarehouse, costOf(levels.Warehouse, func(w wire.WarehouseImprovement) (int64, bool) { return w.Next.Value.Cost, w.Next.Valid })},
		{wire.ImprovementArgumentStation, costOf(levels.Station, func(w wire.StationImprovement) (int64, bool) { return w.Next.Value.Cost, w.Next.Valid })},
		{wire.ImprovementArgumentFactory, costOf(levels.Factory, func(w wire.FactoryImprovement) (int64, bool) { return w.Next.Value.Cost, w.Next.Valid })},
	} {
		if !i.cost.Set || c.Balance < 2*i.cost.Value {
			continue
		}
		err := send(ctx, b, b.options.Client.UpdateCompanyImprove, &wire.UpdateCompanyImprove{CompanyID: c.ID, ImprovementType: i.what})
		if b.ignoreExpected(err) != nil {
			return fmt.Errorf("improve %s: %w", i.what, err)
		}
		b.factoriesSetUp = b.factoriesSetUp && i.what != wire.ImprovementArgumentFactory // the new factories must be set up
		return nil
	}
	return nil
}

// costOf returns the cost of the next level, unset if there is none.
func costOf[T any](improvement wire.Opt[T], next func(T) (int64, bool)) wire.Opt[int64] {
	if !improvement.Set {
		return wire.Opt[int64]{}
	}
	cost, ok := next(improvement.Value)
	return wire.Opt[int64]{Value: cost, Set: ok}
}

// materials returns the materials of a good.
func (b *Bot) materials(good string) []game.Stock {
	if g := b.options.Rules.Good(good); g != nil {
		return g.Production.Materials
	}
	return nil
}
