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

// Keywords is the meta-schema of the generator's own keywords: a draft-07 document against which the object made of a schema's
// x- keywords is held.
//
//go:embed keywords.json
var Keywords []byte

const keywordsURL = "schemagen:///keywords.json"

// metaSchemas are the compiled meta-schemas.
type metaSchemas struct {
	draft *jsonschema.Schema            // draft-07 itself
	own   map[string]*jsonschema.Schema // one for each of our keywords
	err   error
}

// loadMeta compiles the meta-schemas once; they never change.
var loadMeta = sync.OnceValue(func() metaSchemas { //nolint:gochecknoglobals // a constant that takes time to make
	m := metaSchemas{own: map[string]*jsonschema.Schema{}}
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
		m.own[keyword.Key] = compiled
	}
	return m
})

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	return c
}

// plain turns a value into what encoding/json makes of it with UseNumber.
func plain(v *Value) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(JSON(v)))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("read value again: %w", err)
	}
	return out, nil
}

// checkDraft validates a document against draft-07 and removes what draft-07 does not allow, so that one mistake does not hide the others. It
// reports whether something is left.
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
	for !hold(root, meta.draft, "draft-07", problems) {
		data, err := plain(root)
		if err != nil {
			return false
		}
		wrong, ok := errors.AsType[*jsonschema.ValidationError](meta.draft.Validate(data))
		if !ok {
			return false
		}
		for _, leaf := range leaves(wrong) {
			if !root.remove(leaf.InstanceLocation) {
				return false
			}
		}
	}
	return true
}

// remove removes the member of an object that a JSON pointer leads to, or the innermost one on the way to it. It reports whether there was one.
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

// hold validates a value, notes every place that is wrong, and reports whether none is.
func hold(v *Value, against *jsonschema.Schema, name string, problems *Problems) bool {
	data, err := plain(v)
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
	all := leaves(wrong)
	for _, leaf := range all {
		at := find(v, leaf.InstanceLocation)
		if strings.HasSuffix(leaf.KeywordLocation, "/properties/type/anyOf") {
			problems.Add(at.Pos, "%s", wrongType(at))
			continue
		}
		problems.Add(at.Pos, "%s does not allow this: %s", name, leaf.Message)
	}
	return len(all) == 0
}

// leaves returns the innermost causes, but does not look into the branches of an anyOf: they say why each of several
// possibilities failed, which helps nobody. Formats (of patterns and references) are left to those who read them.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if strings.HasSuffix(e.KeywordLocation, "/format") {
		return nil
	}
	if len(e.Causes) == 0 || strings.HasSuffix(e.KeywordLocation, "/anyOf") {
		if e.Message == "anyOf failed" {
			e.Message = "it has none of the allowed forms"
		}
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// jsonTypes are the values of the keyword type.
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

// find returns the value that a JSON pointer leads to below v, or the last one on the way.
func find(v *Value, pointer string) *Value {
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

// base is where the documents of a protocol lie for the compiler.
const base = "schemagen:///schema/"

// compiler returns a compiler that knows all documents.
func (s *Set) compiler() (*jsonschema.Compiler, error) {
	c := newCompiler()
	for _, doc := range s.All() {
		if err := c.AddResource(base+doc.Path, bytes.NewReader(JSON(doc.Root.Value))); err != nil {
			return nil, fmt.Errorf("compile %s: %w", doc.Path, err)
		}
	}
	return c, nil
}

// Judge has github.com/santhosh-tekuri/jsonschema say whether a definition of a document accepts a value. The error is what is wrong
// with the value, or with the documents.
func (s *Set) Judge(document, definition string, v *Value) error {
	if s.judges == nil {
		c, err := s.compiler()
		if err != nil {
			return err
		}
		s.judges = c
	}
	compiled, err := s.judges.Compile(base + document + "#/definitions/" + PointerToken(definition))
	if err != nil {
		return fmt.Errorf("compile %s: %w", definition, err)
	}
	value, err := plain(v)
	if err != nil {
		return err
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("validate %s: %w", definition, err)
	}
	return nil
}

// Compile compiles every definition with github.com/santhosh-tekuri/jsonschema as a second opinion on what the package has
// accepted: each by its pointer, so that those that nothing refers to are seen too. A set in which Load has found problems has not been accepted,
// and is not compiled.
func (s *Set) Compile() error {
	if s.wrong {
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
			if _, err := c.Compile(base + doc.Path + pointer); err != nil {
				problems.Add(def.Pos(), "does not compile: %s", strings.ReplaceAll(err.Error(), base, ""))
			}
		}
	}
	return problems.Err()
}
