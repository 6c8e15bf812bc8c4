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

// IndexFile is the document that lists the others.
const IndexFile = "contract.json"

// Draft is the required value of $schema in every document.
const Draft = "http://json-schema.org/draft-07/schema#"

// Set is a protocol's documents.
type Set struct {
	Index         *Document   // contract.json
	Documents     []*Document // those that the index lists, in its order
	byPath        map[string]*Document
	unreadable    map[string]bool      // paths of documents that could not be parsed
	hasProblems   bool                 // Load found problems
	compilerCache *jsonschema.Compiler // nil until the first call of Validate
}

// Document is one file.
type Document struct {
	Path  string // relative to the index, with slashes
	Root  *Node
	nodes map[string]*Node // by JSON pointer
}

// Name is the document's file name without its extension.
func (d *Document) Name() string {
	return strings.TrimSuffix(path.Base(d.Path), ".json")
}

// All returns the index followed by the other documents.
func (s *Set) All() []*Document {
	return append([]*Document{s.Index}, s.Documents...)
}

// Load reads the index and the documents that it lists. The error is Problems if a document is
// wrong, and another error if one could not be read. With Problems, the set contains everything
// that could be parsed, so that later steps can find further problems; it is nil only if the index
// could not be parsed. The result does not depend on the order of directory listings.
func Load(fsys fs.FS) (*Set, error) {
	var problems Problems
	index, err := readDocument(fsys, IndexFile, &problems)
	if err != nil {
		return nil, err
	}
	set := &Set{Index: index, byPath: map[string]*Document{}, unreadable: map[string]bool{}}
	if index == nil {
		return nil, problems.Err()
	}
	set.byPath[IndexFile] = index
	for _, item := range set.listed() {
		name := item.Text
		if !fs.ValidPath(name) || path.Clean(name) != name {
			problems.Add(item.Pos, "%q is not a path inside the folder", name)
			continue
		}
		doc, err := readDocument(fsys, name, &problems)
		if errors.Is(err, fs.ErrNotExist) {
			problems.Add(item.Pos, "document %q does not exist", name)
			continue
		}
		if err != nil {
			return nil, err
		}
		if doc == nil {
			set.unreadable[name] = true
			continue
		}
		set.byPath[name] = doc
		set.Documents = append(set.Documents, doc)
	}
	checkKeywordUse(set, &problems)
	set.hasProblems = len(problems) > 0
	return set, problems.Err()
}

// listed returns the document paths in the index.
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

// readDocument parses one document. If the document is wrong, it adds the problems and returns
// neither a document nor an error.
func readDocument(fsys fs.FS, name string, problems *Problems) (*Document, error) {
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

// ErrUnreadable means that a reference points to a document that Load could not parse and has
// reported.
var ErrUnreadable = errors.New("the document cannot be read")

// Resolve finds the schema that a reference in a document points to. The error is ErrUnreadable if
// Load has already reported the document.
func (s *Set) Resolve(from *Document, ref string) (*Node, error) {
	file, fragment, _ := strings.Cut(ref, "#")
	target := from
	if file != "" {
		if strings.Contains(file, ":") || strings.HasPrefix(file, "/") {
			return nil, fmt.Errorf("reference %q is not a path relative to the document", ref)
		}
		name := path.Join(path.Dir(from.Path), file)
		if s.unreadable[name] {
			return nil, ErrUnreadable
		}
		target = s.byPath[name]
		if target == nil {
			return nil, fmt.Errorf("reference %q does not point to a document of the contract", ref)
		}
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return nil, fmt.Errorf("reference %q has an invalid escape", ref)
	}
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		return nil, fmt.Errorf("reference %q is not a JSON pointer", ref)
	}
	node := target.nodes[normalPointer(pointer)]
	if node == nil {
		return nil, fmt.Errorf("reference %q does not point to a schema", ref)
	}
	return node, nil
}

// normalPointer normalizes the escapes of a JSON pointer.
func normalPointer(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		tokens[i] = PointerToken(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	return strings.Join(tokens, "/")
}
