// Package ruleset loads rulesets: JSON documents with all figures of a game. Two
// are built in, classic and industrial.
package ruleset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"seg.example/internal/game"
)

//go:embed classic.json industrial.json
var builtIn embed.FS

// Ruleset is a document that has been found right.
type Ruleset struct {
	Rules    *game.Ruleset
	Document []byte // in canonical form, of which Rules.ID.Hash is the hash
}

// Parse reads a document. It must be JSON of whole numbers, with no key twice in
// an object; it must satisfy schema/ruleset.schema.json; and what the schema
// cannot say must hold: see check. The error names every place that is wrong, as
// a JSON pointer.
func Parse(document []byte) (Ruleset, error) {
	if err := checkJSON(document); err != nil {
		return Ruleset{}, fmt.Errorf("ruleset: %w", err)
	}
	if err := checkSchema(document); err != nil {
		return Ruleset{}, fmt.Errorf("ruleset: %w", err)
	}
	var f rawRuleset
	if err := json.Unmarshal(document, &f); err != nil {
		return Ruleset{}, fmt.Errorf("ruleset: %w", err)
	}
	if err := check(&f); err != nil {
		return Ruleset{}, fmt.Errorf("ruleset %s: %w", f.Name, err)
	}
	canonical, err := canonicalize(document)
	if err != nil {
		return Ruleset{}, fmt.Errorf("ruleset %s: %w", f.Name, err)
	}
	return Ruleset{Rules: f.toGame(sha256Hex(canonical)), Document: canonical}, nil
}

// ParseStored reads a document in canonical form that some version of this program has
// found right and kept with the sessions made with it. It is not judged again:
// were it refused for what a later version asks for besides, nobody could read
// these sessions, nor any list that they stand in. A figure that it lacks is 0.
func ParseStored(document []byte) (*game.Ruleset, error) {
	var f rawRuleset
	if err := json.Unmarshal(document, &f); err != nil {
		return nil, fmt.Errorf("stored ruleset: %w", err)
	}
	return f.toGame(sha256Hex(document)), nil
}

func sha256Hex(canonical []byte) string {
	hash := sha256.Sum256(canonical)
	return hex.EncodeToString(hash[:])
}

// canonicalize gives one text to all documents that say the same: without white
// space, the keys of each object sorted, nothing escaped that need not be.
func canonicalize(document []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Set is the rulesets that sessions can be made with. It does not change, and is
// safe for concurrent use.
type Set struct {
	byName      map[string]Ruleset
	defaultName string
}

// NewSet makes a set of rulesets, whose names must differ. fallback names the one
// of sessions that do not say which.
func NewSet(fallback string, rulesets ...Ruleset) (*Set, error) {
	s := &Set{byName: map[string]Ruleset{}, defaultName: fallback}
	for _, r := range rulesets {
		name := r.Rules.ID.Name
		if _, twice := s.byName[name]; twice {
			return nil, fmt.Errorf("two rulesets are called %s", name)
		}
		s.byName[name] = r
	}
	if _, ok := s.byName[fallback]; !ok {
		return nil, fmt.Errorf("no ruleset is called %s; there are: %s", fallback, s.names())
	}
	return s, nil
}

// Open returns the set of the built-in rulesets, and that of a file if which is
// the path of one. Sessions that do not say otherwise are made with which. What
// could be the name of a ruleset is taken as the name of a built-in one; a path
// has a dot or a slash in it.
func Open(which string) (*Set, error) {
	if !strings.ContainsAny(which, `./\`) {
		return BuiltIn(which)
	}
	document, err := os.ReadFile(which)
	if err != nil {
		return nil, fmt.Errorf("ruleset: %w", err)
	}
	r, err := Parse(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", which, err)
	}
	set, err := newSetWithBuiltIn(r.Rules.ID.Name, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; give the ruleset another name", which, err)
	}
	return set, nil
}

// BuiltInNames returns the names of the built-in rulesets.
func BuiltInNames() []string { return []string{"classic", "industrial"} }

// Source returns the document of a built-in ruleset as people have written it. An
// unknown name is an error.
func Source(name string) ([]byte, error) {
	if !slices.Contains(BuiltInNames(), name) {
		return nil, fmt.Errorf("no ruleset called %s is built in", name)
	}
	return builtIn.ReadFile(name + ".json")
}

// BuiltIn returns the set of the built-in rulesets.
func BuiltIn(fallback string) (*Set, error) { return newSetWithBuiltIn(fallback) }

func newSetWithBuiltIn(fallback string, rulesets ...Ruleset) (*Set, error) {
	for _, name := range BuiltInNames() {
		document, err := Source(name)
		if err != nil {
			return nil, err
		}
		r, err := Parse(document)
		if err != nil {
			return nil, fmt.Errorf("built-in ruleset %s: %w", name, err)
		}
		rulesets = append(rulesets, r)
	}
	return NewSet(fallback, rulesets...)
}

// Find returns the ruleset called name, or, when name is "", that of sessions
// that do not say which. An unknown name is a *game.Refusal with
// CodeInvalidField.
func (s *Set) Find(name string) (*game.Ruleset, error) {
	r, ok := s.byName[cmp.Or(name, s.defaultName)]
	if !ok {
		return nil, game.Refuse(game.CodeInvalidField, "No ruleset is called %s; there are: %s", name, s.names())
	}
	return r.Rules, nil
}

// All returns the rulesets by name.
func (s *Set) All() []Ruleset {
	all := make([]Ruleset, 0, len(s.byName))
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		all = append(all, s.byName[name])
	}
	return all
}

func (s *Set) names() string {
	return strings.Join(slices.Sorted(maps.Keys(s.byName)), ", ")
}
