// Package leaktest looks for goroutines that are left when the tests of a package have ended.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package and exits. It fails when a goroutine is left. TestMain calls it.
func Main(m *testing.M) { goleak.VerifyTestMain(patient{m}) }

// patient is tests whose goroutines may take their time to end. goleak waits for less than half a second, in which a slow machine may not
// even run them.
type patient struct{ m *testing.M }

// looks is how often goroutines are looked for. Each time takes 0.4 s as long as one is left: a minute in all.
const looks = 150

// Run is part of goleak.TestingM.
func (p patient) Run() int {
	code := p.m.Run()
	for look := 0; code == 0 && goleak.Find() != nil && look < looks; look++ { //nolint:revive // Find itself waits
	}
	return code
}
