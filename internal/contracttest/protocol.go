package contracttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// baseURL is the prefix of document paths, because the validator needs URLs. Nothing is fetched.
const baseURL = "https://schema.invalid/"

// protocol holds the compiled schemas of all messages.
type protocol struct {
	requests   map[string]*request   // by wire type
	broadcasts map[string]*broadcast // by wire type
	frames     map[string]*envelope  // by wire type
	broadcast  *jsonschema.Schema    // what every broadcast's frame is like
	refusal    *jsonschema.Schema    // data of a response that refuses
}

type request struct {
	frame   *jsonschema.Schema // the frame, as a reader sees it
	answer  *jsonschema.Schema // as the server writes it; nil: null
	asFrame bool
	emits   []string
	errors  []string
	planned bool
}

type broadcast struct {
	data    *jsonschema.Schema
	planned bool
}

type envelope struct {
	schema  *jsonschema.Schema
	planned bool
}

// commonErrorCodes returns the error codes that every request may get.
func commonErrorCodes() []string {
	return []string{
		"missing_field", "invalid_field", "unauthorized", "internal", "rate_limited", "too_large", "invalid_json", "unknown_type",
	}
}

// definition holds the x- keywords of a definition.
type definition struct {
	Request   string          `json:"x-request"`
	Broadcast string          `json:"x-broadcast"`
	Frame     string          `json:"x-frame"`
	Answer    json.RawMessage `json:"x-answer"`
	AnswerAs  string          `json:"x-answer-as"`
	Emits     []string        `json:"x-emits"`
	Errors    []string        `json:"x-errors"`
	Planned   bool            `json:"x-planned"`
}

// compiler compiles definitions twice: as clients read them, and as the server writes them, where fields
// with x-always are required.
type compiler struct {
	read, written *jsonschema.Compiler
	protocol      *protocol
}

// compile compiles the contract in fsys.
func compile(fsys fs.FS) (*protocol, error) {
	var index struct {
		Contract struct{ Documents []string } `json:"x-contract"`
	}
	if err := readJSON(fsys, "contract.json", &index); err != nil {
		return nil, err
	}
	l := &compiler{read: newCompiler(), written: newCompiler(), protocol: &protocol{
		requests: map[string]*request{}, broadcasts: map[string]*broadcast{}, frames: map[string]*envelope{},
	}}
	for _, name := range index.Contract.Documents {
		if err := l.add(fsys, name); err != nil {
			return nil, err
		}
	}
	for _, name := range index.Contract.Documents {
		if err := l.document(fsys, name); err != nil {
			return nil, err
		}
	}
	if l.protocol.broadcast == nil || l.protocol.refusal == nil || l.protocol.frames["response"] == nil {
		return nil, errors.New("the documents must define Broadcast, ErrorData and a frame \"response\"")
	}
	return l.protocol, nil
}

func newCompiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	return c
}

func readJSON(fsys fs.FS, name string, into any) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read schema %s: %w", name, err)
	}
	return nil
}

// add adds a document to both compilers.
func (l *compiler) add(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if err := l.read.AddResource(baseURL+name, bytes.NewReader(text)); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	tree, err := parse(text)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	requireAlways(tree)
	if text, err = json.Marshal(tree); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := l.written.AddResource(baseURL+name, bytes.NewReader(text)); err != nil {
		return fmt.Errorf("add %s as it is written: %w", name, err)
	}
	return nil
}

// requireAlways makes every property with x-always required, in place.
func requireAlways(node any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			requireAlways(item)
		}
	case map[string]any:
		properties, _ := node["properties"].(map[string]any)
		for name, property := range properties {
			if p, ok := property.(map[string]any); ok && isTrue(p["x-always"]) {
				require(node, name)
			}
		}
		for _, child := range node {
			requireAlways(child)
		}
	}
}

func require(node map[string]any, name string) {
	if required, _ := node["required"].([]any); !slices.Contains(required, any(name)) {
		node["required"] = append(required, name)
	}
}

func isTrue(v any) bool {
	b, ok := v.(bool)
	return ok && b
}

// document compiles the definitions of a document.
func (l *compiler) document(fsys fs.FS, name string) error {
	var content struct{ Definitions map[string]json.RawMessage }
	if err := readJSON(fsys, name, &content); err != nil {
		return err
	}
	for key, text := range content.Definitions {
		var d definition
		if err := json.Unmarshal(text, &d); err != nil {
			return fmt.Errorf("%s: %s: %w", name, key, err)
		}
		at := baseURL + name + "#/definitions/" + key
		if err := l.definition(at, &d); err != nil {
			return fmt.Errorf("%s: %s: %w", name, key, err)
		}
	}
	return nil
}

func (l *compiler) definition(at string, d *definition) (err error) {
	switch {
	case d.Request != "":
		return l.request(at, d)
	case d.Broadcast != "":
		b := &broadcast{planned: d.Planned}
		l.protocol.broadcasts[d.Broadcast] = b
		b.data, err = l.written.Compile(at)
	case d.Frame != "":
		f := &envelope{planned: d.Planned}
		l.protocol.frames[d.Frame] = f
		f.schema, err = l.written.Compile(at)
	case path.Base(at) == "Broadcast":
		l.protocol.broadcast, err = l.written.Compile(at)
	case path.Base(at) == "ErrorData":
		l.protocol.refusal, err = l.written.Compile(at)
	}
	return err
}

func (l *compiler) request(at string, d *definition) (err error) {
	r := &request{emits: d.Emits, errors: append(commonErrorCodes(), d.Errors...), planned: d.Planned, asFrame: d.AnswerAs == "frame"}
	l.protocol.requests[d.Request] = r
	if r.frame, err = l.read.Compile(at); err != nil {
		return err
	}
	if d.Answer != nil {
		r.answer, err = l.written.Compile(at + "/x-answer")
	}
	return err
}

// served returns the types of all requests that are not planned, sorted.
func (p *protocol) served() []string {
	var types []string
	for name, r := range p.requests {
		if !r.planned {
			types = append(types, name)
		}
	}
	slices.Sort(types)
	return types
}

// parse decodes JSON and keeps numbers as text.
func parse(text []byte) (any, error) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, fmt.Errorf("parse JSON: %w", err)
	}
	// Not More: it returns false for an extra closing bracket.
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("parse JSON: more than one value")
	}
	return v, nil
}

// hasModerateNumbers reports whether the validator can handle the numbers in v. It converts them to exact
// fractions, so a large exponent takes seconds or causes a panic.
func hasModerateNumbers(v any) bool {
	switch v := v.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(v.String()), "e")
		return len(v) <= 64 && len(strings.TrimLeft(exponent, "+-0")) <= 2
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !hasModerateNumbers(item) })
	case map[string]any:
		for _, item := range v {
			if !hasModerateNumbers(item) {
				return false
			}
		}
	}
	return true
}
