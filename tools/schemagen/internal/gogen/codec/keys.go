package codec

import "bytes"

// span is a piece of the input.
type span struct{ start, end int32 }

// keySpace holds the keys that are no known fields, of all objects that are open: a stack, of which each object's keyScope is
// a part. It needs no memory of its own until there are more than fits into room.
type keySpace struct {
	room    [16]span
	more    []span
	n       int  // keys in room and more
	lenient bool // duplicates pass
}

// keyScope is the keys of one object that are no known fields.
type keyScope struct {
	n    int
	mask uint64 // one bit for each hash: a key whose bit is not set is new
}

// linearKeys is how many keys are compared one by one; beyond it, duplicates are looked for when the object ends.
const linearKeys = 64

// key reads a key and its colon. The key is returned without its escapes.
func (d *decoder) key(p int) (name []byte, raw span, q int, err *Error) {
	b := d.b
	if p >= len(b) || b[p] != '"' {
		return nil, raw, p, unexpected(p)
	}
	p++
	end, escaped := scanText(b, p)
	if end < 0 {
		return nil, raw, p, unexpected(p)
	}
	name, raw = b[p:end], span{int32(p), int32(end)} //nolint:gosec // fits has made sure
	if escaped {
		name = unescape(name)
	}
	q = space(b, end+1)
	if q >= len(b) || b[q] != ':' {
		return nil, raw, q, unexpected(q)
	}
	return name, raw, space(b, q+1), nil
}

// textKey is key for a key that is kept.
func (d *decoder) textKey(p int, scope *keyScope) (name string, q int, err *Error) {
	raw, at, q, err := d.key(p)
	if err != nil {
		return "", q, err
	}
	if err = d.add(scope, raw, at); err != nil {
		return "", q, err
	}
	if len(raw) != int(at.end-at.start) { // every escape is longer than what it stands for
		return string(raw), q, nil
	}
	return d.s[at.start:at.end], q, nil
}

// add refuses name when scope has it already. at is where it stands.
func (d *decoder) add(scope *keyScope, name []byte, at span) *Error {
	if d.lenient {
		return nil
	}
	if scope.n < linearKeys {
		h := uint(len(name))
		if len(name) > 0 {
			h = h*7 + uint(name[0])*31 + uint(name[len(name)/2])*5 + uint(name[len(name)-1])
		}
		bit := uint64(1) << (h & 63)
		if scope.mask&bit != 0 {
			for i := d.n - scope.n; i < d.n; i++ {
				if d.same(d.at(i), at) {
					return duplicate(int(at.start)).in(string(name))
				}
			}
		}
		scope.mask |= bit
	}
	if d.n < len(d.room) {
		d.room[d.n] = at
	} else {
		d.more = append(d.more[:d.n-len(d.room)], at)
	}
	d.n++
	scope.n++
	return nil
}

// leave forgets the keys of scope, after a last look for duplicates where there are too many to have been compared.
func (d *decoder) leave(scope *keyScope) *Error {
	if scope.n == 0 {
		return nil
	}
	first := d.n - scope.n
	defer func() { d.n = first }()
	if scope.n <= linearKeys {
		return nil
	}
	seen := make(map[string]struct{}, scope.n)
	for i := first; i < d.n; i++ {
		at := d.at(i)
		name := unescape(d.b[at.start:at.end])
		if _, twice := seen[string(name)]; twice {
			return duplicate(int(at.start)).in(string(name))
		}
		seen[string(name)] = struct{}{}
	}
	return nil
}

func (k *keySpace) at(i int) span {
	if i < len(k.room) {
		return k.room[i]
	}
	return k.more[i-len(k.room)]
}

// same reports whether two keys are equal once their escapes are read.
func (d *decoder) same(x, y span) bool {
	a, b := d.b[x.start:x.end], d.b[y.start:y.end]
	if bytes.Equal(a, b) {
		return true
	}
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return false
	}
	return bytes.Equal(unescape(a), unescape(b))
}

// skip reads any value and keeps nothing of it.
func (d *decoder) skip(p int) (int, *Error) {
	b := d.b
	if p >= len(b) {
		return p, unexpected(p)
	}
	switch b[p] {
	case '"':
		end, _ := scanText(b, p+1)
		if end < 0 {
			return p, unexpected(p)
		}
		return end + 1, nil
	case '{':
		return d.skipObject(p)
	case '[':
		return d.skipArray(p)
	case 't', 'f':
		if _, q := boolean(b, p); q >= 0 {
			return q, nil
		}
	case 'n':
		if has(b, p, "null") {
			return p + 4, nil
		}
	default:
		if q := numberEnd(b, p); q >= 0 {
			return q, nil
		}
	}
	return p, unexpected(p)
}

func (d *decoder) skipArray(p int) (int, *Error) {
	p, more, err := d.open(p, '[', "an array")
	for n := 0; err == nil && more; n++ {
		if p, err = d.skip(p); err != nil {
			return p, err.at(n)
		}
		p, more, err = d.next(p, ']')
	}
	return p, err
}

func (d *decoder) skipObject(p int) (int, *Error) {
	p, more, err := d.open(p, '{', "an object")
	var scope keyScope
	for err == nil && more {
		var name []byte
		var at span
		if name, at, p, err = d.key(p); err != nil {
			return p, err
		}
		if err = d.add(&scope, name, at); err != nil {
			return p, err
		}
		if p, err = d.skip(p); err != nil {
			return p, err.in(string(name))
		}
		p, more, err = d.next(p, '}')
	}
	if err != nil {
		return p, err
	}
	return p, d.leave(&scope)
}
