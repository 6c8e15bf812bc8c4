// Package mutationtest checks that the tests of the most important guarantees notice when a
// guarantee is broken. It has tests only.
//
// A mutant is a change of the source that breaks one guarantee, such as "a commit is on the disk
// before it is answered". The change is applied with go build's -overlay flag, so that neither the
// files nor the usual build contain it. The test that guards the guarantee must pass without the
// change, and must fail with it, with the words of the right assertion.
//
// TestMutants_apply is cheap and runs with all tests: each change fits the source and compiles.
// TestMutants_caught needs the build tag failure (make test-failure): it builds each mutant and
// runs its guard.
package mutationtest
