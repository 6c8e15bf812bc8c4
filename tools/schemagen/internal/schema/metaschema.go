package schema

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Keywords is the meta-schema of the x- keywords, a draft-07 document. It applies to the object
// that consists of a schema's x- keywords.
//
//go:embed keywords.json
var Keywords []byte

const keywordsURL = "schemagen:///keywords.json"

// metaSchemas are the compiled meta-schemas.
type metaSchemas struct {
	draft      *jsonschema.Schema            // draft-07 itself
	extensions map[string]*jsonschema.Schema // one for each x- keyword
	err        error
}

// loadMeta compiles the meta-schemas once.
var loadMeta = sync.OnceValue(func() metaSchemas { //nolint:gochecknoglobals // a constant that takes time to make
	m := metaSchemas{extensions: map[string]*jsonschema.Schema{}}
	c := newCompiler()
	if m.draft, m.err = c.Compile(Draft); m.err != nil {
		return m
	}
	tree, err := Parse("keywords.json", Keywords)
	if err != nil {
		m.err = err
		return m
	}
	if m.err = c.AddResource(keywordsURL, bytes.NewReader(Keywords)); m.err != nil {
		return m
	}
	for _, keyword := range tree.Get("properties").Members {
		compiled, err := c.Compile(keywordsURL + "#/properties/" + keyword.Key)
		if err != nil {
			m.err = err
			return m
		}
		m.extensions[keyword.Key] = compiled
	}
	return m
})

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	return c
}

// toInterface converts a value to what encoding/json decodes with UseNumber.
func toInterface(v *Value) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(JSON(v)))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("read value again: %w", err)
	}
	return out, nil
}

// checkDraft validates a document against draft-07. It removes invalid parts, so that one mistake
// does not hide others. It reports whether the rest can be used.
func checkDraft(root *Value, problems *Problems) bool {
	meta := loadMeta()
	if meta.err != nil {
		problems.Add(root.Pos, "meta-schema: %v", meta.err)
		return false
	}
	if root.Kind != Object {
		problems.Add(root.Pos, "a document must be an object, not %s", root.Kind)
		return false
	}
	for !validate(root, meta.draft, "draft-07", problems) {
		data, err := toInterface(root)
		if err != nil {
			return false
		}
		wrong, ok := errors.AsType[*jsonschema.ValidationError](meta.draft.Validate(data))
		if !ok {
			return false
		}
		for _, leaf := range leafErrors(wrong) {
			if !root.remove(leaf.InstanceLocation) {
				return false
			}
		}
	}
	return true
}

// remove removes the object member that a JSON pointer points to, or the innermost one on its path.
// It reports whether there was one.
func (v *Value) remove(pointer string) bool {
	var object *Value
	var key string
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next := v.Get(token)
		if next != nil {
			object, key = v, token
		} else {
			for i, item := range v.Items {
				if strconv.Itoa(i) == token {
					next = item
				}
			}
		}
		if next == nil {
			break
		}
		v = next
	}
	if object == nil {
		return false
	}
	object.Members = slices.DeleteFunc(object.Members, func(m Member) bool { return m.Key == key })
	return true
}

// validate validates a value, reports each invalid place, and returns whether the value is valid.
func validate(v *Value, against *jsonschema.Schema, name string, problems *Problems) bool {
	data, err := toInterface(v)
	if err != nil {
		problems.Add(v.Pos, "%v", err)
		return false
	}
	err = against.Validate(data)
	if err == nil {
		return true
	}
	var wrong *jsonschema.ValidationError
	if !errors.As(err, &wrong) {
		problems.Add(v.Pos, "%s: %v", name, err)
		return false
	}
	all := leafErrors(wrong)
	for _, leaf := range all {
		at := valueAt(v, leaf.InstanceLocation)
		if strings.HasSuffix(leaf.KeywordLocation, "/properties/type/anyOf") {
			problems.Add(at.Pos, "%s", wrongType(at))
			continue
		}
		problems.Add(at.Pos, "not allowed by %s: %s", name, leaf.Message)
	}
	return len(all) == 0
}

// leafErrors returns the innermost errors, except below anyOf, where they would list why each
// branch failed. It ignores the keyword format: other code checks patterns and references.
func leafErrors(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if strings.HasSuffix(e.KeywordLocation, "/format") {
		return nil
	}
	if len(e.Causes) == 0 || strings.HasSuffix(e.KeywordLocation, "/anyOf") {
		if e.Message == "anyOf failed" {
			e.Message = "it matches none of the allowed forms"
		}
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leafErrors(cause)...)
	}
	return all
}

// jsonTypes are the valid values of the keyword type.
var jsonTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"} //nolint:gochecknoglobals // a constant

// wrongType says what is wrong with a value of the keyword type.
func wrongType(v *Value) string {
	const must = `"type" must be array, boolean, integer, null, number, object or string, or a list of different ones of them`
	words := v.Strings()
	if v.Kind == String {
		words = []string{v.Text}
	}
	for _, word := range words {
		if !slices.Contains(jsonTypes, word) {
			return fmt.Sprintf("%s, not %q%s", must, word, didYouMean(word, jsonTypes))
		}
	}
	return must
}

// valueAt returns the value that a JSON pointer points to below v, or the last existing one on its
// path.
func valueAt(v *Value, pointer string) *Value {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		next := v.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		if next == nil {
			for i, item := range v.Items {
				if strconv.Itoa(i) == token {
					next = item
				}
			}
		}
		if next == nil {
			break
		}
		v = next
	}
	return v
}

// documentsURL is the base URL of a protocol's documents in the compiler.
const documentsURL = "schemagen:///schema/"

// compiler returns a compiler with all documents.
func (s *Set) compiler() (*jsonschema.Compiler, error) {
	c := newCompiler()
	for _, doc := range s.All() {
		if err := c.AddResource(documentsURL+doc.Path, bytes.NewReader(JSON(doc.Root.Value))); err != nil {
			return nil, fmt.Errorf("compile %s: %w", doc.Path, err)
		}
	}
	return c, nil
}

// Validate validates a value against a definition of a document with
// github.com/santhosh-tekuri/jsonschema. The error says what is wrong with the value or with the
// documents.
func (s *Set) Validate(document, definition string, v *Value) error {
	if s.compilerCache == nil {
		c, err := s.compiler()
		if err != nil {
			return err
		}
		s.compilerCache = c
	}
	compiled, err := s.compilerCache.Compile(documentsURL + document + "#/definitions/" + PointerToken(definition))
	if err != nil {
		return fmt.Errorf("compile %s: %w", definition, err)
	}
	value, err := toInterface(v)
	if err != nil {
		return err
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("validate %s: %w", definition, err)
	}
	return nil
}

// Compile compiles every definition with github.com/santhosh-tekuri/jsonschema, to check what this
// package accepted with an independent implementation. Each definition is compiled on its own, so
// unreferenced ones are checked too. It does nothing if Load found problems.
func (s *Set) Compile() error {
	if s.hasProblems {
		return nil
	}
	c, err := s.compiler()
	if err != nil {
		return err
	}
	var problems Problems
	for _, doc := range s.All() {
		for _, def := range doc.Root.Definitions {
			pointer := "#/definitions/" + PointerToken(def.Name)
			if _, err := c.Compile(documentsURL + doc.Path + pointer); err != nil {
				problems.Add(def.Pos(), "does not compile: %s", strings.ReplaceAll(err.Error(), documentsURL, ""))
			}
		}
	}
	return problems.Err()
}
