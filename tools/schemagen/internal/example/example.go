// Package example reads the examples of a protocol: valid and invalid ones of every message, in the
// folder examples of the schema.
//
// Each message and each definition may have a folder with its name. The prefix of a file's name
// says what the file contains.
package example

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/schema"
)

// Kind says what an example shows.
type Kind uint8

// The kinds and their file name prefixes.
const (
	Good         Kind = iota // ok-: a frame of a broadcast or of the envelope, or a value of a definition
	Bad                      // bad-
	GoodRequest              // request-ok-: the frame of a request
	BadRequest               // request-bad-
	GoodResponse             // response-ok-: the frame of the response to a request
	BadResponse              // response-bad-
)

// prefixes are the prefixes of file names.
var prefixes = [...]string{ //nolint:gochecknoglobals // a table
	Good: "ok-", Bad: "bad-", GoodRequest: "request-ok-", BadRequest: "request-bad-", GoodResponse: "response-ok-", BadResponse: "response-bad-",
}

// Example is one file.
type Example struct {
	Of   string // the message's type on the wire, or the definition's name
	Kind Kind
	Name string // file name without prefix and extension, such as "all-fields"

	// Value is the frame, or the value of a definition. It is nil for an invalid example that is
	// not JSON.
	Value *schema.Value

	// For invalid examples: a description of the mistake, the expected error code and the JSON
	// pointer to the invalid field. The last two may be empty.
	Description, Code, Path string
}

// Set maps the names of messages and definitions to their examples, which are sorted by kind and
// name.
type Set map[string][]Example

// Load reads the folder examples of a schema. The set is empty if there is no such folder. The
// error is schema.Problems if a file is invalid: it has no known prefix, it is not JSON, or it is
// an invalid example without a description.
func Load(fsys fs.FS) (Set, error) {
	set := Set{}
	if fsys == nil {
		return set, nil
	}
	names, err := fs.Glob(fsys, "examples/*/*.json")
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	slices.Sort(names)
	var problems schema.Problems
	for _, name := range names {
		made, err := read(fsys, name)
		if wrong, ok := errors.AsType[schema.Problems](err); ok {
			problems = append(problems, wrong...)
			continue
		}
		if err != nil {
			return nil, err
		}
		set[made.Of] = append(set[made.Of], made)
	}
	for _, all := range set {
		slices.SortStableFunc(all, func(a, b Example) int { return int(a.Kind) - int(b.Kind) })
	}
	return set, problems.Err()
}

// Of returns the examples of one kind, in order.
func (s Set) Of(of string, kind Kind) []Example {
	var all []Example
	for _, e := range s[of] {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// read reads one file.
func read(fsys fs.FS, name string) (Example, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Example{}, fmt.Errorf("read example: %w", err)
	}
	root, err := schema.Parse(name, data)
	if err != nil {
		return Example{}, err
	}
	var problems schema.Problems
	made := Example{Of: path.Base(path.Dir(name)), Value: root}
	made.Kind, made.Name = kindOf(path.Base(name))
	if made.Name == "" {
		problems.Add(root.Pos, "the file name of an example must start with one of %s", strings.Join(prefixes[:], ", "))
		return Example{}, problems.Err()
	}
	if !made.Kind.wrong() {
		return made, nil
	}
	made.Value = root.Get("frame")
	if made.Value == nil {
		made.Value = root.Get("value")
	}
	made.Description, made.Code, made.Path = text(root, "description"), text(root, "code"), text(root, "path")
	if made.Description == "" {
		problems.Add(root.Pos, "an invalid example needs a description of the mistake")
	}
	return made, problems.Err()
}

// kindOf splits a file name; rest is empty if the prefix is unknown.
func kindOf(name string) (Kind, string) {
	for kind, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(name, ".json"), prefix); ok {
			return Kind(kind), rest
		}
	}
	return 0, ""
}

// wrong reports whether examples of this kind must be refused.
func (k Kind) wrong() bool { return k == Bad || k == BadRequest || k == BadResponse }

func text(v *schema.Value, key string) string {
	if member := v.Get(key); member != nil && member.Kind == schema.String {
		return member.Text
	}
	return ""
}
