package breaking

import (
	"seg.example/tools/schemagen/internal/ir"
)

// pair is a message in both contracts.
type pair[M any] struct{ old, new M }

// contracts is both contracts.
type contracts struct{ old, new *ir.Contract }

// message is what all kinds of messages have.
type message interface {
	*ir.Request | *ir.Broadcast | *ir.Frame
}

// wire is the type of a message on the wire.
func wire[M message](m M) string {
	switch m := any(m).(type) {
	case *ir.Request:
		return m.Wire
	case *ir.Broadcast:
		return m.Wire
	case *ir.Frame:
		return m.Wire
	}
	return ""
}

// typeOf is what a message carries.
func typeOf[M message](m M) *ir.Type {
	switch m := any(m).(type) {
	case *ir.Request:
		return m.Type
	case *ir.Broadcast:
		return m.Type
	case *ir.Frame:
		return m.Type
	}
	return nil
}

// find returns the message of a type, or nil.
func find[M message](all []M, name string) M {
	for _, m := range all {
		if wire(m) == name {
			return m
		}
	}
	return nil
}

// pairs returns the messages that are in both lists, in the order of the first.
func pairs[M message](before, after []M) []pair[M] {
	var all []pair[M]
	for _, m := range before {
		if n := find(after, wire(m)); n != nil {
			all = append(all, pair[M]{m, n})
		}
	}
	return all
}

// served leaves out what is only planned: it promises nothing.
func served(all []*ir.Request) []*ir.Request {
	var out []*ir.Request
	for _, r := range all {
		if !r.Planned {
			out = append(out, r)
		}
	}
	return out
}

func sentBroadcasts(c *ir.Contract) []*ir.Broadcast {
	var out []*ir.Broadcast
	for _, b := range c.Broadcasts {
		if !b.Planned {
			out = append(out, b)
		}
	}
	return out
}

func sentFrames(c *ir.Contract) []*ir.Frame {
	var out []*ir.Frame
	for _, f := range c.Frames {
		if !f.Planned {
			out = append(out, f)
		}
	}
	return out
}

// looseTypes returns the definitions that no message uses, planned or not, as far as both contracts have them.
func looseTypes(before, after *ir.Contract) []pair[*ir.Type] {
	usedBefore, usedAfter := usedTypes(before), usedTypes(after)
	var all []pair[*ir.Type]
	for _, t := range before.Types {
		if usedBefore[t] {
			continue
		}
		for _, u := range after.Types {
			if u.Name == t.Name && !usedAfter[u] {
				all = append(all, pair[*ir.Type]{t, u})
			}
		}
	}
	return all
}

// usedTypes returns the types that messages consist of. The codes of errors are among them: every message can be answered with one.
func usedTypes(c *ir.Contract) map[*ir.Type]bool {
	used := map[*ir.Type]bool{}
	for _, r := range c.Requests() {
		mark(used, r.Type)
		mark(used, r.Answer)
	}
	for _, b := range c.Broadcasts {
		mark(used, b.Type)
	}
	for _, f := range c.Frames {
		mark(used, f.Type)
	}
	mark(used, c.Codes)
	return used
}

// mark notes a type, which may be nil, and everything inside it.
func mark(used map[*ir.Type]bool, t *ir.Type) {
	if t == nil || used[t] {
		return
	}
	used[t] = true
	for _, inner := range parts(t) {
		mark(used, inner)
	}
}

// parts returns the types directly inside one, or the one that it refers to; some may be nil.
func parts(t *ir.Type) []*ir.Type {
	switch t.Kind {
	case ir.Array:
		return []*ir.Type{t.Array.Item}
	case ir.Object:
		all := []*ir.Type{t.Object.Extra}
		for _, f := range t.Object.Fields {
			all = append(all, f.Type)
		}
		return all
	case ir.Map:
		return []*ir.Type{t.Map.Value}
	case ir.Union:
		var all []*ir.Type
		for _, v := range t.Union.Variants {
			all = append(all, v.Type)
		}
		return all
	case ir.Raw:
		return []*ir.Type{t.Raw.Array, t.Raw.Object}
	case ir.Ref:
		return []*ir.Type{t.Ref}
	case ir.Boolean, ir.Integer, ir.Number, ir.String, ir.Enum, ir.Const, ir.Null:
	}
	return nil
}
