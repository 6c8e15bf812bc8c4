// Package ruleset loads and checks rulesets: JSON documents with all numbers of a game. Two are built
// in: classic and industrial.
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

// Ruleset is a valid ruleset.
type Ruleset struct {
	Rules    *game.Ruleset
	Document []byte // canonical JSON; Rules.ID.Hash is its SHA-256 in hex
}

// Parse reads and checks a document. It must be JSON with only whole numbers and without duplicate
// keys, match schema/ruleset.schema.json, and pass the checks that the schema cannot express (see
// check). The error has one line for each problem, with a JSON pointer to its place.
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

// ParseStored reads a document in canonical form from the database. It does not check it: an earlier
// version of this program has accepted it, and if a newer version refused it, its sessions and every
// list that contains them could not be read. A missing number is 0.
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

// canonicalize returns the canonical form, which is the same for all documents with the same content:
// no white space, sorted keys, the fewest escapes.
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

// Set holds the rulesets that new sessions can use. It is immutable and safe for concurrent use.
type Set struct {
	byName      map[string]Ruleset
	defaultName string
}

// NewSet returns a set of rulesets. Their names must differ. Sessions that name no ruleset use
// defaultName, which must be one of them.
func NewSet(defaultName string, rulesets ...Ruleset) (*Set, error) {
	s := &Set{byName: map[string]Ruleset{}, defaultName: defaultName}
	for _, r := range rulesets {
		name := r.Rules.ID.Name
		if _, twice := s.byName[name]; twice {
			return nil, fmt.Errorf("two rulesets are called %s", name)
		}
		s.byName[name] = r
	}
	if _, ok := s.byName[defaultName]; !ok {
		return nil, fmt.Errorf("no ruleset is called %s; there are: %s", defaultName, s.names())
	}
	return s, nil
}

// Open returns the set of the built-in rulesets. nameOrPath is the default ruleset: the name of a
// built-in one, or, if it contains a dot or a slash, the path of a file, whose ruleset is added.
func Open(nameOrPath string) (*Set, error) {
	if !strings.ContainsAny(nameOrPath, `./\`) {
		return BuiltIn(nameOrPath)
	}
	document, err := os.ReadFile(nameOrPath)
	if err != nil {
		return nil, fmt.Errorf("ruleset: %w", err)
	}
	r, err := Parse(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOrPath, err)
	}
	set, err := newSetWithBuiltIn(r.Rules.ID.Name, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; give the ruleset another name", nameOrPath, err)
	}
	return set, nil
}

// BuiltInNames returns the names of the built-in rulesets.
func BuiltInNames() []string { return []string{"classic", "industrial"} }

// Source returns the document of a built-in ruleset as it is in the repository, not in canonical form.
// It returns an error for an unknown name.
func Source(name string) ([]byte, error) {
	if !slices.Contains(BuiltInNames(), name) {
		return nil, fmt.Errorf("there is no built-in ruleset %s", name)
	}
	return builtIn.ReadFile(name + ".json")
}

// BuiltIn returns the set of the built-in rulesets. Sessions that name no ruleset use defaultName.
func BuiltIn(defaultName string) (*Set, error) { return newSetWithBuiltIn(defaultName) }

func newSetWithBuiltIn(defaultName string, rulesets ...Ruleset) (*Set, error) {
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
	return NewSet(defaultName, rulesets...)
}

// Find returns the ruleset called name, or the default one if name is "". The error for an unknown name
// is a *game.Refusal with CodeInvalidField.
func (s *Set) Find(name string) (*game.Ruleset, error) {
	r, ok := s.byName[cmp.Or(name, s.defaultName)]
	if !ok {
		return nil, game.Refuse(game.CodeInvalidField, "No ruleset is called %s; there are: %s", name, s.names())
	}
	return r.Rules, nil
}

// All returns all rulesets, sorted by name.
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
