// Package breaking finds out which changes of a protocol break clients that only know its old
// version.
//
// It compares two contracts in the intermediate representation. So only the accepted values and the
// promises of messages matter, not how a schema is written. It looks in two directions. The server
// must still accept what old clients send: there the new schema may only accept more. Old clients
// must still understand what the server sends: there the new schema may only accept less, or add
// data that old clients ignore.
//
// It makes three assumptions. Clients and servers only send keys that their schema names, so a new
// field cannot collide with an unknown key. A planned message promises nothing. A definition that
// no message uses describes something that the server sends, such as an envelope.
//
// If two constraints cannot be compared exactly, such as two formats, the change counts as both
// stricter and looser.
package breaking
