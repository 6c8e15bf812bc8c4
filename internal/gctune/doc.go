// Package gctune adapts the garbage collector of the process to the load of the server.
package gctune
