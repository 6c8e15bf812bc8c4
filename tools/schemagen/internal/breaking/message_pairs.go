package breaking

import (
	"seg.example/tools/schemagen/internal/ir"
)

// pair is a message that is in both contracts.
type pair[M any] struct{ old, new M }

// contractPair is the old and the new contract.
type contractPair struct{ old, new *ir.Contract }

// message is any kind of message.
type message interface {
	*ir.Request | *ir.Broadcast | *ir.Frame
}

// wireType returns the type of a message on the wire.
func wireType[M message](m M) string {
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

// typeOf returns the type of a message's content.
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

// findMessage returns the message with a wire type, or nil.
func findMessage[M message](all []M, name string) M {
	for _, m := range all {
		if wireType(m) == name {
			return m
		}
	}
	return nil
}

// matchMessages returns the messages that are in both lists, in the order of the first.
func matchMessages[M message](before, after []M) []pair[M] {
	var all []pair[M]
	for _, m := range before {
		if n := findMessage(after, wireType(m)); n != nil {
			all = append(all, pair[M]{m, n})
		}
	}
	return all
}

// servedRequests returns the requests that are not planned. Planned ones promise nothing.
func servedRequests(all []*ir.Request) []*ir.Request {
	var out []*ir.Request
	for _, r := range all {
		if !r.Planned {
			out = append(out, r)
		}
	}
	return out
}

func servedBroadcasts(c *ir.Contract) []*ir.Broadcast {
	var out []*ir.Broadcast
	for _, b := range c.Broadcasts {
		if !b.Planned {
			out = append(out, b)
		}
	}
	return out
}

func servedFrames(c *ir.Contract) []*ir.Frame {
	var out []*ir.Frame
	for _, f := range c.Frames {
		if !f.Planned {
			out = append(out, f)
		}
	}
	return out
}

// unusedTypes returns the definitions of both contracts that no message uses, not even a planned
// one.
func unusedTypes(before, after *ir.Contract) []pair[*ir.Type] {
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

// usedTypes returns the types inside messages, including the error codes, which any request can
// return.
func usedTypes(c *ir.Contract) map[*ir.Type]bool {
	used := map[*ir.Type]bool{}
	for _, r := range c.Requests() {
		markUsed(used, r.Type)
		markUsed(used, r.Answer)
	}
	for _, b := range c.Broadcasts {
		markUsed(used, b.Type)
	}
	for _, f := range c.Frames {
		markUsed(used, f.Type)
	}
	markUsed(used, c.Codes)
	return used
}

// markUsed marks a type, which may be nil, and all types inside it.
func markUsed(used map[*ir.Type]bool, t *ir.Type) {
	if t == nil || used[t] {
		return
	}
	used[t] = true
	for _, inner := range children(t) {
		markUsed(used, inner)
	}
}

// children returns the types directly inside t, or the target of a reference; some may be nil.
func children(t *ir.Type) []*ir.Type {
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
