package difftest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// style is a set of notations of a value; all have the same meaning.
type style int

const (
	spaced    style = 1 << iota // white space wherever it is allowed
	reversed                    // members of objects in reverse order
	escaped                     // all characters of strings and keys as escapes
	powered                     // numbers with an exponent
	allStyles = spaced | reversed | escaped | powered
)

// print returns n as JSON text.
func (n *node) print(s style) []byte {
	return n.appendTo(nil, s)
}

func (n *node) appendTo(dst []byte, s style) []byte {
	space := ""
	if s&spaced != 0 {
		space = " \n\t\r"
	}
	dst = append(dst, space...)
	switch n.kind {
	case "array":
		dst = append(dst, '[')
		for i, kid := range n.children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = kid.appendTo(dst, s)
		}
		dst = append(append(dst, space...), ']')
	case "object":
		dst = n.appendMembers(dst, s, space)
	case "string":
		dst = append(dst, escape(n.text, s)...)
	case "integer", "number":
		dst = append(dst, n.text...)
		if s&powered != 0 && !strings.ContainsAny(n.text, "eE.") {
			dst = append(dst, ".0e0"...)
		}
	default:
		dst = append(dst, n.text...)
	}
	return append(dst, space...)
}

func (n *node) appendMembers(dst []byte, s style, space string) []byte {
	dst = append(append(dst, '{'), space...)
	order := make([]int, len(n.children))
	for i := range order {
		order[i] = i
	}
	if s&reversed != 0 {
		slices.Reverse(order)
	}
	for i, which := range order {
		if i > 0 {
			dst = append(append(dst, ','), space...)
		}
		dst = append(dst, escape(quote(n.names[which]), s)...)
		dst = append(append(dst, space...), ':')
		dst = n.children[which].appendTo(dst, s)
	}
	dst = append(append(dst, space...), '}')
	return dst
}

// escape prints a quoted JSON string in a style.
func escape(text string, s style) string {
	if s&escaped == 0 {
		return text
	}
	var out strings.Builder
	out.WriteByte('"')
	for _, unit := range utf16.Encode([]rune(unquote(text))) {
		fmt.Fprintf(&out, `\u%04x`, unit)
	}
	out.WriteByte('"')
	return out.String()
}
