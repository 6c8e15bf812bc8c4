package gogen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]string{ //nolint:gochecknoglobals // a table
	"api": "API", "html": "HTML", "http": "HTTP", "https": "HTTPS", "id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON",
	"sql": "SQL", "tls": "TLS", "uri": "URI", "url": "URL", "utf8": "UTF8", "uuid": "UUID", "xml": "XML",
}

// GoName turns a name of the wire, such as "session_id", "create-user" or "CreateUser", into an exported Go name: words begin
// where a character stands that is neither letter nor digit; each gets a capital, and initialisms are written whole: SessionID.
// A name that would begin with a digit, or would be empty, gets an X in front.
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

// LocalName is GoName with a small beginning, for what a package keeps to itself: sessionID, idOfUser. A name that is a
// keyword or a predeclared name of Go gets an underscore behind it.
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

// words splits at every run of characters that are neither letters nor digits.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// reserved are the names that a Go declaration must not or should not take.
var reserved = setOf( //nolint:gochecknoglobals // a table
	"break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go", "goto", "if",
	"import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type", "var",
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex128", "complex64", "copy",
	"delete", "error", "false", "float32", "float64", "imag", "init", "int", "int16", "int32", "int64", "int8", "iota", "len",
	"make", "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "rune", "string", "true", "uint",
	"uint16", "uint32", "uint64", "uint8", "uintptr",
)

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
