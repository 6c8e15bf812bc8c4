package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"seg.example/tools/schemagen/internal/ir"
)

const (
	// maxDepth bounds the nesting of a document.
	maxDepth = 200
	// maxExponent bounds a number's exponent, so that exact arithmetic stays cheap. A float64 has
	// smaller exponents.
	maxExponent = 1000
)

// Parse parses one JSON document. Mistakes in the document are returned as Problems; the value is
// then nil.
func Parse(file string, data []byte) (*Value, error) {
	p := &parser{file: file, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	for i, b := range data {
		if b == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		p.problems.Add(p.pos(0, ""), "the document starts with a byte order mark: remove it")
		return nil, p.problems.Err()
	}
	if at := firstInvalidUTF8(data); at >= 0 {
		p.problems.Add(p.pos(at, ""), "not valid UTF-8")
		return nil, p.problems.Err()
	}
	v, err := p.value("", 0)
	if err == nil {
		if _, err = p.token(); err == nil {
			p.problems.Add(p.pos(p.last, ""), "unexpected text after the document")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.syntax(err)
	}
	if errors.Is(err, io.EOF) && v == nil {
		p.problems.Add(p.pos(len(data), ""), "unexpected end of the document")
	}
	if len(p.problems) > 0 {
		return nil, p.problems.Err()
	}
	return v, nil
}

type parser struct {
	file     string
	data     []byte
	dec      *json.Decoder
	lines    []int // offsets of the starts of all lines but the first
	last     int   // offset of the last token
	problems Problems
}

// errStop ends a parse after its problem has been added.
var errStop = errors.New("stop")

func firstInvalidUTF8(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

func (p *parser) pos(offset int, pointer string) ir.Pos {
	line := sort.SearchInts(p.lines, offset+1)
	begin := 0
	if line > 0 {
		begin = p.lines[line-1]
	}
	return ir.Pos{File: p.file, Line: line + 1, Column: offset - begin + 1, Pointer: pointer}
}

// start is the offset of the next token.
func (p *parser) start() int {
	at := int(p.dec.InputOffset())
	for at < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[at]) >= 0 {
		at++
	}
	return at
}

func (p *parser) token() (json.Token, error) {
	p.last = p.start()
	return p.dec.Token()
}

func (p *parser) syntax(err error) {
	if errors.Is(err, errStop) {
		return
	}
	at := p.last
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset == p.dec.InputOffset() {
		at = int(syntax.Offset) // the mistake is between tokens
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		p.problems.Add(p.pos(len(p.data), ""), "unexpected end of the document")
		return
	}
	p.problems.Add(p.pos(at, ""), "%s", strings.TrimPrefix(err.Error(), "json: "))
}

func (p *parser) value(pointer string, depth int) (*Value, error) {
	token, err := p.token()
	if err != nil {
		return nil, err
	}
	v := &Value{Pos: p.pos(p.last, pointer)}
	if depth > maxDepth {
		p.problems.Add(v.Pos, "nested more than %d levels deep", maxDepth)
		return nil, errStop
	}
	switch t := token.(type) {
	case nil:
		v.Kind = Null
	case bool:
		v.Kind = False
		if t {
			v.Kind = True
		}
	case string:
		v.Kind, v.Text = String, t
	case json.Number:
		v.Kind, v.Text = Number, t.String()
		p.checkNumber(v)
	case json.Delim:
		return v, p.container(v, t, depth)
	}
	return v, nil
}

func (p *parser) checkNumber(v *Value) {
	at := strings.IndexAny(v.Text, "eE")
	if at < 0 {
		return
	}
	if e, err := strconv.Atoi(v.Text[at+1:]); err != nil || e > maxExponent || e < -maxExponent {
		p.problems.Add(v.Pos, "the exponent of %s is outside ±%d", v.Text, maxExponent)
	}
}

func (p *parser) container(v *Value, open json.Delim, depth int) error {
	v.Kind = Array
	read := p.item
	if open == '{' {
		v.Kind = Object
		keys := map[string]bool{}
		read = func(v *Value, depth int) error { return p.member(v, keys, depth) }
	}
	for p.dec.More() {
		if err := read(v, depth+1); err != nil {
			return err
		}
	}
	_, err := p.token()
	return eofInside(err)
}

// eofInside turns io.EOF inside a value into io.ErrUnexpectedEOF.
func eofInside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (p *parser) item(v *Value, depth int) error {
	item, err := p.value(v.Pos.Pointer+"/"+strconv.Itoa(len(v.Items)), depth)
	if err != nil {
		return eofInside(err)
	}
	v.Items = append(v.Items, item)
	return nil
}

func (p *parser) member(v *Value, keys map[string]bool, depth int) error {
	token, err := p.token()
	if err != nil {
		return eofInside(err)
	}
	key, ok := token.(string)
	if !ok {
		p.problems.Add(p.pos(p.last, ""), "a key must be a string")
		return errStop
	}
	pointer := v.Pos.Pointer + "/" + PointerToken(key)
	at := p.pos(p.last, pointer)
	if keys[key] {
		p.problems.Add(at, "duplicate key %q", key)
	}
	keys[key] = true
	value, err := p.value(pointer, depth)
	if err != nil {
		return eofInside(err)
	}
	v.Members = append(v.Members, Member{Key: key, KeyPos: at, Value: value})
	return nil
}
