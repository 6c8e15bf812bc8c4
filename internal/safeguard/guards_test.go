package safeguard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"seg.example/internal/safeguard"
)

// guard is the test that must fail without a safeguard, and the assertion of it that must.
type guard struct {
	off   safeguard.Name
	place string // of the test's package
	test  string
	says  string // regular expression
}

var guards = []guard{
	{safeguard.RequestIndex, "internal/store", "TestOnce_decidedByTheIndex", `answered "created 7" and "", <nil>`},
	{safeguard.ParametersCompared, "internal/store", "TestOnce", `got <nil>, want a refusal with code conflict`},
	{safeguard.TwinWaits, "internal/store", "TestOnce_waits", `called while the same request was under way`},
	{safeguard.TrustBeforeReplay, "internal/handler", "TestOnce_other", `sent .*"password":"wrong".*\(-want \+got\)`},
	{safeguard.Sync, "internal/store", "TestFsyncs", `\d+ transactions were acknowledged with 0 syncs`},
	{safeguard.PublishAfterCommit, "internal/store", "TestStore_toldOfWhatIsStored", `told of event 1, and 0 are stored`},
	{safeguard.ReadWhenTold, "internal/store", "TestEvents_notBeforeTheyAreTold", `event 1 was read before it was told of`},
	{safeguard.SessionLock, "internal/store", "TestStore_onCommitHoldsTheSession", `the next command began`},
	{safeguard.LockUntilCommit, "internal/store", "TestStore_nextAfterTheCommit", `the next command began before the commit`},
	{safeguard.SessionVersion, "internal/store", "TestStore_nothingOverwritten", `what the other program has changed is lost`},
	{safeguard.RerunSingly, "internal/store", "TestWriter_oneOfManyFails", `\d: .*User 1000 already exists`},
	{safeguard.EpochAfterCopy, "internal/store", "TestRestore_bypassed", `renewed`},
	{safeguard.LiveWhenCaughtUp, "internal/hub", "TestNothingIsLostBetweenReadingAndTurningLive", `what was published behind its back is lost`},
	{safeguard.KnownNotResent, "internal/hub", "TestNothingComesTwice", `what was read from the log comes again`},
}

// TestGuards: every safeguard has a guard, and none can be left out of the usual build.
func TestGuards(t *testing.T) {
	t.Setenv("SEG_SAFEGUARD_OFF", string(guards[0].off))
	if safeguard.Off(guards[0].off) {
		t.Error("a safeguard can be left out of this build")
	}
	left := declared(t)
	for _, g := range guards {
		delete(left, string(g.off))
	}
	for name := range left {
		t.Errorf("no test guards %s", name)
	}
}

// declared returns the values of the constants that safeguard.go declares.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "safeguard.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, v := range spec.Values {
				text := v.(*ast.BasicLit).Value
				names[text[1:len(text)-1]] = true
			}
		}
		return true
	})
	if len(names) == 0 {
		t.Fatal("safeguard.go declares nothing")
	}
	return names
}
