package codecs

import (
	"github.com/go-faster/jx"

	"seg.example/tools/bench/internal/shape"
)

// The functions in this file are typical hand-written code with jx: one switch for each object, without
// validation except of JSON types.

func jxText(d *jx.Decoder, v *string) (err error) {
	*v, err = d.Str()
	return err
}

func jxInt(d *jx.Decoder, v *int64) (err error) {
	*v, err = d.Int64()
	return err
}

func jxFloat(d *jx.Decoder, v *float64) (err error) {
	*v, err = d.Float64()
	return err
}

// jxPointer decodes a value or null. It reuses the value that v points to.
func jxPointer[T any](d *jx.Decoder, v **T, read func(d *jx.Decoder, v *T) error) error {
	if d.Next() == jx.Null {
		*v = nil
		return d.Null()
	}
	if *v == nil {
		*v = new(T)
	}
	return read(d, *v)
}

// jxList decodes a list. It reuses the memory of *v and of its elements.
func jxList[T any](d *jx.Decoder, v *[]T, read func(d *jx.Decoder, v *T) error) error {
	*v = (*v)[:0]
	return d.Arr(func(d *jx.Decoder) error {
		if n := len(*v); n < cap(*v) {
			*v = (*v)[:n+1]
		} else {
			*v = append(*v, *new(T))
		}
		return read(d, &(*v)[len(*v)-1])
	})
}

func jxStock(d *jx.Decoder, v *map[string]int64) error {
	if *v == nil {
		*v = map[string]int64{}
	}
	clear(*v)
	return d.Obj(func(d *jx.Decoder, key string) error {
		n, err := d.Int64()
		(*v)[key] = n
		return err
	})
}

func jxOffer(d *jx.Decoder, v *shape.Offer) error {
	v.Price, v.BarterResource, v.BarterAmount = nil, nil, nil
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "type":
			return jxText(d, &v.Type)
		case "company_id":
			return jxInt(d, &v.CompanyID)
		case "session_id":
			return jxText(d, &v.SessionID)
		case "sell_resource":
			return jxText(d, &v.SellResource)
		case "sell_amount_per_trade":
			return jxInt(d, &v.SellAmountPerTrade)
		case "count_offers":
			return jxInt(d, &v.CountOffers)
		case "offer_type":
			return jxText(d, &v.OfferType)
		case "price":
			return jxPointer(d, &v.Price, jxInt)
		case "barter_resource":
			return jxPointer(d, &v.BarterResource, jxText)
		case "barter_amount":
			return jxPointer(d, &v.BarterAmount, jxInt)
		case "password":
			return jxText(d, &v.Password)
		case "request_id":
			return jxText(d, &v.RequestID)
		}
		return d.Skip()
	})
}

func jxCompany(d *jx.Decoder, v *shape.Company) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "id":
			return jxInt(d, &v.ID)
		case "name":
			return jxText(d, &v.Name)
		case "reputation":
			return jxInt(d, &v.Reputation)
		case "balance":
			return jxInt(d, &v.Balance)
		case "in_prison":
			v.InPrison, err = d.Bool()
			return err
		case "cell_position":
			return jxText(d, &v.CellPosition)
		case "session_id":
			return jxText(d, &v.SessionID)
		case "credits":
			return jxList(d, &v.Credits, jxCredit)
		case "deposits":
			return jxList(d, &v.Deposits, jxDeposit)
		case "tax_debt":
			return jxInt(d, &v.TaxDebt)
		case "overdue_steps":
			return jxInt(d, &v.OverdueSteps)
		case "secret_code":
			return jxInt(d, &v.SecretCode)
		case "owner_id":
			return jxInt(d, &v.OwnerID)
		case "improvements":
			return jxImprovements(d, &v.Improvements)
		case "warehouses":
			return jxStock(d, &v.Warehouses)
		case "inventory":
			return jxStock(d, &v.Inventory)
		case "last_turn_income":
			return jxInt(d, &v.LastTurnIncome)
		case "this_turn_income":
			return jxInt(d, &v.ThisTurnIncome)
		case "business_type":
			return jxText(d, &v.BusinessType)
		case "prison_end_step":
			return jxPointer(d, &v.PrisonEndStep, jxInt)
		case "cell_type":
			return jxPointer(d, &v.CellType, jxText)
		case "warehouse_capacity":
			return jxInt(d, &v.WarehouseCapacity)
		case "tax_rate":
			return jxFloat(d, &v.TaxRate)
		case "factories_count":
			return jxInt(d, &v.FactoriesCount)
		}
		return d.Skip()
	})
}

func jxCredit(d *jx.Decoder, v *shape.Credit) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "credit_id":
			return jxInt(d, &v.CreditID)
		case "amount":
			return jxInt(d, &v.Amount)
		case "total_to_pay":
			return jxInt(d, &v.TotalToPay)
		case "need_pay":
			return jxInt(d, &v.NeedPay)
		case "paid":
			return jxInt(d, &v.Paid)
		case "steps_total":
			return jxInt(d, &v.StepsTotal)
		case "steps_now":
			return jxInt(d, &v.StepsNow)
		}
		return d.Skip()
	})
}

func jxDeposit(d *jx.Decoder, v *shape.Deposit) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "deposit_id":
			return jxInt(d, &v.DepositID)
		case "initial_sum":
			return jxInt(d, &v.InitialSum)
		case "current_balance":
			return jxInt(d, &v.CurrentBalance)
		case "income_per_turn":
			return jxInt(d, &v.IncomePerTurn)
		case "total_earned":
			return jxInt(d, &v.TotalEarned)
		case "steps_total":
			return jxInt(d, &v.StepsTotal)
		case "steps_now":
			return jxInt(d, &v.StepsNow)
		case "can_withdraw_from":
			return jxInt(d, &v.CanWithdrawFrom)
		}
		return d.Skip()
	})
}

func jxImprovements(d *jx.Decoder, v *shape.Improvements) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "warehouse":
			return jxText(d, &v.Warehouse)
		case "contracts":
			return jxText(d, &v.Contracts)
		case "mountain":
			return jxLevels(d, &v.Mountain)
		case "forest":
			return jxLevels(d, &v.Forest)
		case "water":
			return jxLevels(d, &v.Water)
		case "field":
			return jxLevels(d, &v.Field)
		}
		return d.Skip()
	})
}

func jxLevels(d *jx.Decoder, v *shape.Levels) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "station":
			return jxText(d, &v.Station)
		case "factory":
			return jxText(d, &v.Factory)
		}
		return d.Skip()
	})
}
