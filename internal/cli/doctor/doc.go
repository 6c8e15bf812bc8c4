// Package doctor is the command "seg doctor": it checks whether a server can run with the given settings.
package doctor
