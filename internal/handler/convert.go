package handler

import (
	"errors"
	"strconv"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// CellNotation is what stands between the column and the row of a cell in what
// the server writes. Both notations are always read.
type CellNotation byte

// The notations: of the protocol, and of its older document.
const (
	CellColon CellNotation = ':'
	CellDot   CellNotation = '.'
)

// MarshalText writes n as itself, ":" or ".".
func (n CellNotation) MarshalText() ([]byte, error) { return []byte{byte(n)}, nil }

// UnmarshalText reads ":" or ".", and refuses everything else.
func (n *CellNotation) UnmarshalText(text []byte) error {
	switch string(text) {
	case ":", ".":
		*n = CellNotation(text[0])
		return nil
	}
	return errors.New("cells are written with : or . between column and row")
}

// position writes a cell of the map.
func (n CellNotation) position(p game.Position) wire.Position {
	text := strconv.AppendInt(make([]byte, 0, 8), p.X, 10)
	return string(strconv.AppendInt(append(text, byte(n)), p.Y, 10))
}

// cell writes where a company stands.
func (n CellNotation) cell(c game.Cell) wire.PositionOrNone {
	if c.Nowhere {
		return ""
	}
	return n.position(c.Position)
}

// company writes a company for a caller; only one that has shown the password
// sees the code to join it.
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

// levelToWire writes a level, from 0, nothing there, to game.MaxLevel.
func levelToWire(n int64) wire.Level {
	levels := [game.MaxLevel + 1]wire.Level{wire.LevelLevel0, wire.LevelLevel1, wire.LevelLevel2, wire.LevelLevel3, wire.LevelLevel4}
	return levels[n]
}

// improvementsToWire writes what a company has been improved to: station and
// factory under the type of cell that it stands on.
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

// fraction converts basis points to a fraction of 1: 600 is 0.06. It is the float64 nearest to the exact fraction, so its shortest decimal
// form, which the encoder writes, has at most four digits.
func fraction(basisPoints int64) float64 { return float64(basisPoints) / 10_000 }
