package ruleset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/schema"
)

// schemaFile is the JSON Schema of rulesets.
const schemaFile = "ruleset.schema.json"

// checkSchema validates document against the schema.
func checkSchema(document []byte) error {
	file, err := schema.FS.Open(schemaFile)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // an embedded file that has been read closes without error
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaFile, file); err != nil {
		return err
	}
	compiled, err := compiler.Compile(schemaFile)
	if err != nil {
		return err
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err
	}
	err = compiled.Validate(v)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		var all problems
		all.addLeaves(invalid)
		return all.err()
	}
	return err
}

// addLeaves adds the innermost errors, without the errors of the objects around them.
func (p *problems) addLeaves(e *jsonschema.ValidationError) {
	if len(e.Causes) == 0 {
		p.add(e.InstanceLocation, "%s", e.Message)
	}
	for _, cause := range e.Causes {
		p.addLeaves(cause)
	}
}

// checkJSON refuses what encoding/json accepts: duplicate keys, text after the document, and numbers
// that are not whole or have more than 16 digits.
func checkJSON(document []byte) error {
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	if err := checkValue(dec, ""); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the document")
	}
	return nil
}

// checkValue reads one value, at the JSON pointer at.
func checkValue(dec *json.Decoder, at string) error {
	token, err := nextToken(dec, at)
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		err = checkMembers(dec, at)
	case json.Delim('['):
		for i := 0; err == nil && dec.More(); i++ {
			err = checkValue(dec, fmt.Sprintf("%s/%d", at, i))
		}
	default:
		return checkNumber(token, at)
	}
	if err == nil {
		_, err = nextToken(dec, at) // the end of the object or array
	}
	return err
}

// nextToken reads one token of the value at the JSON pointer at.
func nextToken(dec *json.Decoder, at string) (json.Token, error) {
	token, err := dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pointerName(at), err)
	}
	return token, nil
}

func checkMembers(dec *json.Decoder, at string) error {
	seen := map[json.Token]bool{}
	for dec.More() {
		key, err := nextToken(dec, at)
		if err != nil {
			return err
		}
		member := fmt.Sprintf("%s/%v", at, key)
		if seen[key] {
			return fmt.Errorf("%s: duplicate key", member)
		}
		seen[key] = true
		if err := checkValue(dec, member); err != nil {
			return err
		}
	}
	return nil
}

func checkNumber(token json.Token, at string) error {
	number, ok := token.(json.Number)
	if !ok {
		return nil
	}
	if digits := strings.TrimPrefix(number.String(), "-"); len(digits) > 16 || strings.Trim(digits, "0123456789") != "" {
		return fmt.Errorf("%s: %s is not a whole number of at most 16 digits", at, number)
	}
	return nil
}

// pointerName returns the JSON pointer at, or words for the empty one.
func pointerName(at string) string {
	if at == "" {
		return "the document"
	}
	return at
}

// problems collects the problems of a document.
type problems []string

func (p *problems) add(at, format string, args ...any) {
	*p = append(*p, pointerName(at)+": "+fmt.Sprintf(format, args...))
}

// err returns nil, or an error with all problems, one per line, sorted.
func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	slices.Sort(*p)
	return errors.New(strings.Join(*p, "\n"))
}
