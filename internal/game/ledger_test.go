package game_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// ledger is an independent model of a game. It computes what each company has and owes, and the
// offers, from the commands that succeeded, never from events. It follows the rules as they are
// written, with maps and sums, without regard to speed.
type ledger struct {
	rules    *game.Ruleset
	step     int64
	accounts map[int64]*account // by company
	offers   map[int64]game.Offer
}

// account holds the assets and debts of one company.
type account struct {
	balance, reputation                 int64
	taxDebt, overdue, last, this, spent int64 // spent: what prison has written off
	prisonEnd                           int64
	business                            game.Business
	goods                               map[string]int64
	credits                             []game.Credit
	deposits                            []game.Deposit
	levels                              game.Levels
	cell                                string // its type
	factories                           []game.Factory
}

func newLedger(rules *game.Ruleset) *ledger {
	return &ledger{rules: rules, accounts: map[int64]*account{}, offers: map[int64]game.Offer{}}
}

// found opens the account of a new company.
func (l *ledger) found(id int64) {
	l.accounts[id] = &account{
		balance: l.rules.Start.Balance, reputation: l.rules.Start.Reputation, business: game.BusinessSmall,
		goods: map[string]int64{}, levels: game.Levels{Warehouse: 1, Contracts: 1, Station: 1, Factory: 1},
	}
}

// removeDeleted removes the accounts of companies that s no longer has.
func (l *ledger) removeDeleted(s *game.Session) {
	for id := range l.accounts {
		if s.Company(id) == nil {
			delete(l.accounts, id)
			maps.DeleteFunc(l.offers, func(_ int64, o game.Offer) bool { return o.CompanyID == id })
		}
	}
}

// settle gives a company the factories of its new cell.
func (l *ledger) settle(c *game.Company, cell string) {
	a := l.accounts[c.ID]
	a.cell, a.factories = cell, nil
	l.extend(c)
	kit := l.rules.PickableCell(cell).StartKit
	for i := range len(a.factories) / 3 {
		a.factories[i].Kit, a.factories[i].Fitted = kit, kit
	}
}

// extend gives a company, which has a cell, new factories up to the figure of its level. Their
// numbers are those of c.
func (l *ledger) extend(c *game.Company) {
	a := l.accounts[c.ID]
	for range l.rules.BuildingsOn(a.cell).Factory[a.levels.Factory-1].Figure - int64(len(a.factories)) {
		a.factories = append(a.factories, game.Factory{ID: c.Factories[len(a.factories)].ID})
	}
}

func (l *ledger) capacity(a *account) int64 { return l.rules.Warehouse[a.levels.Warehouse-1].Figure }

// store puts up to n units into the warehouse of a, and returns how many.
func (l *ledger) store(a *account, resource string, n int64) int64 {
	n = min(n, l.capacity(a)-a.total())
	a.goods[resource] += n
	return n
}

func (a *account) total() (sum int64) {
	for _, n := range a.goods {
		sum += n
	}
	return sum
}

// owed is what is still to be paid of credits.
func (a *account) owed() (sum int64) {
	for _, k := range a.credits {
		sum += k.TotalToPay - k.Paid
	}
	return sum
}

// addReputation changes the reputation of a.
func (a *account) addReputation(change int64) { a.reputation = max(0, a.reputation+change) }

// turn plays a turn of everyone. It reads the cells, which chance gives, from s.
func (l *ledger) turn(s *game.Session) {
	if l.step == 0 {
		l.removeDeleted(s)
		for _, c := range s.Companies {
			if l.accounts[c.ID].cell == "" {
				l.settle(c, s.CellType(c))
			}
		}
	}
	l.step++
	for _, id := range slices.Sorted(maps.Keys(l.accounts)) {
		a := l.accounts[id]
		a.last, a.this = a.this, 0
		if l.step >= 2 && a.last >= l.rules.Tax.BigOn {
			a.business = game.BusinessBig
		}
		if a.prisonEnd == 0 {
			a.save(l.step)
			if l.credits(a) || l.taxes(a) {
				l.imprison(id)
			}
		}
		l.work(a)
		if a.prisonEnd == 0 && a.reputation <= l.rules.Reputation.PrisonOn {
			l.imprison(id)
		}
		if a.prisonEnd == l.step {
			a.prisonEnd = 0
		}
	}
}

// save lets deposits earn, and takes back those that are due.
func (a *account) save(step int64) {
	var kept []game.Deposit
	for _, d := range a.deposits {
		if d.StepsNow < d.StepsTotal {
			d.CurrentBalance += d.IncomePerTurn
			d.TotalEarned += d.IncomePerTurn
			d.StepsNow++
		}
		if d.StepsNow == d.StepsTotal && step >= d.CanWithdrawFrom {
			a.balance += d.CurrentBalance
		} else {
			kept = append(kept, d)
		}
	}
	a.deposits = kept
}

// credits makes instalments due, and reports whether a credit has been overdue too long.
func (l *ledger) credits(a *account) bool {
	for i := range a.credits {
		k := &a.credits[i]
		if k.StepsNow < k.StepsTotal {
			k.NeedPay += (k.TotalToPay - k.NeedPay - k.Paid) / (k.StepsTotal - k.StepsNow)
			k.StepsNow++
			continue
		}
		a.addReputation(l.rules.Reputation.CreditLost)
		if k.StepsNow++; k.StepsNow-k.StepsTotal > l.rules.Reputation.CreditMaxLate {
			return true
		}
	}
	return false
}

// taxes adds the tax, and reports whether the debt has been late too often.
func (l *ledger) taxes(a *account) bool {
	if a.taxDebt > 0 {
		a.overdue++
		a.addReputation(l.rules.Reputation.TaxLate)
		if a.overdue > l.rules.Reputation.TaxMaxOverdue {
			return true
		}
	}
	rate := l.rules.Tax.Small
	if a.business == game.BusinessBig {
		rate = l.rules.Tax.Big
	}
	a.taxDebt += a.last * rate / 10_000
	return false
}

// imprison settles all debts of a company from all it has in money.
func (l *ledger) imprison(id int64) {
	a := l.accounts[id]
	a.prisonEnd = l.step - 1 + l.rules.Reputation.PrisonSteps
	l.payOut(a)
	debt := a.taxDebt + a.owed()
	paid := min(debt, a.balance)
	a.balance -= paid
	a.spent += debt - paid
	a.taxDebt, a.credits = 0, nil
	l.cancelOffers(id)
	for i := range a.factories {
		a.factories[i].Auto = false
	}
	a.last, a.this, a.overdue, a.reputation = 0, 0, 0, l.rules.Start.Reputation
}

// payOut ends all deposits.
func (l *ledger) payOut(a *account) {
	for _, d := range a.deposits {
		a.balance += d.CurrentBalance
	}
	a.deposits = nil
}

// cancelOffers takes all offers of a company back, as far as there is room.
func (l *ledger) cancelOffers(company int64) {
	for _, id := range slices.Sorted(maps.Keys(l.offers)) {
		if o := l.offers[id]; o.CompanyID == company {
			l.store(l.accounts[company], o.Resource, o.PerTrade*o.Trades)
			delete(l.offers, id)
		}
	}
}

// work extracts and produces.
func (l *ledger) work(a *account) {
	waited := map[int]bool{}
	for i := range a.factories {
		if f := &a.factories[i]; f.Needed > 0 && f.Done == f.Needed {
			waited[i] = true
			l.deliver(a, f)
		}
	}
	if a.cell != "" {
		l.store(a, l.rules.PickableCell(a.cell).Resource, l.rules.BuildingsOn(a.cell).Station[a.levels.Station-1].Figure)
	}
	for i := range a.factories {
		f := &a.factories[i]
		switch {
		case waited[i]:
			continue
		case f.Refit > 0:
			if f.Refit--; f.Refit == 0 {
				f.Fitted = f.Kit
			}
			continue
		case f.Needed > 0:
			f.Done++
		case f.Kit != "" && (f.Produce || f.Auto) && a.take(l.rules.Good(f.Kit).Production.Materials):
			f.Done, f.Needed = 1, l.rules.Good(f.Kit).Production.Turns
		}
		if f.Needed > 0 && f.Done == f.Needed {
			l.deliver(a, f)
		}
	}
}

// take uses up materials, if all of them are there.
func (a *account) take(materials []game.Stock) bool {
	for _, m := range materials {
		if a.goods[m.Resource] < m.Amount {
			return false
		}
	}
	for _, m := range materials {
		a.goods[m.Resource] -= m.Amount
	}
	return true
}

// deliver stores an output, all of it or nothing.
func (l *ledger) deliver(a *account, f *game.Factory) {
	output := l.rules.Good(f.Kit).Production.Output
	if l.capacity(a)-a.total() < output {
		return
	}
	l.store(a, f.Kit, output)
	f.Produced += output
	f.Done, f.Needed = 0, 0
	if !f.Auto {
		f.Produce = false
	}
}

// refit orders a factory to be refitted.
func (l *ledger) refit(f *game.Factory, to string) {
	level := int64(0)
	if old := l.rules.Good(f.Fitted); old != nil {
		level = old.Level
	}
	f.Kit, f.Refit, f.Done, f.Needed = to, l.rules.Good(to).Level, 0, 0
	if f.Refit > level {
		f.Refit -= level
	}
}

// end pays everything out.
func (l *ledger) end() {
	for id, a := range l.accounts {
		l.payOut(a)
		l.cancelOffers(id)
	}
}

// best returns the winner by value, the oldest of several.
func (l *ledger) best(s *game.Session, value func(*account) int64) (w *game.Winner) {
	for _, id := range slices.Sorted(maps.Keys(l.accounts)) {
		if v := value(l.accounts[id]); w == nil || v > w.Value {
			w = &game.Winner{CompanyID: id, Name: s.Company(id).Name, Value: v}
		}
	}
	return w
}

// capital returns the worth of a company.
func (l *ledger) capital(a *account) int64 {
	sum := a.balance - a.owed() - a.taxDebt - a.spent
	for resource, n := range a.goods {
		if n > 0 {
			sum += n * l.rules.Resource(resource).BasePrice
		}
	}
	return sum
}

// compare compares the session with the ledger.
func (l *ledger) compare(t *rapid.T, s *game.Session) {
	if len(s.Companies) != len(l.accounts) || len(s.Offers) != len(l.offers) {
		t.Fatalf("%d companies and %d offers, by the ledger %d and %d", len(s.Companies), len(s.Offers), len(l.accounts), len(l.offers))
	}
	for _, o := range s.Offers {
		if l.offers[o.ID] != o || o.Trades < 1 || o.PerTrade < 1 {
			t.Fatalf("offer %+v, by the ledger %+v", o, l.offers[o.ID])
		}
	}
	for _, c := range s.Companies {
		a := l.accounts[c.ID]
		is := []int64{c.Balance, c.Reputation, c.TaxDebt, c.OverdueSteps, c.LastTurnIncome, c.ThisTurnIncome, c.WrittenOff, c.PrisonEndStep}
		want := []int64{a.balance, a.reputation, a.taxDebt, a.overdue, a.last, a.this, a.spent, a.prisonEnd}
		if !slices.Equal(is, want) {
			t.Fatalf("company %d: balance, reputation, tax debt, overdue, last, this, written off, prison\n is %d\nwant %d", c.ID, is, want)
		}
		if c.Business != a.business || c.Levels != a.levels || s.CellType(c) != a.cell {
			t.Fatalf("company %d is %s with %+v on %q, by the ledger %s with %+v on %q", c.ID, c.Business, c.Levels, s.CellType(c), a.business, a.levels, a.cell)
		}
		if !slices.Equal(c.Credits, a.credits) || !slices.Equal(c.Deposits, a.deposits) {
			t.Fatalf("company %d has %+v and %+v, by the ledger %+v and %+v", c.ID, c.Credits, c.Deposits, a.credits, a.deposits)
		}
		if !slices.Equal(c.Factories, a.factories) {
			t.Fatalf("company %d has factories\n%+v, by the ledger\n%+v", c.ID, c.Factories, a.factories)
		}
		for _, r := range s.Rules.Resources {
			if c.Goods.Amount(r.Name) != a.goods[r.Name] {
				t.Fatalf("company %d has %v, by the ledger %v", c.ID, c.Goods, a.goods)
			}
		}
	}
}
