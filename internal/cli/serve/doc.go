// Package serve is the command "seg serve". It creates the server from the packages of internal,
// runs it, and drains it at the end.
package serve
