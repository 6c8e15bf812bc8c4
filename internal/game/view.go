package game

import "time"

// FactoryFilter selects factories. A nil field matches every factory.
type FactoryFilter struct {
	ID, CompanyID *int64
	Kit           *string
	Produce, Auto *bool
	Limit         int // maximum number of results; 0: all
}

// FactoryView is a factory as clients see it.
type FactoryView struct {
	CompanyID int64
	Factory   Factory
}

// OfferView is an offer as clients see it.
type OfferView struct {
	SessionID string
	Offer     Offer
}

// Due is a session whose deadline has passed.
type Due struct {
	SessionID string
	Epoch     string    // of the session: a new session with the same id has another
	Stage     Stage     // the stage that the deadline ends
	Step      int64     // the session's step
	Deadline  time.Time // in whole milliseconds
}
