// Package emit prints source text line by line.
//
// A Writer only indents. The emitters decide what is written, and the formatter of each language
// formats it.
package emit

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// File is one generated file.
type File struct {
	Path string // relative to the output folder, with slashes
	Data []byte
}

// Writer collects the lines of one file.
type Writer struct {
	buf    bytes.Buffer
	depth  int
	indent string
}

// New returns a Writer that indents each level by indent.
func New(indent string) *Writer { return &Writer{indent: indent} }

// P prints its arguments as one line: strings as they are, other values like fmt.Sprint. Without
// arguments it prints an empty line.
func (w *Writer) P(args ...any) {
	if len(args) == 0 {
		w.buf.WriteByte('\n')
		return
	}
	for range w.depth {
		w.buf.WriteString(w.indent)
	}
	for _, a := range args {
		if s, ok := a.(string); ok {
			w.buf.WriteString(s)
			continue
		}
		fmt.Fprint(&w.buf, a)
	}
	w.buf.WriteByte('\n')
}

// In prints its arguments as a line and indents the following lines.
func (w *Writer) In(args ...any) {
	w.P(args...)
	w.depth++
}

// Out ends the innermost indentation and prints its arguments as a line.
func (w *Writer) Out(args ...any) {
	w.depth--
	w.P(args...)
}

// Mid prints its arguments as a line that is indented one level less, such as "} else {".
func (w *Writer) Mid(args ...any) {
	w.depth--
	w.P(args...)
	w.depth++
}

// Comment prints text as line comments that start with lead. Lines are wrapped at width bytes if
// words allow it. An empty text prints nothing. Characters that are not allowed in source text, or
// change how it is displayed, are escaped.
func (w *Writer) Comment(lead string, width int, text string) {
	room := width - len(lead) - 1 - w.depth*len(w.indent)
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && len(line)+1+len(word) > room {
				w.P(lead, " ", line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += spell(word)
		}
		switch {
		case line != "":
			w.P(lead, " ", line)
		case text != "":
			w.P(lead)
		}
	}
}

// spell escapes control characters, byte order marks and characters that change the text direction:
// "\\u0000".
func spell(word string) string {
	odd := func(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' || unicode.Is(unicode.Bidi_Control, r) }
	if strings.IndexFunc(word, odd) < 0 {
		return word
	}
	var out strings.Builder
	for _, r := range word {
		if odd(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Bytes returns the printed text.
func (w *Writer) Bytes() []byte { return w.buf.Bytes() }
