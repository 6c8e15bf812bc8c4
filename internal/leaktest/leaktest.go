// Package leaktest fails a package's tests if goroutines are still running after them.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package and exits. The exit code is not 0 if a test failed or a
// goroutine is still running. Call it from TestMain.
func Main(m *testing.M) { goleak.VerifyTestMain(retryingRunner{m}) }

// retryingRunner runs the tests and then waits for their goroutines to end. goleak alone waits less
// than half a second, which is too short on a busy machine.
type retryingRunner struct{ m *testing.M }

// maxChecks limits the checks. A check takes 0.4 s while a goroutine is running: one minute in all.
const maxChecks = 150

// Run implements goleak.TestingM.
func (p retryingRunner) Run() int {
	code := p.m.Run()
	for check := 0; code == 0 && goleak.Find() != nil && check < maxChecks; check++ { //nolint:revive // Find itself waits
	}
	return code
}
