package reflecttest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// Documents are a protocol's documents, read without the generator.
type Documents struct{ documents map[string]object }

// node is a schema and its document. The value is an object or a boolean.
type node struct {
	document string
	value    any
}

// NewDocuments reads the documents at the given paths.
func NewDocuments(fsys fs.FS, paths ...string) (*Documents, error) {
	s := &Documents{documents: map[string]object{}}
	for _, name := range paths {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		var doc object
		if err := json.Unmarshal(data, &doc); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		s.documents[name] = doc
	}
	return s, nil
}

// definition returns a definition of a document.
func (s *Documents) definition(document, name string) node {
	definitions, _ := s.documents[document]["definitions"].(object)
	return node{document, definitions[name]}
}

// refersTo returns the target of a reference, and its name if it is a definition.
func (s *Documents) refersTo(n node) (target node, name string, ok bool) {
	o, _ := n.value.(object)
	ref, ok := o["$ref"].(string)
	if !ok {
		return node{}, "", false
	}
	file, pointer, _ := strings.Cut(ref, "#")
	document := n.document
	if file != "" {
		document = path.Join(path.Dir(document), file)
	}
	var value any = s.documents[document]
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, token := range tokens {
		at, _ := value.(object)
		value = at[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
	}
	if len(tokens) == 2 && tokens[0] == "definitions" {
		name = tokens[1]
	}
	return node{document, value}, name, true
}

// facts are what a schema says, including its references and allOf, as far as Go types could
// express it.
type facts struct {
	types      []string // sorted, without null; nil: any
	null       bool
	enum       []any
	constant   bool
	coerce     bool
	properties map[string]node
	required   []string
	items      *node
	additional *node
	closed     bool
	variants   []node
	keywords   []string // all keywords
	branches   int      // branches of a oneOf that is neither a union nor nullable
}

// look collects the facts of a schema.
func (s *Documents) look(n node) facts {
	f := facts{properties: map[string]node{}}
	s.add(&f, n)
	slices.Sort(f.types)
	f.types = slices.DeleteFunc(slices.Compact(f.types), func(t string) bool { return t == "null" })
	slices.Sort(f.required)
	f.required = slices.Compact(f.required)
	slices.Sort(f.keywords)
	f.keywords = slices.Compact(f.keywords)
	return f
}

func (s *Documents) add(f *facts, n node) {
	o, _ := n.value.(object)
	if target, _, ok := s.refersTo(n); ok {
		f.keywords = slices.AppendSeq(f.keywords, maps.Keys(o)) // annotations are allowed beside $ref
		s.add(f, target)
		return
	}
	for keyword, value := range o {
		f.keywords = append(f.keywords, keyword)
		s.addKeyword(f, n, keyword, value)
	}
}

func (s *Documents) addKeyword(f *facts, n node, keyword string, value any) {
	inside := func(v any) *node { return &node{n.document, v} }
	switch keyword {
	case "type":
		f.addTypes(value)
	case "enum":
		for _, v := range list(value) {
			if v == nil {
				f.null = true
				continue
			}
			f.enum = append(f.enum, v)
		}
	case "const":
		f.constant = true
	case "x-coerce":
		f.coerce = true
	case "properties":
		props, _ := value.(object)
		for name, v := range props {
			f.properties[name] = *inside(v)
		}
	case "required":
		for _, v := range list(value) {
			name, _ := v.(string)
			f.required = append(f.required, name)
		}
	case "items":
		f.items = inside(value)
	case "additionalProperties":
		f.additional = inside(value)
		allowed, isBool := value.(bool)
		f.closed = isBool && !allowed
	case "allOf":
		for _, v := range list(value) {
			s.add(f, *inside(v))
		}
	case "oneOf":
		s.addBranches(f, n, list(value))
	}
}

func (f *facts) addTypes(value any) {
	if one, ok := value.(string); ok {
		value = []any{one}
	}
	var here []string
	for _, v := range list(value) {
		name, _ := v.(string)
		if name == "null" {
			f.null = true
		}
		here = append(here, name)
	}
	if f.types == nil {
		f.types = here
		return
	}
	f.types = slices.DeleteFunc(f.types, func(t string) bool { return !slices.Contains(here, t) }) // allOf: the intersection
}

// addBranches handles a oneOf: a nullable schema, a union of references, or a choice that Go types
// cannot express.
func (s *Documents) addBranches(f *facts, n node, branches []any) {
	var others []node
	for _, v := range branches {
		o, _ := v.(object)
		if len(o) == 1 && o["type"] == "null" {
			f.null = true
			continue
		}
		others = append(others, node{n.document, v})
	}
	if len(others) == 1 {
		s.add(f, others[0])
		return
	}
	f.branches = len(others)
	for _, other := range others {
		target, _, ok := s.refersTo(other)
		if o, _ := target.value.(object); !ok || o["properties"] == nil {
			return
		}
	}
	f.variants = others
}

func list(v any) []any {
	all, _ := v.([]any)
	return all
}
