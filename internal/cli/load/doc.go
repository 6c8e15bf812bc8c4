// Package load is the command "seg load": it puts load on a server and measures how fast it answers.
package load
