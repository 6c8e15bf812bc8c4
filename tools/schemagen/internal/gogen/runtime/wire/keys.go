package wire

import (
	"bytes"
	"strings"
)

// span is a range of the input.
type span struct{ start, end int32 }

// keySpace is a stack of the unknown keys of all objects that are being decoded. Each keyScope is a
// part of it. It only allocates if there are more keys than fit into room.
type keySpace struct {
	room    [8]span
	more    []span
	n       int  // keys in room and more
	lenient bool // duplicates are accepted
}

// keyScope is the set of unknown keys of one object.
type keyScope struct {
	n    int
	mask uint64 // a bit for each hash: a key whose bit is not set is new
	// spent counts the comparisons of keys.
	spent int
}

const (
	// linearKeys is the number of keys of an object that are compared one by one. If there are
	// more, duplicates are found at the end of the object.
	linearKeys = 64
	// enough bounds the number of such comparisons for an object. Keys that collide on purpose get
	// no more, and escaped keys are not compared one by one.
	enough = 512
)

// key decodes a key and its colon. It returns the unescaped key.
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
	name, raw = b[p:end], span{int32(p), int32(end)} // cannot overflow: see fits
	if escaped {
		name = unescape(name)
	}
	q = space(b, end+1)
	if q >= len(b) || b[q] != ':' {
		return nil, raw, q, unexpected(q)
	}
	return name, raw, space(b, q+1), nil
}

// textKey is key for a key that is stored.
func (d *decoder) textKey(p int) (name string, q int, err *Error) {
	raw, at, q, err := d.key(p)
	if err != nil {
		return "", q, err
	}
	if len(raw) != int(at.end-at.start) { // the key has escapes: each is longer than its character
		return string(raw), q, nil
	}
	return d.s[at.start:at.end], q, nil
}

// mapKeys detects duplicate keys of a Map while it is decoded.
type mapKeys struct {
	mask  uint64 // a bit for each hash: a key whose bit is not set is new
	spent int    // number of comparisons of keys
}

// twice reports whether entries, whose keys are in keys, already has name. After too many
// comparisons it leaves the rest to repeated.
func twice[S ~[]Entry[V], V any](keys *mapKeys, entries S, name string) bool {
	bit := keyBit(name)
	if keys.mask&bit == 0 || keys.spent > enough {
		keys.mask |= bit
		return false
	}
	keys.spent += len(entries)
	for i := range entries {
		if entries[i].Key == name {
			return true
		}
	}
	return false
}

// repeated returns a duplicate key in entries, if twice has not compared all keys.
func repeated[S ~[]Entry[V], V any](keys *mapKeys, entries S) (name string, found bool) {
	if keys.spent <= enough {
		return "", false
	}
	seen := make(map[string]struct{}, len(entries))
	for i := range entries {
		name = entries[i].Key
		if _, found = seen[name]; found {
			return name, true
		}
		seen[name] = struct{}{}
	}
	return "", false
}

// add adds a key to scope and refuses a duplicate. at is the place of the key.
func (d *decoder) add(scope *keyScope, name []byte, at span) *Error {
	if d.lenient {
		return nil
	}
	switch {
	case scope.n >= linearKeys || scope.spent > enough:
	case len(name) != int(at.end-at.start): // the key has escapes: each is longer than its character
		scope.spent = enough + 1
	default:
		bit := keyBit(name)
		if scope.mask&bit != 0 && d.found(scope, name) {
			return duplicate(int(at.start)).in(string(name))
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

// keyBit returns one of 64 bits as a hash.
func keyBit[S ~string | ~[]byte](name S) uint64 {
	h := uint(len(name))
	if len(name) > 0 {
		h = h*7 + uint(name[0])*31 + uint(name[len(name)/2])*5 + uint(name[len(name)-1])
	}
	return 1 << (h & 63)
}

// found reports whether scope, which must not contain escaped keys, has name.
func (d *decoder) found(scope *keyScope, name []byte) bool {
	scope.spent += scope.n
	for i := d.n - scope.n; i < d.n; i++ {
		if at := d.at(i); bytes.Equal(d.b[at.start:at.end], name) {
			return true
		}
	}
	return false
}

// leave removes the keys of scope. If not all have been compared, it searches for duplicates first.
func (d *decoder) leave(scope *keyScope) *Error {
	before := d.n - scope.n
	if scope.n > 1 && (scope.n > linearKeys || scope.spent > enough) {
		if err := d.search(before); err != nil {
			return err
		}
	}
	d.n = before
	return nil
}

// search searches for duplicates among the keys from start.
func (d *decoder) search(start int) *Error {
	seen := make(map[string]struct{}, d.n-start)
	for i := start; i < d.n; i++ {
		at := d.at(i)
		name := string(d.b[at.start:at.end])
		if strings.IndexByte(name, '\\') >= 0 {
			name = string(unescape(d.b[at.start:at.end]))
		}
		if _, twice := seen[name]; twice {
			return duplicate(int(at.start)).in(name)
		}
		seen[name] = struct{}{}
	}
	return nil
}

func (k *keySpace) at(i int) span {
	if i < len(k.room) {
		return k.room[i]
	}
	return k.more[i-len(k.room)]
}

// skip validates any value without storing it.
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
