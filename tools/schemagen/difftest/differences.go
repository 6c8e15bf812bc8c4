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

// difference is a way in which a codec may judge otherwise than JSON Schema does.
type difference struct {
	name string

	// explains reports whether the verdicts on text may be opposed because of this difference. err is the codec's; where it is
	// nil the oracle refuses.
	explains func(s *Suite, typ Type, text []byte, err error) bool
}

// Differences returns the names of all differences that are known here.
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
		return s.keyword(err) == "duplicate" && facts(text).duplicate
	}},
	{"depth", func(s *Suite, _ Type, text []byte, err error) bool {
		return s.keyword(err) == "depth" && facts(text).depth > 16
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
			at, found := find(text, r.Path)
			return ok && found && slices.Contains([]string{"minimum", "maximum"}, r.Keyword) && digits.Match(at)
		}
		// The oracle has a limit on how many digits there are; without leading zeros it has nothing to say.
		trimmed := leadingZeros.ReplaceAll(text, []byte(`"$1"`))
		return !bytes.Equal(trimmed, text) && s.Oracle.Check(typ.Document, typ.Name, trimmed) == nil
	}},
}

var (
	digits       = regexp.MustCompile(`^"[0-9]+"$`)
	leadingZeros = regexp.MustCompile(`"0+([0-9]+)"`)
)

// keyword is that of the codec's error; empty when there is none.
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
	at, ok := find(text, r.Path)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(string(at))
}

// find returns the text of the value at a JSON pointer.
func find(text []byte, pointer string) (json.RawMessage, bool) {
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

// shape is what a text is besides its value.
type shape struct {
	duplicate bool
	depth     int
}

// facts reads a text that is JSON.
func facts(text []byte) shape {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var f shape
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
		if len(open) > 0 && open[len(open)-1].meets(token) {
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
	atName bool            // a name comes next, not a value
}

// meets takes the next token inside c and reports whether it is a name for the second time.
func (c *container) meets(token json.Token) (twice bool) {
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

// unit finds the escapes of a string, so that a pair of surrogates is one.
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
