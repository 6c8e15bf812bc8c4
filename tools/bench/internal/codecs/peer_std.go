package codecs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"seg.example/schema"
	"seg.example/tools/bench/internal/shape"
)

// stdTasks returns the tasks of encoding/json.
func stdTasks(t texts) (tasks, error) {
	all := tasks{}
	if err := addShapes(all, t, std[shape.Offer](nil), std[shape.Company](nil), std[shape.Companies](nil)); err != nil {
		return nil, err
	}
	addFindType(all, t, func(frame []byte) (string, error) {
		var head shape.Head
		err := json.Unmarshal(frame, &head)
		return head.Type, err
	})
	return all, nil
}

// addShapes adds the tasks of a peer with the types of package shape.
func addShapes(all tasks, t texts, offer codec[shape.Offer], company codec[shape.Company], companies codec[shape.Companies]) error {
	if err := add(all, Offer, t.offer, offer); err != nil {
		return err
	}
	if err := add(all, Company, t.company, company); err != nil {
		return err
	}
	return add(all, Companies, t.companies, companies)
}

// std returns the codec of encoding/json. If check is not nil, it validates each text first.
func std[T any](check func(text []byte) error) codec[T] {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	return codec[T]{
		decode: func(text []byte, v *T) error {
			if check != nil {
				if err := check(text); err != nil {
					return err
				}
			}
			return json.Unmarshal(text, v)
		},
		fresh: func(v *T) ([]byte, error) { return json.Marshal(v) },
		reused: func(_ []byte, v *T) ([]byte, error) {
			out.Reset()
			err := encoder.Encode(v)
			return out.Bytes(), err
		},
	}
}

// validatedTasks returns the tasks of encoding/json with a JSON Schema validator. Each text is
// decoded twice: for the validator and for the value. Encoding is that of encoding/json.
func validatedTasks(t texts) (tasks, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.LoadURL = func(url string) (io.ReadCloser, error) { return schema.FS.Open(strings.TrimPrefix(url, "schema:///")) }
	offer, err := validatorFor(c, "requests/exchange.json#/definitions/CreateExchangeOffer")
	if err != nil {
		return nil, err
	}
	company, err := validatorFor(c, "types/company.json#/definitions/Company")
	if err != nil {
		return nil, err
	}
	companies, err := validatorFor(c, "types/company.json#/definitions/CompanyList")
	if err != nil {
		return nil, err
	}
	all := tasks{}
	err = addShapes(all, t, std[shape.Offer](offer), std[shape.Company](company), std[shape.Companies](companies))
	for what := range all {
		if what.Op == EncodeFresh || what.Op == EncodeReused {
			delete(all, what)
		}
	}
	return all, err
}

// validatorFor returns a function that validates a text against the definition at path.
func validatorFor(c *jsonschema.Compiler, path string) (func(text []byte) error, error) {
	compiled, err := c.Compile("schema:///" + path)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", path, err)
	}
	return func(text []byte) error {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return err
		}
		return compiled.Validate(v)
	}, nil
}
