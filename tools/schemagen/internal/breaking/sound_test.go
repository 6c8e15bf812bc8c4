package breaking_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"seg.example/tools/schemagen/difftest"
	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// version is one version of a protocol, with an independent validator of its values.
type version struct {
	contract *ir.Contract
	oracle   *difftest.Oracle
}

// newVersion reads documents; it reports false if the generator refuses them.
func newVersion(t helper, fsys fstest.MapFS) (version, bool) {
	t.Helper()
	set, err := schema.Load(fsys)
	if err != nil {
		return version{}, false
	}
	contract, err := lower.Lower(set)
	if err != nil {
		return version{}, false
	}
	var documents []string
	for _, doc := range set.Documents {
		documents = append(documents, doc.Path)
	}
	oracle, err := difftest.NewOracle(fsys, documents...)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	return version{contract, oracle}, true
}

// carried is a definition that is sent in one direction.
type carried struct {
	path      string // of findings inside it
	direction breaking.Direction
	typ       *ir.Type
}

// carries returns the definitions that the messages of a contract carry.
func carries(c *ir.Contract) []carried {
	var all []carried
	for _, r := range c.Requests() {
		if r.Planned {
			continue
		}
		all = append(all, carried{r.Wire + ".request", breaking.Sent, r.Type})
		if r.Answer != nil {
			all = append(all, carried{r.Wire + ".answer", breaking.Received, r.Answer.Ref})
		}
	}
	for _, b := range c.Broadcasts {
		if !b.Planned {
			all = append(all, carried{b.Wire + ".data", breaking.Received, b.Type})
		}
	}
	for _, f := range c.Frames {
		if !f.Planned {
			all = append(all, carried{f.Wire + ".frame", breaking.Received, f.Type})
		}
	}
	return all
}

// covered reports whether findings warn about values inside a message that the other side refuses.
// Two rules know exceptions that the oracle does not: null in a request counts as absent, and our
// side always writes integers.
func covered(all []breaking.Finding, path string) bool {
	better := []string{"sent-null-became-absence", "received-coerce-added"}
	return slices.ContainsFunc(all, func(f breaking.Finding) bool {
		return (f.Rule.Severity == breaking.Error || slices.Contains(better, f.Rule.ID)) &&
			slices.ContainsFunc(f.Paths, func(p string) bool { return p == path || strings.HasPrefix(p, path) || strings.HasPrefix(path, p+".") })
	})
}

// TestCompare_is_sound: after a random change of one keyword, there is an error for every value
// that old clients may send and the new schema refuses, and for every value that the new server may
// send and the old schema refuses. The values are drawn from the documents and validated by another
// library, without the intermediate representation.
func TestCompare_is_sound(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	var drawn, refused, silent int
	for _, from := range []struct {
		dir             string
		changes, values int // for each check; small protocols take little time
	}{{"../../testdata/chat/schema", 1, 4}, {"testdata/small", 8, 10}} {
		original := readProtocol(t, from.dir)
		first, _ := newVersion(t, original.files(t))
		rapid.Check(t, func(t *rapid.T) {
			for range from.changes {
				changed := original.copy(t)
				changed.mutate(t)
				before := first
				after, ok := newVersion(t, changed.files(t))
				if !ok {
					continue // the generator refuses it, so nobody can release it
				}
				if rapid.Bool().Draw(t, "backwards") {
					before, after = after, before
				}
				all, n := soundness(t, before, after, from.values)
				drawn += all
				refused += n
				if n == 0 {
					silent++
				}
			}
		})
	}
	if drawn == 0 || refused == 0 || silent == 0 {
		t.Error("the test tests nothing")
	}
	t.Logf("of %d values, the other side refused %d; %d changes broke nothing", drawn, refused, silent)
}

// soundness draws values of every message. It returns how many it drew and how many the other side
// refused; all of those are covered.
func soundness(t *rapid.T, before, after version, values int) (drawn, refused int) {
	found := breaking.Compare(before.contract, after.contract)
	same := before.contract.Hash == after.contract.Hash
	defer func() {
		if refused > 0 && same {
			t.Fatalf("the hash is the same, but clients can observe the change: %v", found)
		}
	}()
	for _, old := range carries(before.contract) {
		for _, other := range carries(after.contract) {
			if other.path != old.path || other.direction != old.direction {
				continue
			}
			writer, reader, written, read := before, after, old.typ, other.typ
			if old.direction == breaking.Received {
				writer, reader, written, read = reader, writer, read, written
			}
			for range values {
				text, err := writer.oracle.Draw(t, written.Pos.File, written.Name)
				if err != nil {
					continue // the generator of values does not support the schema
				}
				drawn++
				if err = reader.oracle.Check(read.Pos.File, read.Name, text); err == nil {
					continue
				}
				refused++
				if !covered(found, old.path) {
					t.Fatalf("%s: got no error for a value that the other side refuses: %v\n%s", old.path, err, text)
				}
			}
		}
	}
	return drawn, refused
}
