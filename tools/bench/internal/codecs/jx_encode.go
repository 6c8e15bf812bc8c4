package codecs

import (
	"github.com/go-faster/jx"

	"seg.example/tools/bench/internal/shape"
)

// The functions in this file are typical hand-written code with jx: one line for each field. Encoding
// into memory cannot fail, so they return nothing.

func putText(e *jx.Encoder, name, v string) {
	e.FieldStart(name)
	e.Str(v)
}

func putInt(e *jx.Encoder, name string, v int64) {
	e.FieldStart(name)
	e.Int64(v)
}

func putStock(e *jx.Encoder, name string, v map[string]int64) {
	e.FieldStart(name)
	e.ObjStart()
	for key, n := range v {
		putInt(e, key, n)
	}
	e.ObjEnd()
}

func putList[T any](e *jx.Encoder, name string, v []T, put func(e *jx.Encoder, v *T)) {
	e.FieldStart(name)
	putElements(e, v, put)
}

func putElements[T any](e *jx.Encoder, v []T, put func(e *jx.Encoder, v *T)) {
	e.ArrStart()
	for i := range v {
		put(e, &v[i])
	}
	e.ArrEnd()
}

func putOffer(e *jx.Encoder, v *shape.Offer) {
	e.ObjStart()
	putText(e, "type", v.Type)
	putInt(e, "company_id", v.CompanyID)
	putText(e, "session_id", v.SessionID)
	putText(e, "sell_resource", v.SellResource)
	putInt(e, "sell_amount_per_trade", v.SellAmountPerTrade)
	putInt(e, "count_offers", v.CountOffers)
	putText(e, "offer_type", v.OfferType)
	if v.Price != nil {
		putInt(e, "price", *v.Price)
	}
	if v.BarterResource != nil {
		putText(e, "barter_resource", *v.BarterResource)
	}
	if v.BarterAmount != nil {
		putInt(e, "barter_amount", *v.BarterAmount)
	}
	putText(e, "password", v.Password)
	putText(e, "request_id", v.RequestID)
	e.ObjEnd()
}

func putCompany(e *jx.Encoder, v *shape.Company) {
	e.ObjStart()
	putInt(e, "id", v.ID)
	putText(e, "name", v.Name)
	putInt(e, "reputation", v.Reputation)
	putInt(e, "balance", v.Balance)
	e.FieldStart("in_prison")
	e.Bool(v.InPrison)
	putText(e, "cell_position", v.CellPosition)
	putText(e, "session_id", v.SessionID)
	putList(e, "credits", v.Credits, putCredit)
	putList(e, "deposits", v.Deposits, putDeposit)
	putInt(e, "tax_debt", v.TaxDebt)
	putInt(e, "overdue_steps", v.OverdueSteps)
	putInt(e, "secret_code", v.SecretCode)
	putInt(e, "owner_id", v.OwnerID)
	e.FieldStart("improvements")
	putImprovements(e, &v.Improvements)
	putStock(e, "warehouses", v.Warehouses)
	putStock(e, "inventory", v.Inventory)
	putInt(e, "last_turn_income", v.LastTurnIncome)
	putInt(e, "this_turn_income", v.ThisTurnIncome)
	putText(e, "business_type", v.BusinessType)
	e.FieldStart("prison_end_step")
	if v.PrisonEndStep == nil {
		e.Null()
	} else {
		e.Int64(*v.PrisonEndStep)
	}
	e.FieldStart("cell_type")
	if v.CellType == nil {
		e.Null()
	} else {
		e.Str(*v.CellType)
	}
	putInt(e, "warehouse_capacity", v.WarehouseCapacity)
	e.FieldStart("tax_rate")
	e.Float64(v.TaxRate)
	putInt(e, "factories_count", v.FactoriesCount)
	e.ObjEnd()
}

func putCredit(e *jx.Encoder, v *shape.Credit) {
	e.ObjStart()
	putInt(e, "credit_id", v.CreditID)
	putInt(e, "amount", v.Amount)
	putInt(e, "total_to_pay", v.TotalToPay)
	putInt(e, "need_pay", v.NeedPay)
	putInt(e, "paid", v.Paid)
	putInt(e, "steps_total", v.StepsTotal)
	putInt(e, "steps_now", v.StepsNow)
	e.ObjEnd()
}

func putDeposit(e *jx.Encoder, v *shape.Deposit) {
	e.ObjStart()
	putInt(e, "deposit_id", v.DepositID)
	putInt(e, "initial_sum", v.InitialSum)
	putInt(e, "current_balance", v.CurrentBalance)
	putInt(e, "income_per_turn", v.IncomePerTurn)
	putInt(e, "total_earned", v.TotalEarned)
	putInt(e, "steps_total", v.StepsTotal)
	putInt(e, "steps_now", v.StepsNow)
	putInt(e, "can_withdraw_from", v.CanWithdrawFrom)
	e.ObjEnd()
}

func putImprovements(e *jx.Encoder, v *shape.Improvements) {
	e.ObjStart()
	putText(e, "warehouse", v.Warehouse)
	putText(e, "contracts", v.Contracts)
	e.FieldStart("mountain")
	putLevels(e, &v.Mountain)
	e.FieldStart("forest")
	putLevels(e, &v.Forest)
	e.FieldStart("water")
	putLevels(e, &v.Water)
	e.FieldStart("field")
	putLevels(e, &v.Field)
	e.ObjEnd()
}

func putLevels(e *jx.Encoder, v *shape.Levels) {
	e.ObjStart()
	putText(e, "station", v.Station)
	putText(e, "factory", v.Factory)
	e.ObjEnd()
}
