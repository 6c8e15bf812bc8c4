package game

// Event is something that happened in a session. Every listener of the session receives it. The set
// is closed: the types of this file. An event's contents do not change after it has been created.
//
//sumtype:decl
type Event interface{ isEvent() }

// Events of users.
type (
	// UserCreated says that a user has joined.
	UserCreated struct{ User User }
	// UserUpdated says that a user has changed.
	UserUpdated struct{ Old, New User }
	// UserDeleted says that a user has been deleted.
	UserDeleted struct{ UserID int64 }
)

// Events of companies.
type (
	// CompanyCreated says that a company has been founded.
	CompanyCreated struct{ Company CompanyView }
	// UserAddedToCompany says that a user has joined a company.
	UserAddedToCompany struct{ CompanyID, UserID int64 }
	// UserLeftCompany says that a user has left a company.
	UserLeftCompany struct{ UserID, CompanyID int64 }
	// CompanyPositionSet says that a company has been put on a cell.
	CompanyPositionSet struct {
		CompanyID int64
		Old       Cell
		New       Position
	}
	// CompanyDeleted says that a company has been deleted.
	CompanyDeleted struct{ CompanyID int64 }
	// CompanyNameUpdated says that a company has been renamed.
	CompanyNameUpdated struct {
		CompanyID int64
		Old, New  string
	}
	// CompanyImprovementUpgraded says that a company has improved something by one level.
	CompanyImprovementUpgraded struct {
		CompanyID   int64
		Improvement Improvement
		Level       int64
	}
	// CompanyCreditTaken says that a company has taken a credit.
	CompanyCreditTaken struct{ CompanyID, Amount, Period, CreditID int64 }
	// CompanyCreditPaid says that a company has paid back some of a credit.
	CompanyCreditPaid struct {
		CompanyID         int64
		Index             int
		Amount, Remaining int64
	}
	// CompanyCreditRemoved says that a credit has been removed. The indices of later ones are one
	// lower now.
	CompanyCreditRemoved struct {
		CompanyID int64
		Index     int
	}
	// CompanyDepositTaken says that a company has made a deposit.
	CompanyDepositTaken struct {
		CompanyID, Amount, Period int64
		Index                     int
		DepositID                 int64
	}
	// CompanyDepositWithdrawn says that a deposit has been paid out. The indices of later ones are
	// one lower now.
	CompanyDepositWithdrawn struct {
		CompanyID int64
		Index     int
		Amount    int64
	}
	// CompanyTaxPaid says that a company has paid tax.
	CompanyTaxPaid struct{ CompanyID, Amount, Remaining int64 }
	// CompanyResourceAdded says that a company has received goods.
	CompanyResourceAdded struct {
		CompanyID int64
		Resource  string
		Amount    int64
	}
	// CompanyResourceRemoved says that a company has sold or used goods.
	CompanyResourceRemoved struct {
		CompanyID int64
		Resource  string
		Amount    int64
	}
	// CompanyBalanceChanged says that a company's money has changed.
	CompanyBalanceChanged struct{ CompanyID, Old, New int64 }
	// CompanyReputationChanged says that a company's reputation has changed.
	CompanyReputationChanged struct{ CompanyID, Old, New int64 }
	// CompanyToPrison says that a company has been put into prison until a step.
	CompanyToPrison struct{ CompanyID, EndStep int64 }
	// CompanyLeftPrison says that a company has left prison.
	CompanyLeftPrison struct{ CompanyID int64 }
)

// Events of factories.
type (
	// FactoryCreated says that a company has a new factory.
	FactoryCreated struct {
		CompanyID int64
		Factory   Factory
	}
	// FactoryDeleted says that a factory has been deleted.
	FactoryDeleted struct{ FactoryID, CompanyID int64 }
	// FactoryRefitStarted says that a factory is being refitted.
	FactoryRefitStarted struct{ FactoryID, CompanyID int64 }
	// FactoryRefitEnded says that a factory has been refitted.
	FactoryRefitEnded struct{ FactoryID, CompanyID int64 }
	// FactoryProductionEnded says that a factory has finished a production and stored its goods.
	FactoryProductionEnded struct{ FactoryID, CompanyID int64 }
)

// Events of the exchange.
type (
	// OfferCreated says that an offer has been made.
	OfferCreated struct {
		SessionID string
		Offer     Offer
	}
	// OfferUpdated says that an offer has changed.
	OfferUpdated struct {
		SessionID string
		Old, New  Offer
	}
	// OfferCancelled says that its seller has cancelled an offer.
	OfferCancelled struct {
		SessionID          string
		OfferID, CompanyID int64
	}
	// OfferDeleted says that an offer no longer exists.
	OfferDeleted struct {
		SessionID string
		OfferID   int64
	}
	// TradeCompleted says that a company has bought from an offer. Its amounts are totals of all
	// its trades.
	TradeCompleted struct {
		SessionID    string
		Offer        Offer // as it was before
		BuyerID      int64
		Quantity     int64 // trades
		SellAmount   int64
		Price        int64 // 0 in a barter
		BarterAmount int64 // 0 in a sale for money
		Remaining    int64 // stock left
	}
)

// What happens to sessions.
type (
	// StageUpdated says that a session has entered another stage or played a turn.
	StageUpdated struct {
		SessionID string
		Old, New  Stage
		Step      int64
	}
	// Ended names the winners. A winner is nil if there are no companies.
	Ended struct {
		SessionID           string
		Capital, Reputation *Winner
	}
	// SessionDeleted says that a session has been deleted with everything in it. Its parts have no
	// events of their own.
	SessionDeleted struct{ SessionID string }
)

// Winner is the company with the highest value of some kind.
type Winner struct {
	CompanyID int64
	Name      string
	Value     int64
}

func (UserCreated) isEvent()                {}
func (UserUpdated) isEvent()                {}
func (UserDeleted) isEvent()                {}
func (CompanyCreated) isEvent()             {}
func (UserAddedToCompany) isEvent()         {}
func (UserLeftCompany) isEvent()            {}
func (CompanyPositionSet) isEvent()         {}
func (CompanyDeleted) isEvent()             {}
func (CompanyNameUpdated) isEvent()         {}
func (CompanyImprovementUpgraded) isEvent() {}
func (CompanyCreditTaken) isEvent()         {}
func (CompanyCreditPaid) isEvent()          {}
func (CompanyCreditRemoved) isEvent()       {}
func (CompanyDepositTaken) isEvent()        {}
func (CompanyDepositWithdrawn) isEvent()    {}
func (CompanyTaxPaid) isEvent()             {}
func (CompanyResourceAdded) isEvent()       {}
func (CompanyResourceRemoved) isEvent()     {}
func (CompanyBalanceChanged) isEvent()      {}
func (CompanyReputationChanged) isEvent()   {}
func (CompanyToPrison) isEvent()            {}
func (CompanyLeftPrison) isEvent()          {}
func (FactoryCreated) isEvent()             {}
func (FactoryDeleted) isEvent()             {}
func (FactoryRefitStarted) isEvent()        {}
func (FactoryRefitEnded) isEvent()          {}
func (FactoryProductionEnded) isEvent()     {}
func (OfferCreated) isEvent()               {}
func (OfferUpdated) isEvent()               {}
func (OfferCancelled) isEvent()             {}
func (OfferDeleted) isEvent()               {}
func (TradeCompleted) isEvent()             {}
func (StageUpdated) isEvent()               {}
func (Ended) isEvent()                      {}
func (SessionDeleted) isEvent()             {}
