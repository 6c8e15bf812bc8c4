package game

// Event is something that happened in a session and that everyone who listens
// to it is told. The set is closed: the types of this file.
//
//sumtype:decl
type Event interface{ isEvent() }

// UserCreated says that a user has joined.
type UserCreated struct{ User User }

// UserUpdated says that a user has changed.
type UserUpdated struct{ Old, New User }

// UserDeleted says that a user is gone.
type UserDeleted struct{ UserID int64 }

// SessionDeleted says that a session is gone with everything in it. No event
// stands for its parts.
type SessionDeleted struct{ SessionID string }

func (UserCreated) isEvent()    {}
func (UserUpdated) isEvent()    {}
func (UserDeleted) isEvent()    {}
func (SessionDeleted) isEvent() {}
