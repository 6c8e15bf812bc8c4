package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// IndexFile is the document that a protocol begins with.
const IndexFile = "contract.json"

// Draft is what $schema must say at the root of every document.
const Draft = "http://json-schema.org/draft-07/schema#"

// Set is a protocol's documents.
type Set struct {
	Index     *Document   // contract.json
	Documents []*Document // those that the index lists, in its order
	byPath    map[string]*Document
	broken    map[string]bool      // documents that are no JSON object, by path
	wrong     bool                 // Load has found problems
	judges    *jsonschema.Compiler // nil until Judge is asked
}

// Document is one file.
type Document struct {
	Path  string // relative to the index, with slashes
	Root  *Node
	nodes map[string]*Node // by JSON pointer
}

// Name is the document's file name without extension.
func (d *Document) Name() string {
	return strings.TrimSuffix(path.Base(d.Path), ".json")
}

// All returns the index and then the other documents.
func (s *Set) All() []*Document {
	return append([]*Document{s.Index}, s.Documents...)
}

// Load reads the index and the documents that it lists. The error is Problems when a document is wrong, and another error when one could
// not be read at all. With Problems, the set has what can be read nevertheless, so that further problems can be found; it is nil only when
// the index has no documents. It does not depend on the order in which a folder is listed.
func Load(fsys fs.FS) (*Set, error) {
	var problems Problems
	index, err := read(fsys, IndexFile, &problems)
	if err != nil {
		return nil, err
	}
	set := &Set{Index: index, byPath: map[string]*Document{}, broken: map[string]bool{}}
	if index == nil {
		return nil, problems.Err()
	}
	set.byPath[IndexFile] = index
	for _, item := range set.listed() {
		name := item.Text
		if !fs.ValidPath(name) || path.Clean(name) != name {
			problems.Add(item.Pos, "%q is no path inside the folder", name)
			continue
		}
		doc, err := read(fsys, name, &problems)
		if errors.Is(err, fs.ErrNotExist) {
			problems.Add(item.Pos, "document %q does not exist", name)
			continue
		}
		if err != nil {
			return nil, err
		}
		if doc == nil {
			set.broken[name] = true
			continue
		}
		set.byPath[name] = doc
		set.Documents = append(set.Documents, doc)
	}
	check(set, &problems)
	set.wrong = len(problems) > 0
	return set, problems.Err()
}

// listed returns the paths that the index lists.
func (s *Set) listed() []*Value {
	contract := s.Index.Root.Get("x-contract")
	if contract == nil {
		return nil
	}
	documents := contract.Get("documents")
	if documents == nil {
		return nil
	}
	var paths []*Value
	seen := map[string]bool{IndexFile: true}
	for _, item := range documents.Items {
		if item.Kind == String && !seen[item.Text] {
			seen[item.Text] = true
			paths = append(paths, item)
		}
	}
	return paths
}

// read parses one document. Without an error the document is nil when it is wrong, which has been noted.
func read(fsys fs.FS, name string, problems *Problems) (*Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	root, err := Parse(name, data)
	if err != nil {
		if found, ok := errors.AsType[Problems](err); ok {
			*problems = append(*problems, found...)
			return nil, nil //nolint:nilnil // the problems say it
		}
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	doc := &Document{Path: name, nodes: map[string]*Node{}}
	if !checkDraft(root, problems) {
		return nil, nil //nolint:nilnil // the problems say it
	}
	b := &builder{doc: doc, problems: problems}
	doc.Root = b.node(root, Root, "")
	return doc, nil
}

// ErrBroken says that a reference leads to a document that is no JSON object, of which Load has told.
var ErrBroken = errors.New("the document cannot be read")

// Resolve finds the schema that a reference in a document means. The error is ErrBroken if the document has been found to be wrong already.
func (s *Set) Resolve(from *Document, ref string) (*Node, error) {
	file, fragment, _ := strings.Cut(ref, "#")
	target := from
	if file != "" {
		if strings.Contains(file, ":") || strings.HasPrefix(file, "/") {
			return nil, fmt.Errorf("reference %q is no path relative to the document", ref)
		}
		name := path.Join(path.Dir(from.Path), file)
		if s.broken[name] {
			return nil, ErrBroken
		}
		target = s.byPath[name]
		if target == nil {
			return nil, fmt.Errorf("reference %q leads to no document of the contract", ref)
		}
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return nil, fmt.Errorf("reference %q has a wrong escape", ref)
	}
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		return nil, fmt.Errorf("reference %q is not a JSON pointer", ref)
	}
	node := target.nodes[normalPointer(pointer)]
	if node == nil {
		return nil, fmt.Errorf("reference %q leads to no schema", ref)
	}
	return node, nil
}

// normalPointer writes the escapes of a JSON pointer in the one way in which the syntax tree does.
func normalPointer(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		tokens[i] = PointerToken(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	return strings.Join(tokens, "/")
}
