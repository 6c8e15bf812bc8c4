package handler

import (
	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// Event returns the broadcast for e: its type, and its data as JSON.
func (n CellNotation) Event(e game.Event) (typ string, data []byte) {
	typ, w := n.broadcast(e)
	return typ, w.Append(nil)
}

// broadcast returns the type and the data of the broadcast for e.
//
//nolint:funlen // one case for each event reads better in one function
func (n CellNotation) broadcast(e game.Event) (typ string, data route.Appender) {
	switch e := e.(type) {
	case game.UserCreated:
		return "api-create_user", &wire.UserCreated{SessionID: e.User.SessionID, User: userToWire(&e.User)}
	case game.UserUpdated:
		return "api-update_user", &wire.UserUpdated{SessionID: e.New.SessionID, New: userToWire(&e.New), Old: userToWire(&e.Old)}
	case game.UserDeleted:
		return "api-user_deleted", &wire.UserDeleted{UserID: e.UserID}
	case game.CompanyCreated:
		return "api-create_company", &wire.CompanyCreated{SessionID: e.Company.SessionID, Company: n.company(&e.Company, route.Caller{})}
	case game.UserAddedToCompany:
		return "api-user_added_to_company", &wire.UserAddedToCompany{CompanyID: e.CompanyID, UserID: e.UserID}
	case game.UserLeftCompany:
		return "api-user_left_company", &wire.UserLeftCompany{UserID: e.UserID, CompanyID: e.CompanyID}
	case game.CompanyPositionSet:
		return "api-company_set_position", &wire.CompanyPositionSet{
			CompanyID: e.CompanyID, OldPosition: n.cell(e.Old), NewPosition: n.position(e.New),
		}
	case game.CompanyDeleted:
		return "api-company_deleted", &wire.CompanyDeleted{CompanyID: e.CompanyID}
	case game.CompanyNameUpdated:
		return "api-company_name_updated", &wire.CompanyNameUpdated{CompanyID: e.CompanyID, OldName: e.Old, NewName: e.New}
	case game.CompanyImprovementUpgraded:
		return "api-company_improvement_upgraded", &wire.CompanyImprovementUpgraded{
			CompanyID: e.CompanyID, ImprovementType: wire.ImprovementType(e.Improvement), NewLevel: levelToWire(e.Level),
		}
	case game.CompanyCreditTaken:
		return "api-company_credit_taken", &wire.CompanyCreditTaken{
			CompanyID: e.CompanyID, Amount: e.Amount, Period: e.Period, CreditID: e.CreditID,
		}
	case game.CompanyCreditPaid:
		return "api-company_credit_paid", &wire.CompanyCreditPaid{
			CompanyID: e.CompanyID, CreditIndex: int64(e.Index), Amount: e.Amount, Remaining: e.Remaining,
		}
	case game.CompanyCreditRemoved:
		return "api-company_credit_removed", &wire.CompanyCreditRemoved{CompanyID: e.CompanyID, CreditIndex: int64(e.Index)}
	case game.CompanyDepositTaken:
		return "api-company_deposit_taken", &wire.CompanyDepositTaken{
			CompanyID: e.CompanyID, Amount: e.Amount, Period: e.Period, DepositIndex: int64(e.Index), DepositID: e.DepositID,
		}
	case game.CompanyDepositWithdrawn:
		return "api-company_deposit_withdrawn", &wire.CompanyDepositWithdrawn{
			CompanyID: e.CompanyID, DepositIndex: int64(e.Index), Amount: e.Amount,
		}
	case game.CompanyTaxPaid:
		return "api-company_tax_paid", &wire.CompanyTaxPaid{CompanyID: e.CompanyID, Amount: e.Amount, Remaining: e.Remaining}
	case game.CompanyResourceAdded:
		return "api-company_resource_added", &wire.CompanyResourceAdded{CompanyID: e.CompanyID, Resource: e.Resource, Amount: e.Amount}
	case game.CompanyResourceRemoved:
		return "api-company_resource_removed", &wire.CompanyResourceRemoved{CompanyID: e.CompanyID, Resource: e.Resource, Amount: e.Amount}
	case game.CompanyBalanceChanged:
		return "api-company_balance_changed", &wire.CompanyBalanceChanged{
			CompanyID: e.CompanyID, OldBalance: e.Old, NewBalance: e.New, Change: e.New - e.Old,
		}
	case game.CompanyReputationChanged:
		return "api-company_reputation_changed", &wire.CompanyReputationChanged{
			CompanyID: e.CompanyID, OldReputation: e.Old, NewReputation: e.New, Change: e.New - e.Old,
		}
	case game.CompanyToPrison:
		return "api-company_to_prison", &wire.CompanyToPrison{CompanyID: e.CompanyID, EndStep: e.EndStep}
	case game.CompanyLeftPrison:
		return "api-company_left_prison", &wire.CompanyLeftPrison{CompanyID: e.CompanyID}
	case game.FactoryCreated:
		return "api-factory-create", &wire.FactoryCreated{
			FactoryID: e.Factory.ID, CompanyID: e.CompanyID, Factory: factoryToWire(&e.Factory, e.CompanyID),
		}
	case game.FactoryDeleted:
		return "api-factory-delete", &wire.FactoryDeleted{FactoryID: e.FactoryID, CompanyID: e.CompanyID}
	case game.FactoryRefitStarted:
		return "api-factory-start-complectation", &wire.FactoryComplectationStarted{FactoryID: e.FactoryID, CompanyID: e.CompanyID}
	case game.FactoryRefitEnded:
		return "api-factory-end-complectation", &wire.FactoryComplectationEnded{FactoryID: e.FactoryID, CompanyID: e.CompanyID}
	case game.FactoryProductionEnded:
		return "api-factory-end-production", &wire.FactoryProductionEnded{FactoryID: e.FactoryID, CompanyID: e.CompanyID}
	case game.OfferCreated:
		return "api-exchange_offer_created", &wire.ExchangeOfferCreated{SessionID: e.SessionID, Offer: offerToWire(&e.Offer, e.SessionID)}
	case game.OfferUpdated:
		return "api-exchange_offer_updated", &wire.ExchangeOfferUpdated{
			SessionID: e.SessionID, OfferID: e.New.ID, Offer: offerToWire(&e.New, e.SessionID), Old: offerToWire(&e.Old, e.SessionID),
		}
	case game.OfferCancelled:
		return "api-exchange_offer_cancelled", &wire.ExchangeOfferCancelled{SessionID: e.SessionID, OfferID: e.OfferID, CompanyID: e.CompanyID}
	case game.OfferDeleted:
		return "api-exchange_offer_deleted", &wire.ExchangeOfferDeleted{SessionID: e.SessionID, OfferID: e.OfferID}
	case game.TradeCompleted:
		return "api-exchange_trade_completed", tradeToWire(&e)
	case game.StageUpdated:
		return "api-update_session_stage", &wire.SessionStageUpdated{
			SessionID: e.SessionID, NewStage: wire.Stage(e.New), OldStage: wire.Stage(e.Old), Step: e.Step,
		}
	case game.Ended:
		return "api-game_ended", &wire.GameEnded{
			SessionID: e.SessionID, Winners: wire.Winners{Capital: winnerToWire(e.Capital), Reputation: winnerToWire(e.Reputation)},
		}
	case game.SessionDeleted:
		return "api-session_deleted", &wire.SessionDeleted{SessionID: e.SessionID}
	}
	panic("handler: unknown event type") //nolint:forbidigo // unreachable: gochecksumtype checks that the switch is complete
}

func tradeToWire(e *game.TradeCompleted) *wire.ExchangeTradeCompleted {
	w := &wire.ExchangeTradeCompleted{
		SessionID: e.SessionID, OfferID: e.Offer.ID, SellerID: e.Offer.CompanyID, BuyerID: e.BuyerID,
		SellResource: e.Offer.Resource, SellAmount: e.SellAmount, OfferType: wire.OfferType(e.Offer.Type), Quantity: e.Quantity,
		RemainingStock: e.Remaining,
	}
	switch e.Offer.Type {
	case game.OfferMoney:
		w.Price = wire.NotNull(e.Price)
	case game.OfferBarter:
		w.BarterResource, w.BarterAmount = wire.NotNull(e.Offer.BarterResource), wire.NotNull(e.BarterAmount)
	}
	return w
}

func winnerToWire(w *game.Winner) wire.Null[wire.Winner] {
	if w == nil {
		return wire.Null[wire.Winner]{}
	}
	return wire.NotNull(wire.Winner{CompanyID: w.CompanyID, Name: w.Name, Value: w.Value})
}
