// Package gctune adapts the garbage collector of the process to its load: a busy server collects
// less often than by default, and an idle server keeps little garbage. The setting is GOGC,
// adjusted twice a second.
package gctune
