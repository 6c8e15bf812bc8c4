// Package watch is the command "seg watch": it prints broadcasts and reconnects without missing any.
package watch
