// Package rulesets is the command "seg ruleset": it checks rulesets and prints the built-in ones.
package rulesets
