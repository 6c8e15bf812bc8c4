// Package breaking tells what a change of a protocol means for the clients that are out there and know only its old version.
//
// It compares two contracts in the intermediate form, so how a schema is written does not matter, only which values it accepts
// and what a message promises. It looks in two directions. What clients send must still be accepted: there the new schema may
// only grow wider. What the server sends must still be understood: there it may only grow narrower, or say more in places where
// old clients look away.
//
// Three things are taken for granted. Clients and servers send only the keys that their schema names, so a new field does not
// collide with a key that somebody made up. A message that is planned promises nothing. And a definition that no message uses
// describes something that the server sends, such as an envelope.
//
// Where two constraints cannot be compared exactly, such as two formats, the change counts as both narrower and wider.
package breaking
