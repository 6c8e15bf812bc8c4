package game_test

import (
	"fmt"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// people draws what users and companies do with each other.
func (d generator) people(kind string) order {
	user, company := d.userID(), d.companyID()
	name := fmt.Sprint("firm ", d.number(1, 6, "name"))
	plain := func(c command) order {
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) { return c(s) }, (*ledger).removeDeleted}
	}
	switch kind {
	case "user":
		return d.user(d.number(1, 7, "new user"))
	case "rename or move":
		change := game.UserChange{}
		if rapid.Bool().Draw(d.t, "rename") {
			change.Username = new(fmt.Sprint("user ", d.number(1, 9, "username")))
		}
		if rapid.Bool().Draw(d.t, "move") {
			change.CompanyID = new(company * d.number(0, 1, "or leave"))
		}
		return plain(updateUser(user, change))
	case "delete user":
		user *= d.number(0, 5, "mostly not") / 5 // nobody is 0
		return plain(deleteUser(user))
	case "found":
		return d.company(user, name)
	case "join":
		code := int64(123)
		if c := d.g.s.Company(company); c != nil {
			code = c.SecretCode
		}
		return plain(join(user, code))
	case "leave":
		user *= d.number(0, 2, "mostly not") / 2
		for _, u := range d.g.s.Users {
			if u.ID == user {
				company = u.CompanyID
			}
		}
		return plain(leave(user, company))
	case "delete company":
		company *= d.number(0, 5, "mostly not") / 5 // nobody is 0
		return plain(deleteCompany(company))
	default:
		return plain(renameCompany(company, name))
	}
}

// bank draws what a company does with its money, and what is done to it from outside the game.
func (d generator) bank(kind string) order {
	company, amount, period := d.companyID(), d.number(0, 20_000, "amount"), d.number(0, 7, "period")
	index := d.number(0, 2, "index") / 2 // mostly the first
	if d.number(0, 9, "little") == 0 {
		amount %= 3
	}
	switch kind {
	case "credit":
		return takingCredit(game.CreditOrder{CompanyID: company, Amount: amount, Period: period})
	case "pay credit":
		return payingCredit(game.CreditPayment{CompanyID: company, Index: index, Amount: amount})
	case "deposit":
		return takingDeposit(game.DepositOrder{CompanyID: company, Amount: amount / 4, Period: 2 * period})
	case "withdraw":
		for _, c := range d.g.s.Companies {
			if len(c.Deposits) > 0 && d.number(0, 1, "who has some") == 0 {
				company = c.ID
			}
		}
		return order{kind, func(s *game.Session, env game.Env) ([]game.Event, error) {
			return s.WithdrawDeposit(game.DepositWithdrawal{CompanyID: company, Index: index}, env)
		}, func(l *ledger, _ *game.Session) {
			a := l.accounts[company]
			a.balance += a.deposits[index].CurrentBalance
			a.deposits = append(a.deposits[:index:index], a.deposits[index+1:]...)
		}}
	case "pay taxes":
		return order{kind, func(s *game.Session, env game.Env) ([]game.Event, error) {
			return s.PayTaxes(game.TaxPayment{CompanyID: company, Amount: amount}, env)
		}, func(l *ledger, _ *game.Session) {
			a := l.accounts[company]
			paid := min(amount, a.taxDebt)
			a.balance, a.taxDebt = a.balance-paid, a.taxDebt-paid
			if a.taxDebt == 0 {
				a.overdue = 0
				a.addReputation(l.rules.Reputation.TaxPaid)
			}
		}}
	case "money":
		change := d.number(-10_000, 70_000, "change")
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) {
			return s.AdminChangeBalance(company, change, nil)
		}, func(l *ledger, _ *game.Session) {
			l.accounts[company].balance += change
			l.accounts[company].this += max(0, change)
		}}
	case "items":
		resource, change := d.resource(), d.number(-5, 20, "change")
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) {
			return s.AdminChangeItems(company, resource, change, nil)
		}, func(l *ledger, _ *game.Session) {
			l.accounts[company].goods[resource] += change
		}}
	default:
		return d.improving(company)
	}
}

func takingCredit(o game.CreditOrder) order {
	return order{"credit", func(s *game.Session, env game.Env) ([]game.Event, error) {
		_, events, err := s.TakeCredit(o, env)
		return events, err
	}, func(l *ledger, s *game.Session) {
		a, terms := l.accounts[o.CompanyID], game.CreditCondition{}
		for _, k := range l.rules.Credit.Conditions {
			if a.reputation >= k.FromReputation {
				terms = k
			}
		}
		total := o.Amount + o.Amount*terms.Percent*max(0, o.Period-terms.FreeTurns)/10_000
		a.balance += o.Amount
		credits := s.Company(o.CompanyID).Credits
		a.credits = append(a.credits, game.Credit{ID: credits[len(credits)-1].ID, Amount: o.Amount, TotalToPay: total, StepsTotal: o.Period})
	}}
}

func payingCredit(p game.CreditPayment) order {
	return order{"pay credit", func(s *game.Session, env game.Env) ([]game.Event, error) { return s.PayCredit(p, env) }, func(l *ledger, _ *game.Session) {
		a := l.accounts[p.CompanyID]
		k := &a.credits[p.Index]
		paid := min(p.Amount, k.TotalToPay-k.Paid)
		a.balance -= paid
		k.Paid += paid
		k.NeedPay = max(0, k.NeedPay-paid)
		if k.Paid < k.TotalToPay {
			return
		}
		if k.StepsNow >= 2 {
			a.addReputation(l.rules.Reputation.CreditGained)
		}
		a.credits = append(a.credits[:p.Index:p.Index], a.credits[p.Index+1:]...)
	}}
}

func takingDeposit(o game.DepositOrder) order {
	return order{"deposit", func(s *game.Session, env game.Env) ([]game.Event, error) {
		_, events, err := s.TakeDeposit(o, env)
		return events, err
	}, func(l *ledger, s *game.Session) {
		a, percent := l.accounts[o.CompanyID], int64(0)
		for _, k := range l.rules.Deposit.Conditions {
			if a.reputation >= k.FromReputation {
				percent = k.Percent
			}
		}
		a.balance -= o.Amount
		deposits := s.Company(o.CompanyID).Deposits
		a.deposits = append(a.deposits, game.Deposit{
			ID: deposits[len(deposits)-1].ID, InitialSum: o.Amount, CurrentBalance: o.Amount, IncomePerTurn: o.Amount * percent / 10_000,
			StepsTotal: o.Period, CanWithdrawFrom: l.step + 3,
		})
	}}
}

func (d generator) improving(company int64) order {
	what := oneOf(d, "what", []game.Improvement{game.ImproveWarehouse, game.ImproveContracts, game.ImproveStation, game.ImproveFactory})
	return order{"improve", func(s *game.Session, env game.Env) ([]game.Event, error) {
		return s.Improve(game.ImprovementOrder{CompanyID: company, Improvement: what}, env)
	}, func(l *ledger, s *game.Session) {
		a := l.accounts[company]
		level, levels := &a.levels.Warehouse, l.rules.Warehouse
		switch what {
		case game.ImproveContracts:
			level, levels = &a.levels.Contracts, l.rules.Contracts
		case game.ImproveStation:
			level, levels = &a.levels.Station, l.rules.BuildingsOn(a.cell).Station
		case game.ImproveFactory:
			level, levels = &a.levels.Factory, l.rules.BuildingsOn(a.cell).Factory
		}
		*level++
		a.balance -= levels[*level-1].Cost
		if what == game.ImproveFactory {
			l.extend(s.Company(company))
		}
	}}
}

// factory draws an order for factories.
func (d generator) factory(kind string) order {
	id, good, yes := d.factoryID(), d.good(), game.FactoryOrder(d.number(0, 4, "yes") > 0)
	of := func(l *ledger) (_ *game.Factory) {
		for _, a := range l.accounts {
			for i := range a.factories {
				if a.factories[i].ID == id {
					return &a.factories[i]
				}
			}
		}
		return nil
	}
	switch kind {
	case "refit":
		return order{
			kind, func(s *game.Session, _ game.Env) ([]game.Event, error) { return s.RefitFactory(id, good, nil) },
			func(l *ledger, _ *game.Session) { l.refit(of(l), good) },
		}
	case "produce":
		return order{
			kind, func(s *game.Session, _ game.Env) ([]game.Event, error) { return s.SetFactoryProduce(id, yes) },
			func(l *ledger, _ *game.Session) { of(l).Produce = bool(yes) },
		}
	case "auto":
		return order{
			kind, func(s *game.Session, _ game.Env) ([]game.Event, error) { return s.SetFactoryAuto(id, yes) },
			func(l *ledger, _ *game.Session) { of(l).Auto = bool(yes) },
		}
	default:
		b := game.BulkRefit{CompanyID: d.companyID(), To: good, Count: d.number(1, 6, "count"), Produce: d.number(0, 4, "produced") == 0}
		if rapid.Bool().Draw(d.t, "fitted") {
			b.From = d.good()
		}
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) { return s.RefitFactories(b) }, func(l *ledger, _ *game.Session) {
			left := b.Count
			for i := range l.accounts[b.CompanyID].factories {
				if f := &l.accounts[b.CompanyID].factories[i]; left > 0 && f.Refit == 0 && f.Kit == b.From && f.Produce == b.Produce {
					l.refit(f, b.To)
					left--
				}
			}
		}}
	}
}

// exchange draws what is done on the exchange.
func (d generator) exchange(kind string) order {
	id := d.offerID()
	switch kind {
	case "offer":
		return d.offering()
	case "update offer":
		change := game.OfferChange{}
		if rapid.Bool().Draw(d.t, "units") {
			change.PerTrade = new(d.number(1, 3, "per trade"))
		}
		if rapid.Bool().Draw(d.t, "price") {
			change.Price = new(d.number(1, 500, "price"))
		}
		if d.number(0, 3, "amount") == 0 {
			change.BarterAmount = new(d.number(1, 3, "barter amount"))
		}
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) {
			_, events, err := s.UpdateOffer(id, change)
			return events, err
		}, func(l *ledger, _ *game.Session) {
			o := l.offers[id]
			if change.PerTrade != nil {
				o.Trades, o.PerTrade = o.Trades*o.PerTrade / *change.PerTrade, *change.PerTrade
			}
			if change.Price != nil {
				o.Price = *change.Price
			}
			if change.BarterAmount != nil {
				o.BarterAmount = *change.BarterAmount
			}
			l.offers[id] = o
		}}
	case "cancel offer":
		return order{kind, func(s *game.Session, _ game.Env) ([]game.Event, error) {
			_, events, err := s.CancelOffer(id)
			return events, err
		}, func(l *ledger, _ *game.Session) {
			o := l.offers[id]
			l.accounts[o.CompanyID].goods[o.Resource] += o.PerTrade * o.Trades
			delete(l.offers, id)
		}}
	default:
		return buying(game.Purchase{OfferID: id, CompanyID: d.companyID(), Quantity: d.number(1, 3, "quantity")})
	}
}

func (d generator) offering() order {
	o := game.NewOffer{CompanyID: d.companyID(), Resource: d.resource(), PerTrade: d.number(1, 3, "per trade"), Trades: d.number(1, 4, "trades")}
	if c := d.g.s.Company(o.CompanyID); c != nil && len(c.Goods) > 0 {
		o.Resource = oneOf(d, "own", c.Goods).Resource
	}
	like := game.Offer{Type: game.OfferMoney, Price: d.number(1, 500, "price")}
	o.For = game.ForMoney(like.Price)
	if d.number(0, 2, "barter") == 0 {
		like = game.Offer{Type: game.OfferBarter, BarterResource: d.good(), BarterAmount: d.number(1, 3, "barter amount")}
		o.For = game.ForGoods(like.BarterResource, like.BarterAmount)
	}
	like.CompanyID, like.Resource, like.PerTrade, like.Trades = o.CompanyID, o.Resource, o.PerTrade, o.Trades
	return order{"offer", func(s *game.Session, env game.Env) ([]game.Event, error) {
		_, events, err := s.CreateOffer(o, env)
		return events, err
	}, func(l *ledger, s *game.Session) {
		like.ID = s.Offers[len(s.Offers)-1].ID
		l.offers[like.ID] = like
		l.accounts[o.CompanyID].goods[o.Resource] -= o.PerTrade * o.Trades
	}}
}

func buying(p game.Purchase) order {
	return order{"buy", func(s *game.Session, env game.Env) ([]game.Event, error) {
		_, events, err := s.Buy(p, env)
		return events, err
	}, func(l *ledger, _ *game.Session) {
		o := l.offers[p.OfferID]
		buyer, seller := l.accounts[p.CompanyID], l.accounts[o.CompanyID]
		buyer.balance -= o.Price * p.Quantity
		seller.balance += o.Price * p.Quantity
		seller.this += o.Price * p.Quantity
		buyer.goods[o.Resource] += o.PerTrade * p.Quantity
		buyer.goods[o.BarterResource] -= o.BarterAmount * p.Quantity
		seller.goods[o.BarterResource] += o.BarterAmount * p.Quantity
		if o.Trades -= p.Quantity; o.Trades == 0 {
			delete(l.offers, o.ID)
		} else {
			l.offers[o.ID] = o
		}
	}}
}
