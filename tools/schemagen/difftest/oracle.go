package difftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"
)

// Oracle validates values against the documents of a protocol.
type Oracle struct {
	schemas map[string]*jsonschema.Schema // by document and definition
	always  map[string]bool               // locations of the properties that the codec always writes
}

// NewOracle compiles every definition of the documents at the given paths in fsys.
func NewOracle(fsys fs.FS, documents ...string) (*Oracle, error) {
	useGrammars()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	o := &Oracle{schemas: map[string]*jsonschema.Schema{}, always: map[string]bool{}}
	names := map[string][]string{}
	for _, doc := range documents {
		text, err := fs.ReadFile(fsys, doc)
		if err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		var parsed struct {
			Definitions map[string]json.RawMessage `json:"definitions"`
		}
		if err := json.Unmarshal(text, &parsed); err != nil {
			return nil, fmt.Errorf("parse %s: %w", doc, err)
		}
		for name, definition := range parsed.Definitions {
			names[doc] = append(names[doc], name)
			o.findAlways(base+doc+"#/definitions/"+name, definition)
		}
		if err := c.AddResource(base+doc, bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("add %s: %w", doc, err)
		}
	}
	for doc, all := range names {
		for _, name := range all {
			s, err := c.Compile(base + doc + "#/definitions/" + name)
			if err != nil {
				return nil, fmt.Errorf("compile %s: %w", name, err)
			}
			o.schemas[doc+"#"+name] = s
		}
	}
	return o, nil
}

// findAlways finds the properties with x-always inside the schema at location.
func (o *Oracle) findAlways(location string, text json.RawMessage) {
	var s struct {
		Always     bool                       `json:"x-always"`
		Properties map[string]json.RawMessage `json:"properties"`
		AllOf      []json.RawMessage          `json:"allOf"`
	}
	if json.Unmarshal(text, &s) != nil {
		return // a boolean schema
	}
	if s.Always {
		o.always[location] = true
	}
	for name, property := range s.Properties {
		o.findAlways(location+"/properties/"+name, property)
	}
	for i, part := range s.AllOf {
		o.findAlways(fmt.Sprintf("%s/allOf/%d", location, i), part)
	}
}

const base = "mem:///"

// Schema returns the compiled definition; nil if there is none.
func (o *Oracle) Schema(document, name string) *jsonschema.Schema {
	return o.schemas[document+"#"+name]
}

// ErrNotJSON means that a text is not a JSON value.
var ErrNotJSON = errors.New("not one JSON value in UTF-8")

// Check validates text, which must be Judgeable.
func (o *Oracle) Check(document, name string, text []byte) error {
	if !utf8.Valid(text) || !json.Valid(text) {
		return ErrNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if err := o.Schema(document, name).Validate(v); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}

var exponents = regexp.MustCompile(`[0-9][eE][+-]?([0-9]+)`)

// Judgeable reports whether the oracle can validate text: it panics for an exponent of millions,
// and takes a tenth of a second for one of hundreds of thousands.
func Judgeable(text []byte) bool {
	for _, m := range exponents.FindAllSubmatch(text, -1) {
		if v, err := strconv.Atoi(string(m[1])); err != nil || v > 1000 {
			return false
		}
	}
	return true
}

// Draw draws a value that a definition accepts, as JSON text in the simplest notation. Properties
// with x-always are present, as our side writes them. It returns an error if the value is invalid:
// the drawer does not support every schema, such as a required property without a schema.
func (o *Oracle) Draw(t *rapid.T, document, name string) ([]byte, error) {
	text := draw(drawer{T: t, sure: o.always}, o.Schema(document, name), 0).print(0)
	return text, o.Check(document, name, text)
}
