package tsgen

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// typeName is the TypeScript name of a definition. Nearly all definitions have valid names.
// Dropping characters from the others does not make two names equal, which lower checks.
func typeName(name string) string {
	if isIdentifier(name) && !reservedWords[name] {
		return name
	}
	return pascal(name)
}

// pascal writes each word of a name with a capital. It adds an X at the beginning if there is no
// letter.
func pascal(name string) string {
	var out strings.Builder
	for _, word := range splitWords(name) {
		out.WriteString(capitalize(word))
	}
	if first, _ := utf8.DecodeRuneInString(out.String()); !unicode.IsLetter(first) {
		return "X" + out.String()
	}
	return out.String()
}

// methodName is the name of a request's method: createUser for "create-user". A name that the
// client uses itself gets an underscore at the end.
func methodName(wire string) string {
	name := pascal(wire)
	first, size := utf8.DecodeRuneInString(name)
	name = string(unicode.ToLower(first)) + name[size:]
	if reservedMethods[name] {
		return name + "_"
	}
	return name
}

// splitWords splits a name at every run of characters that are neither letters nor digits.
func splitWords(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func capitalize(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

// propertyName is the name of a property or method, quoted if necessary.
func propertyName(name string) string {
	if isIdentifier(name) {
		return name
	}
	return quote(name)
}

// isIdentifier reports whether name is a TypeScript identifier or keyword.
func isIdentifier(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == '$' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// quote is a string literal.
func quote(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // no string fails
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func newSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// reservedWords are the words that cannot be names of types.
var reservedWords = newSet( //nolint:gochecknoglobals // a table
	"any", "async", "await", "bigint", "boolean", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
	"delete", "do", "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import",
	"in", "infer", "instanceof", "interface", "keyof", "let", "never", "new", "null", "number", "object", "package", "private",
	"protected", "public", "readonly", "return", "static", "string", "super", "switch", "symbol", "this", "throw", "true", "try",
	"type", "typeof", "undefined", "unique", "unknown", "var", "void", "while", "with", "yield",
)

// reservedMethods are the names of the client's own members, and of members that JavaScript expects
// in every object.
var reservedMethods = newSet( //nolint:gochecknoglobals // a table
	"close", "closed", "events", "on", "opened", "position", "request", "state",
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "prototype", "then", "toJSON", "toLocaleString",
	"toString", "valueOf",
)

// connectOptions are the options of connect in every protocol.
var connectOptions = newSet( //nolint:gochecknoglobals // a table
	"clientId", "clientKey", "heartbeat", "onError", "queueLimit", "retry", "sessionId", "since", "storage", "timeout", "validate",
	"WebSocket",
)

// clientEvents are the events of the client besides broadcasts.
var clientEvents = newSet("*", "resync", "state", "warning", "welcome") //nolint:gochecknoglobals // a table

// clientErrors are the error classes of every package.
var clientErrors = newSet("BehindError", "ClosedError", "ProtocolError", "TimeoutError") //nolint:gochecknoglobals // a table
