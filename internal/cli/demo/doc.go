// Package demo is the command "seg demo": it starts a server of its own and lets bots play a game on it.
package demo
