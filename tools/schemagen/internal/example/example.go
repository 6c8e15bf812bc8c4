// Package example reads the examples of a protocol: right and wrong ones of every message, in the folder examples of its schema.
//
// Each message and each definition may have a folder there, named after it. The beginning of a file's name says what it holds.
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

// The kinds, as the beginnings of file names say them.
const (
	Good         Kind = iota // ok-: a frame of a broadcast or of the envelope, or a value of a definition
	Bad                      // bad-
	GoodRequest              // request-ok-: the frame of a request
	BadRequest               // request-bad-
	GoodResponse             // response-ok-: the frame of the response to a request
	BadResponse              // response-bad-
)

// prefixes are the beginnings of file names.
var prefixes = [...]string{ //nolint:gochecknoglobals // a table
	Good: "ok-", Bad: "bad-", GoodRequest: "request-ok-", BadRequest: "request-bad-", GoodResponse: "response-ok-", BadResponse: "response-bad-",
}

// Example is one file.
type Example struct {
	Of   string // the message's type on the wire, or the definition's name
	Kind Kind
	Name string // of the file, without what says its kind and without extension: "all-fields"

	// Value is the frame, or the value of a definition. It is nil where a wrong example is no JSON, or is given as text.
	Value *schema.Value

	// Of wrong examples: what is wrong in words, the code that refuses it and the JSON pointer to the field at fault. The last two
	// are empty where there is none.
	Description, Code, Path string
}

// Set is all examples of a protocol, by what they are of. Those of one are sorted by kind and name.
type Set map[string][]Example

// Load reads the folder examples of a schema. A schema without the folder has none. The error is schema.Problems when a file is
// wrong: its name does not say what it is, it is not JSON, a wrong example does not say what is wrong.
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
		problems.Add(root.Pos, "the name of an example begins with %s", strings.Join(prefixes[:], ", "))
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
		problems.Add(root.Pos, "a wrong example needs a description that says what is wrong")
	}
	return made, problems.Err()
}

// kindOf splits the name of a file; the rest is empty when the name does not say what the file is.
func kindOf(name string) (Kind, string) {
	for kind, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(name, ".json"), prefix); ok {
			return Kind(kind), rest
		}
	}
	return 0, ""
}

// wrong reports whether examples of a kind show what is refused.
func (k Kind) wrong() bool { return k == Bad || k == BadRequest || k == BadResponse }

func text(v *schema.Value, key string) string {
	if member := v.Get(key); member != nil && member.Kind == schema.String {
		return member.Text
	}
	return ""
}
