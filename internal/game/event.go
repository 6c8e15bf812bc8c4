package game

// Event is something that happened in a session and that everyone who listens
// to it is told. The set is closed: the types of this file. What an event holds
// does not change afterwards.
//
//sumtype:decl
type Event interface{ isEvent() }

// What happens to users.
type (
	// UserCreated says that a user has joined.
	UserCreated struct{ User User }
	// UserUpdated says that a user has changed.
	UserUpdated struct{ Old, New User }
	// UserDeleted says that a user is gone.
	UserDeleted struct{ UserID int64 }
)

// What happens to companies.
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
	// CompanyDeleted says that a company is gone.
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
	// CompanyCreditRemoved says that a credit is gone; later ones have moved up.
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
	// CompanyDepositWithdrawn says that a deposit has been paid out; later ones have moved up.
	CompanyDepositWithdrawn struct {
		CompanyID int64
		Index     int
		Amount    int64
	}
	// CompanyTaxPaid says that a company has paid tax.
	CompanyTaxPaid struct{ CompanyID, Amount, Remaining int64 }
	// CompanyResourceAdded says that a company has got goods.
	CompanyResourceAdded struct {
		CompanyID int64
		Resource  string
		Amount    int64
	}
	// CompanyResourceRemoved says that a company has given goods away or used them.
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

// What happens to factories.
type (
	// FactoryCreated says that a company has got a factory.
	FactoryCreated struct {
		CompanyID int64
		Factory   Factory
	}
	// FactoryDeleted says that a factory is gone.
	FactoryDeleted struct{ FactoryID, CompanyID int64 }
	// FactoryRefitStarted says that a factory is being refitted.
	FactoryRefitStarted struct{ FactoryID, CompanyID int64 }
	// FactoryRefitEnded says that a factory has been refitted.
	FactoryRefitEnded struct{ FactoryID, CompanyID int64 }
	// FactoryProductionEnded says that a factory has finished a production, and that its goods are stored.
	FactoryProductionEnded struct{ FactoryID, CompanyID int64 }
)

// What happens on the exchange.
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
	// OfferCancelled says that an offer has been taken back.
	OfferCancelled struct {
		SessionID          string
		OfferID, CompanyID int64
	}
	// OfferDeleted says that an offer is gone.
	OfferDeleted struct {
		SessionID string
		OfferID   int64
	}
	// TradeCompleted says that goods have changed hands. Its amounts are totals of all its trades.
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
	// StageUpdated says that a session is in another stage, or that a turn has been played.
	StageUpdated struct {
		SessionID string
		Old, New  Stage
		Step      int64
	}
	// Ended says who has won; nil where nobody has.
	Ended struct {
		SessionID           string
		Capital, Reputation *Winner
	}
	// SessionDeleted says that a session is gone with everything in it. No event
	// stands for its parts.
	SessionDeleted struct{ SessionID string }
)

// Winner is a company that is best in something, and how good it is.
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
