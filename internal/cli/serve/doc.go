// Package serve is the command "seg serve". It puts the server together from the packages of internal, and drains it at the end.
package serve
