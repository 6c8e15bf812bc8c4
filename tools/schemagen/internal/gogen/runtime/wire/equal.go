package wire

import (
	"bytes"
	"slices"
	"strconv"
)

// constant decodes the only allowed value, whose canonical text is want. q is -1 if another value
// is at p.
func (d *decoder) constant(p int, want string) int {
	if has(d.b, p, want) {
		q := p + len(want)
		if want[0] == '"' || q == len(d.b) || bytes.IndexByte([]byte(",]} \n\r\t"), d.b[q]) >= 0 {
			return q
		}
	}
	q, err := d.skip(p)
	if err != nil || !equal(d.b[p:q], want) {
		return -1
	}
	return q
}

// oneOf reports whether text is equal to one of members.
func oneOf(text []byte, members ...string) bool {
	mine := canonical(nil, text)
	for _, m := range members {
		if string(mine) == m || string(mine) == string(canonical(nil, []byte(m))) {
			return true
		}
	}
	return false
}

func equal(text []byte, other string) bool {
	return bytes.Equal(canonical(nil, text), canonical(nil, []byte(other)))
}

// unique reports whether no two items of the array in text are equal.
func unique(text []byte) bool {
	seen := map[string]struct{}{}
	for _, item := range elements(text) {
		key := string(canonical(nil, item))
		if _, twice := seen[key]; twice {
			return false
		}
		seen[key] = struct{}{}
	}
	return true
}

// elements splits the array in text, which must be valid, into its items.
func elements(text []byte) [][]byte {
	d := decoder{b: text, keySpace: keySpace{lenient: true}}
	var items [][]byte
	p, more, err := d.open(0, '[', "an array")
	for err == nil && more {
		start := p
		if p, err = d.skip(p); err != nil {
			break
		}
		items = append(items, text[start:p])
		p, more, err = d.next(p, ']')
	}
	return items
}

// members splits the object in text, which must be valid, into its unescaped keys and its values.
func members(text []byte) []Entry[[]byte] {
	d := decoder{b: text, keySpace: keySpace{lenient: true}}
	var all []Entry[[]byte]
	p, more, err := d.open(0, '{', "an object")
	for err == nil && more {
		var name []byte
		if name, _, p, err = d.key(p); err != nil {
			break
		}
		start := p
		if p, err = d.skip(p); err != nil {
			break
		}
		all = append(all, Entry[[]byte]{string(name), text[start:p]})
		p, more, err = d.next(p, '}')
	}
	return all
}

// canonical appends a text that is equal for two values exactly if JSON Schema considers them
// equal: without white space, with sorted keys, as few escapes as possible, and numbers as digits
// with an exponent. text must be valid.
func canonical(dst, text []byte) []byte {
	switch text[0] {
	case '{':
		all := members(text)
		slices.SortFunc(all, func(x, y Entry[[]byte]) int { return bytes.Compare([]byte(x.Key), []byte(y.Key)) })
		dst = append(dst, '{')
		for i, m := range all {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, m.Key), ':')
			dst = canonical(dst, m.Value)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for i, item := range elements(text) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = canonical(dst, item)
		}
		return append(dst, ']')
	case '"':
		return appendString(dst, string(unescape(text[1:len(text)-1])))
	case 't', 'f', 'n':
		return append(dst, text...)
	}
	d := decimalOf(text)
	if len(d.digits) == 0 {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(append(dst, d.digits...), 'e')
	return strconv.AppendInt(dst, d.point-int64(len(d.digits)), 10)
}
