package handler

import (
	"errors"
	"strconv"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// CellNotation is the separator between column and row of a cell in the server's messages. In requests
// both notations are accepted.
type CellNotation byte

// The notations: that of the protocol, and that of its older document.
const (
	CellColon CellNotation = ':'
	CellDot   CellNotation = '.'
)

// MarshalText returns ":" or ".".
func (n CellNotation) MarshalText() ([]byte, error) { return []byte{byte(n)}, nil }

// UnmarshalText accepts ":" and ".".
func (n *CellNotation) UnmarshalText(text []byte) error {
	switch string(text) {
	case ":", ".":
		*n = CellNotation(text[0])
		return nil
	}
	return errors.New(`the separator between column and row must be ":" or "."`)
}

// position writes a cell of the map.
func (n CellNotation) position(p game.Position) wire.Position {
	text := strconv.AppendInt(make([]byte, 0, 8), p.X, 10)
	return string(strconv.AppendInt(append(text, byte(n)), p.Y, 10))
}

// cell writes the cell of a company; "" if it has none.
func (n CellNotation) cell(c game.Cell) wire.PositionOrNone {
	if c.Nowhere {
		return ""
	}
	return n.position(c.Position)
}

// company converts a company for a caller. Only a trusted caller gets the code to join it.
func (n CellNotation) company(v *game.CompanyView, to route.Caller) wire.Company {
	c := &v.Company
	w := wire.Company{
		ID: c.ID, Name: c.Name, Reputation: c.Reputation, Balance: c.Balance, InPrison: c.InPrison(),
		CellPosition: n.cell(v.Position), SessionID: v.SessionID,
		Credits: make([]wire.Credit, len(c.Credits)), Deposits: make([]wire.Deposit, len(c.Deposits)),
		TaxDebt: c.TaxDebt, OverdueSteps: c.OverdueSteps, OwnerID: c.OwnerID,
		Improvements:   improvementsToWire(c.Levels, v.CellType),
		LastTurnIncome: c.LastTurnIncome, ThisTurnIncome: c.ThisTurnIncome, BusinessType: wire.BusinessType(c.Business),
		WarehouseCapacity: v.Capacity, TaxRate: fraction(v.TaxRate), FactoriesCount: v.FactoriesCount,
	}
	for i := range c.Credits {
		w.Credits[i] = creditToWire(&c.Credits[i])
	}
	for i := range c.Deposits {
		w.Deposits[i] = depositToWire(&c.Deposits[i])
	}
	w.Warehouses = goodsToWire(c.Goods)
	w.Inventory = w.Warehouses
	if to.Trusted {
		w.SecretCode = c.SecretCode
	}
	if c.InPrison() {
		w.PrisonEndStep = wire.NotNull(c.PrisonEndStep)
	}
	if v.CellType != "" {
		w.CellType = wire.NotNull(v.CellType)
	}
	return w
}

func goodsToWire(goods game.Goods) wire.Stock {
	w := make(wire.Stock, len(goods))
	for i, s := range goods {
		w[i] = wire.Entry[wire.PositiveAmount]{Key: s.Resource, Value: s.Amount}
	}
	return w
}

func creditToWire(c *game.Credit) wire.Credit {
	return wire.Credit{
		CreditID: c.ID, Amount: c.Amount, TotalToPay: c.TotalToPay, NeedPay: c.NeedPay, Paid: c.Paid,
		StepsTotal: c.StepsTotal, StepsNow: c.StepsNow,
	}
}

func depositToWire(d *game.Deposit) wire.Deposit {
	return wire.Deposit{
		DepositID: d.ID, InitialSum: d.InitialSum, CurrentBalance: d.CurrentBalance, IncomePerTurn: d.IncomePerTurn,
		TotalEarned: d.TotalEarned, StepsTotal: d.StepsTotal, StepsNow: d.StepsNow, CanWithdrawFrom: d.CanWithdrawFrom,
	}
}

// levelToWire converts a level from 0 (nothing built) to game.MaxLevel.
func levelToWire(n int64) wire.Level {
	levels := [game.MaxLevel + 1]wire.Level{wire.LevelLevel0, wire.LevelLevel1, wire.LevelLevel2, wire.LevelLevel3, wire.LevelLevel4}
	return levels[n]
}

// improvementsToWire converts the levels of a company. Station and factory are under the type of the
// company's cell; the other types have level 0.
func improvementsToWire(l game.Levels, cellType string) wire.Improvements {
	none := wire.CellLevels{Station: wire.LevelLevel0, Factory: wire.LevelLevel0}
	w := wire.Improvements{
		Warehouse: levelToWire(l.Warehouse), Contracts: levelToWire(l.Contracts),
		Mountain: none, Forest: none, Water: none, Field: none,
	}
	own := wire.CellLevels{Station: levelToWire(l.Station), Factory: levelToWire(l.Factory)}
	switch cellType {
	case "mountain":
		w.Mountain = own
	case "forest":
		w.Forest = own
	case "water":
		w.Water = own
	case "field":
		w.Field = own
	}
	return w
}

func factoryToWire(f *game.Factory, company int64) wire.Factory {
	w := wire.Factory{
		ID: f.ID, CompanyID: company, Produce: f.Produce, IsAuto: f.Auto, ComplectationStep: f.Refit,
		Progress: wire.FactoryProgress{f.Done, f.Needed}, IsWorking: f.IsWorking(), Produced: f.Produced,
	}
	if f.Kit != "" {
		w.Complectation = wire.NotNull(f.Kit)
	}
	return w
}

func offerToWire(o *game.Offer, session string) wire.ExchangeOffer {
	w := wire.ExchangeOffer{
		ID: o.ID, CompanyID: o.CompanyID, SessionID: session, SellResource: o.Resource,
		SellAmountPerTrade: o.PerTrade, CountOffers: o.Trades, TotalStock: o.Stock(), OfferType: wire.OfferType(o.Type),
	}
	switch o.Type {
	case game.OfferMoney:
		w.Price = wire.NotNull(o.Price)
	case game.OfferBarter:
		w.BarterResource, w.BarterAmount = wire.NotNull(o.BarterResource), wire.NotNull(o.BarterAmount)
	}
	return w
}

// fraction converts basis points to a fraction: 600 is 0.06. The result is the float64 nearest to the
// exact fraction, so the encoder, which writes the shortest form, writes at most four decimals.
func fraction(basisPoints int64) float64 { return float64(basisPoints) / 10_000 }
