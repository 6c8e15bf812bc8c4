package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"seg.example/gen/route"
	"seg.example/internal/cli/clikit"
)

// PasswordField is the field with the operator's password, in every message that has one.
const PasswordField = "password"

// ParseFields converts arguments such as user_id=1 to the JSON object of the fields of a request.
// It returns an error about an unknown, repeated or missing field, or about a value that is not of
// the field's type. Fields in later may be missing: the caller adds them.
func ParseFields(m *route.Message, args []string, later ...string) (json.RawMessage, error) {
	object := []byte{'{'}
	given := map[string]bool{}
	for _, arg := range args {
		name, value, err := parseField(m, arg)
		if err != nil {
			return nil, err
		}
		if given[name] {
			return nil, fmt.Errorf("field %s is given twice", name)
		}
		given[name] = true
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(append(append(object, clikit.QuoteJSON(name)...), ':'), value...)
	}
	var missing []string
	for _, field := range m.Args {
		if field.Required && !given[field.Name] && !slices.Contains(later, field.Name) {
			missing = append(missing, field.Name)
		}
	}
	if len(missing) > 0 {
		text := fmt.Sprintf("%s needs %s", m.Type, strings.Join(missing, ", "))
		if slices.Contains(missing, PasswordField) {
			text += " (set SEG_PASSWORD to add the password to every message)"
		}
		return nil, errors.New(text + "; it takes " + fieldList(m))
	}
	return append(object, '}'), nil
}

// parseField returns the name of a field and its value, as JSON, from one argument.
func parseField(m *route.Message, arg string) (string, []byte, error) {
	name, text, ok := strings.Cut(arg, "=")
	if !ok {
		return "", nil, fmt.Errorf("%q is not FIELD=VALUE; %s takes %s", arg, m.Type, fieldList(m))
	}
	name, raw := strings.CutSuffix(name, ":")
	i := slices.IndexFunc(m.Args, func(a route.Arg) bool { return a.Name == name })
	if i < 0 {
		var names []string
		for _, a := range m.Args {
			names = append(names, a.Name)
		}
		return "", nil, fmt.Errorf("%s: %w", m.Type, clikit.UnknownName("field", name, names))
	}
	value := []byte(text)
	if file, ok := strings.CutPrefix(text, "@"); ok && !raw {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", nil, fmt.Errorf("field %s: %w", name, err)
		}
		value, raw = bytes.TrimSpace(data), true
	}
	if !raw {
		value = parseValue(m.Args[i].Type, text)
	}
	if !utf8.Valid(value) || !json.Valid(value) {
		if raw {
			return "", nil, fmt.Errorf("field %s: not valid JSON: %.100q", name, value)
		}
		return "", nil, fmt.Errorf("field %s must be %s, not %q", name, withArticle(m.Args[i].Type), text)
	}
	return name, value, nil
}

// parseValue converts text to JSON of the type typ, as route.Arg describes types. It returns nil if
// text is not such a value.
func parseValue(typ, text string) []byte {
	if typ, ok := strings.CutSuffix(typ, " or null"); ok {
		if value := parseValue(typ, text); value != nil || text != "null" {
			return value
		}
		return []byte("null")
	}
	if !utf8.ValidString(text) {
		return nil
	}
	switch typ {
	case "string":
		return []byte(clikit.QuoteJSON(text))
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil
		}
		return strconv.AppendInt(nil, n, 10)
	case "any":
		if json.Valid([]byte(text)) {
			return []byte(text)
		}
		return []byte(clikit.QuoteJSON(text))
	}
	if options := strings.Split(typ, " | "); len(options) > 1 || json.Valid([]byte(typ)) {
		return parseEnum(options, text)
	}
	if kinds := strings.Split(typ, " or "); len(kinds) > 1 {
		return parseUnion(kinds, text)
	}
	if !isJSONType(typ, text) {
		return nil
	}
	return []byte(text)
}

// parseEnum returns the option, a JSON text, that text means. Quotes around a string are optional.
func parseEnum(options []string, text string) []byte {
	for _, option := range options {
		if text == option || clikit.QuoteJSON(text) == option {
			return []byte(option)
		}
	}
	return nil
}

// parseUnion converts text to JSON of one of several types. It is a string only if it is none of
// the others.
func parseUnion(kinds []string, text string) []byte {
	for _, kind := range kinds {
		if kind != "string" && isJSONType(kind, text) {
			return []byte(text)
		}
	}
	if slices.Contains(kinds, "string") {
		return []byte(clikit.QuoteJSON(text))
	}
	return nil
}

// isJSONType reports whether text is JSON of the type typ.
func isJSONType(typ, text string) bool {
	if !json.Valid([]byte(text)) {
		return false
	}
	first := strings.TrimLeft(text, " \t\r\n")[0]
	switch {
	case typ == "boolean":
		return first == 't' || first == 'f'
	case typ == "null":
		return first == 'n'
	case typ == "number":
		return first == '-' || first >= '0' && first <= '9'
	case typ == "array", strings.HasPrefix(typ, "array of "):
		return first == '['
	}
	return first == '{' // an object, a map, or a named type
}

// withArticle returns the type typ in words, with an article where it needs one.
func withArticle(typ string) string {
	switch typ {
	case "integer", "object", "array":
		return "an " + typ
	case "boolean":
		return "true or false"
	case "number", "string":
		return "a " + typ
	}
	return strings.ReplaceAll(typ, " | ", " or ")
}

// fieldList lists the fields of a message. Optional ones are in brackets.
func fieldList(m *route.Message) string {
	if len(m.Args) == 0 {
		return "no fields"
	}
	var fields []string
	for _, a := range m.Args {
		if a.Required {
			fields = append(fields, a.Name)
		} else {
			fields = append(fields, "["+a.Name+"]")
		}
	}
	return strings.Join(fields, " ")
}
