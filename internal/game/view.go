package game

import "time"

// FactoryFilter says which factories are asked for; what is nil is not looked at.
type FactoryFilter struct {
	ID, CompanyID *int64
	Kit           *string
	Produce, Auto *bool
	Limit         int // at most so many; 0: all
}

// FactoryView is a factory as it is told of.
type FactoryView struct {
	CompanyID int64
	Factory   Factory
}

// OfferView is an offer as it is told of.
type OfferView struct {
	SessionID string
	Offer     Offer
}

// Due is a session whose deadline has come.
type Due struct {
	SessionID string
	Epoch     string    // of the session: one made anew under the same name has another
	Stage     Stage     // that the deadline ends
	Step      int64     // at which it is
	Deadline  time.Time // in whole milliseconds
}
