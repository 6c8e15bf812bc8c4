package suite_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
)

// mutate changes a part of a value.
func mutate(chance *rand.Rand, text []byte) []byte {
	value, err := decoded(text)
	if err != nil {
		return text // the text may be invalid
	}
	for range 1 + chance.IntN(2) {
		value = mutated(chance, value)
	}
	out, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return out
}

func decoded(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}

// junk are replacements for values.
var junk = []any{
	nil, true, false, "", "a", "kind", "circle", "größe", "2024-02-29T23:59:59Z",
	json.Number("0"), json.Number("-1"), json.Number("1.50"), json.Number("1e2"), json.Number("9007199254740992"), json.Number("1e30"), json.Number("0.01"),
	[]any{},
	map[string]any{},
	[]any{json.Number("1"), json.Number("1.0")},
}

// mutated changes a value or a part of it.
func mutated(chance *rand.Rand, value any) any {
	switch v := value.(type) {
	case []any:
		switch i := chance.IntN(len(v) + 1); {
		case i == len(v):
			return append(v, junk[chance.IntN(len(junk))])
		case chance.IntN(3) == 0:
			return append(v, v[i])
		default:
			v[i] = mutated(chance, v[i])
			return v
		}
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		switch i := chance.IntN(len(names) + 1); {
		case i == len(names):
			v[[]string{"more", "id", "data", "größe", "Ab-1", "__proto__"}[chance.IntN(6)]] = junk[chance.IntN(len(junk))]
		case chance.IntN(4) == 0:
			delete(v, names[i])
		case chance.IntN(4) == 0:
			v[names[i]] = v[names[chance.IntN(len(names))]]
		default:
			v[names[i]] = mutated(chance, v[names[i]])
		}
		return v
	}
	return junk[chance.IntN(len(junk))]
}
