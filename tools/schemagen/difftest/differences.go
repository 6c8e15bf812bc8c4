package difftest

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// difference is a deliberate difference between a codec and JSON Schema.
type difference struct {
	name string

	// explains reports whether this difference explains different verdicts on text. err is the
	// codec's error; if it is nil, the oracle refuses the text.
	explains func(s *Suite, typ Type, text []byte, err error) bool
}

// Differences returns the names of all known differences.
func Differences() []string {
	names := make([]string, len(differences))
	for i, d := range differences {
		names[i] = d.name
	}
	return names
}

//nolint:gochecknoglobals // a table
var differences = []difference{
	{"duplicate", func(s *Suite, _ Type, text []byte, err error) bool {
		return s.keyword(err) == "duplicate" && scanText(text).duplicate
	}},
	{"depth", func(s *Suite, _ Type, text []byte, err error) bool {
		return s.keyword(err) == "depth" && scanText(text).depth > 16
	}},
	{"surrogate", func(s *Suite, _ Type, text []byte, err error) bool {
		return s.keyword(err) == "syntax" && halfSurrogate(text)
	}},
	{"int64", func(s *Suite, _ Type, text []byte, err error) bool {
		x, ok := s.number(text, err)
		return ok && x.IsInt() && !x.Num().IsInt64()
	}},
	{"float64", func(s *Suite, _ Type, text []byte, err error) bool {
		x, ok := s.number(text, err)
		if !ok {
			return false
		}
		f, _ := x.Float64()
		return f > 1e308 || f < -1e308
	}},
	{"null", func(s *Suite, typ Type, text []byte, err error) bool {
		without, found := dropNulls(text)
		return err == nil && typ.Request && found && s.Oracle.Check(typ.Document, typ.Name, without) == nil
	}},
	{"coerce", func(s *Suite, typ Type, text []byte, err error) bool {
		if err != nil {
			r, ok := s.Refusal(err)
			at, found := valueAt(text, r.Path)
			return ok && found && slices.Contains([]string{"minimum", "maximum"}, r.Keyword) && digits.Match(at)
		}
		// The oracle limits the number of digits, so leading zeros are removed.
		trimmed := leadingZeros.ReplaceAll(text, []byte(`"$1"`))
		return !bytes.Equal(trimmed, text) && s.Oracle.Check(typ.Document, typ.Name, trimmed) == nil
	}},
}

var (
	digits       = regexp.MustCompile(`^"[0-9]+"$`)
	leadingZeros = regexp.MustCompile(`"0+([0-9]+)"`)
)

// keyword returns the keyword of the codec's error; empty if there is none.
func (s *Suite) keyword(err error) string {
	if err == nil {
		return ""
	}
	r, _ := s.Refusal(err)
	return r.Keyword
}

// number returns the number that the codec found too small or too large.
func (s *Suite) number(text []byte, err error) (*big.Rat, bool) {
	if k := s.keyword(err); k != "minimum" && k != "maximum" {
		return nil, false
	}
	r, _ := s.Refusal(err)
	at, ok := valueAt(text, r.Path)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(string(at))
}

// valueAt returns the text of the value at a JSON pointer.
func valueAt(text []byte, pointer string) (json.RawMessage, bool) {
	at := json.RawMessage(text)
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if i, err := strconv.Atoi(token); err == nil && bytes.HasPrefix(bytes.TrimSpace(at), []byte("[")) {
			var items []json.RawMessage
			if json.Unmarshal(at, &items) != nil || i >= len(items) {
				return nil, false
			}
			at = items[i]
			continue
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(at, &members) != nil {
			return nil, false
		}
		at = members[token]
	}
	return bytes.TrimSpace(at), at != nil
}

// dropNulls removes the members of an object that are null.
func dropNulls(text []byte) (without []byte, found bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil, false
	}
	for name, value := range members {
		if string(value) == "null" {
			delete(members, name)
			found = true
		}
	}
	without, err := json.Marshal(members)
	return without, found && err == nil
}

// textFacts are properties of a JSON text that are not part of its value.
type textFacts struct {
	duplicate bool
	depth     int
}

// scanText reads a valid JSON text.
func scanText(text []byte) textFacts {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var f textFacts
	var open []*container
	for {
		token, err := d.Token()
		if err != nil {
			return f
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 && open[len(open)-1].isDuplicateKey(token) {
			f.duplicate = true
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &container{names: map[string]bool{}, atName: true})
		case json.Delim('['):
			open = append(open, &container{})
		}
		f.depth = max(f.depth, len(open))
	}
}

// container is an object or an array that is being read.
type container struct {
	names  map[string]bool // nil for an array
	atName bool            // the next token is a name
}

// isDuplicateKey handles the next token inside c and reports whether it is a duplicate name.
func (c *container) isDuplicateKey(token json.Token) (twice bool) {
	if c.names == nil {
		return false
	}
	if !c.atName {
		c.atName = true
		return false
	}
	name, _ := token.(string)
	twice = c.names[name]
	c.names[name], c.atName = true, false
	return twice
}

// unit matches the escapes of a string; a surrogate pair is one match.
var unit = regexp.MustCompile(
	`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)

// halfSurrogate reports whether text has an escape of half a surrogate pair.
func halfSurrogate(text []byte) bool {
	for _, m := range unit.FindAll(text, -1) {
		if len(m) == 6 {
			return true
		}
	}
	return false
}
