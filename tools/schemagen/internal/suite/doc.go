// Package suite holds the generator against the official JSON Schema test suite: its tests are all that it is for.
//
// Every group of cases is a schema and values with verdicts. A group is either refused, with the text that testdata/refused.txt
// expects for it, or it is lowered, printed as Go, compiled and run, and then every verdict must agree. The table of keywords in
// the generator's README comes out of the same run.
//
// TestRandom does the same with schemas that are made up (difftest.NewRandom), and with values for them: the verdicts must be those of another
// library, and what is written must be what was read.
package suite
