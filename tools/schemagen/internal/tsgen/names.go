package tsgen

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// typeName is what a definition is called. Definitions have names that programs can write, nearly always; what is dropped from
// others does not make two the same, which lower has seen to.
func typeName(name string) string {
	if isIdentifier(name) && !reserved[name] {
		return name
	}
	return pascal(name)
}

// pascal writes each word of a name with a capital, after an X where a letter is wanting at the beginning.
func pascal(name string) string {
	var out strings.Builder
	for _, word := range split(name) {
		out.WriteString(upper(word))
	}
	if first, _ := utf8.DecodeRuneInString(out.String()); !unicode.IsLetter(first) {
		return "X" + out.String()
	}
	return out.String()
}

// methodName is what the method is called that makes a request: "create-user" is createUser. A name that clients have another
// use for gets an underscore behind it.
func methodName(wire string) string {
	name := pascal(wire)
	first, size := utf8.DecodeRuneInString(name)
	name = string(unicode.ToLower(first)) + name[size:]
	if members[name] {
		return name + "_"
	}
	return name
}

// split splits at every run of characters that are neither letters nor digits.
func split(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func upper(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

// key is the name of a property or method as it is written.
func key(name string) string {
	if isIdentifier(name) {
		return name
	}
	return quote(name)
}

// isIdentifier reports whether name can stand where TypeScript wants a name, keywords aside.
func isIdentifier(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == '$' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// quote writes a string.
func quote(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // no string fails
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// reserved are the words that no type can be called.
var reserved = setOf( //nolint:gochecknoglobals // a table
	"any", "async", "await", "bigint", "boolean", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
	"delete", "do", "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import",
	"in", "infer", "instanceof", "interface", "keyof", "let", "never", "new", "null", "number", "object", "package", "private",
	"protected", "public", "readonly", "return", "static", "string", "super", "switch", "symbol", "this", "throw", "true", "try",
	"type", "typeof", "undefined", "unique", "unknown", "var", "void", "while", "with", "yield",
)

// members are what a client has besides the methods that make requests, and what JavaScript looks for in every object.
var members = setOf( //nolint:gochecknoglobals // a table
	"close", "closed", "events", "on", "opened", "position", "request", "state",
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "prototype", "then", "toJSON", "toLocaleString",
	"toString", "valueOf",
)

// connectOptions are the options of connect that every protocol has.
var connectOptions = setOf( //nolint:gochecknoglobals // a table
	"clientId", "clientKey", "heartbeat", "onError", "queueLimit", "retry", "sessionId", "since", "storage", "timeout", "validate",
	"WebSocket",
)

// ownEvents are what clients listen to besides broadcasts.
var ownEvents = setOf("*", "resync", "state", "warning", "welcome") //nolint:gochecknoglobals // a table

// ownErrors are the classes of errors that every package has.
var ownErrors = setOf("BehindError", "ClosedError", "ProtocolError", "TimeoutError") //nolint:gochecknoglobals // a table
