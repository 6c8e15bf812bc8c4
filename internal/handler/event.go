package handler

import (
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// EncodeEvent gives the broadcast that tells of e: its type, and its data as JSON.
func EncodeEvent(e game.Event) (typ string, data []byte) {
	switch e := e.(type) {
	case game.UserCreated:
		w := wire.UserCreated{SessionID: e.User.SessionID, User: userToWire(&e.User)}
		return "api-create_user", w.Append(nil)
	case game.UserUpdated:
		w := wire.UserUpdated{SessionID: e.New.SessionID, New: userToWire(&e.New), Old: userToWire(&e.Old)}
		return "api-update_user", w.Append(nil)
	case game.UserDeleted:
		w := wire.UserDeleted{UserID: e.UserID}
		return "api-user_deleted", w.Append(nil)
	case game.SessionDeleted:
		w := wire.SessionDeleted{SessionID: e.SessionID}
		return "api-session_deleted", w.Append(nil)
	}
	panic("handler: an event of no type that package game has") //nolint:forbidigo // the set is closed; gochecksumtype holds the switch to it
}
