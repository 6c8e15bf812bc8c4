// Package suite tests the generator with the official JSON Schema test suite. It only contains
// tests.
//
// Every group of cases is a schema and values with verdicts. A group is either refused with the
// text in testdata/refused.txt, or it is lowered, generated as Go, compiled and run, and then every
// verdict must agree. The table of keywords in the generator's README is written by the same test.
//
// TestRandom does the same with random schemas (difftest.NewRandom) and values: the verdicts must
// be those of another library, and encoding must preserve the decoded values.
package suite
