package gogen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go names write in capitals.
var initialisms = map[string]string{ //nolint:gochecknoglobals // a table
	"api": "API", "html": "HTML", "http": "HTTP", "https": "HTTPS", "id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON",
	"sql": "SQL", "tls": "TLS", "uri": "URI", "url": "URL", "utf8": "UTF8", "uuid": "UUID", "xml": "XML",
}

// GoName converts a name such as "session_id", "create-user" or "CreateUser" to an exported Go
// name. Every character that is not a letter or digit separates words; each word starts with a
// capital, and initialisms are in capitals: SessionID. If the result is empty or starts with a
// digit, it gets the prefix X.
func GoName(name string) string {
	out := pascal(words(name))
	if first, _ := utf8.DecodeRuneInString(out); !unicode.IsUpper(first) {
		return "X" + out
	}
	return out
}

func pascal(words []string) string {
	var out strings.Builder
	for _, word := range words {
		if whole, ok := initialisms[strings.ToLower(word)]; ok {
			out.WriteString(whole)
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		out.WriteRune(unicode.ToUpper(first))
		out.WriteString(word[size:])
	}
	return out.String()
}

// LocalName is GoName with a lower-case first word, for unexported names: sessionID, idOfUser.
// Keywords and predeclared names of Go get an underscore as a suffix.
func LocalName(name string) string {
	all := words(name)
	if len(all) == 0 {
		return "x"
	}
	head := all[0]
	if _, ok := initialisms[strings.ToLower(head)]; ok {
		head = strings.ToLower(head)
	} else {
		first, size := utf8.DecodeRuneInString(head)
		head = string(unicode.ToLower(first)) + head[size:]
	}
	head += pascal(all[1:])
	if first, _ := utf8.DecodeRuneInString(head); !unicode.IsLetter(first) {
		head = "x" + head
	}
	if reserved[head] {
		head += "_"
	}
	return head
}

// words splits a name at all characters that are neither letters nor digits.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// reserved are the keywords and predeclared names of Go.
var reserved = nameSet( //nolint:gochecknoglobals // a table
	"break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go", "goto", "if",
	"import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type", "var",
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex128", "complex64", "copy",
	"delete", "error", "false", "float32", "float64", "imag", "init", "int", "int16", "int32", "int64", "int8", "iota", "len",
	"make", "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "rune", "string", "true", "uint",
	"uint16", "uint32", "uint64", "uint8", "uintptr",
)

func nameSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
