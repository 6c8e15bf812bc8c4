package breaking

import (
	"fmt"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// contractRules returns the rules about which messages there are.
func contractRules() []rule[contracts] {
	return []rule[contracts]{
		{Rule{
			"protocol-renamed", "The contract has another name: it is another protocol.", Error, Both, Changed,
		}, protocolRenamed},
		{Rule{
			"request-removed", "A request is gone or only planned: clients that send it get `unknown_type`.", Error, Sent, Removed,
		}, func(c contracts) []change {
			return gone("request", served(c.old.Requests()), served(c.new.Requests()))
		}},
		{Rule{
			"request-added", "There is a new request, or one that was planned is served.", Info, Sent, Added,
		}, func(c contracts) []change {
			return fresh("request", served(c.old.Requests()), served(c.new.Requests()))
		}},
		{Rule{
			"broadcast-removed", "A broadcast is gone or only planned: clients wait for it in vain.", Error, Received, Removed,
		}, func(c contracts) []change { return gone("broadcast", sentBroadcasts(c.old), sentBroadcasts(c.new)) }},
		{Rule{
			"broadcast-added", "There is a new broadcast, which clients look away from.", Info, Received, Added,
		}, func(c contracts) []change { return fresh("broadcast", sentBroadcasts(c.old), sentBroadcasts(c.new)) }},
		{Rule{
			"frame-removed", "A frame of the envelope is gone or only planned: clients wait for it in vain.", Error, Received, Removed,
		}, func(c contracts) []change { return gone("frame", sentFrames(c.old), sentFrames(c.new)) }},
		{Rule{
			"frame-added", "There is a new frame of the envelope, which clients look away from.", Info, Received, Added,
		}, func(c contracts) []change { return fresh("frame", sentFrames(c.old), sentFrames(c.new)) }},
		{Rule{
			"error-code-removed", "An error code is gone: what clients do about it is never done.", Info, Received, Removed,
		}, func(c contracts) []change { return codes("error code %q is gone", c, c.old.Codes, c.new.Codes) }},
		{Rule{
			"error-code-added", "There is a new error code, which clients do not know what to do about.", Warning, Received, Added,
		}, func(c contracts) []change { return codes("error code %q is new", c, c.new.Codes, c.old.Codes) }},
		{Rule{
			"definition-removed", "A definition that no message used is gone: it may have described an envelope.", Warning, Received, Removed,
		}, definitionsRemoved},
	}
}

func protocolRenamed(c contracts) []change {
	if c.old.Name == c.new.Name {
		return nil
	}
	index := ir.Pos{File: indexFile, Line: 1, Column: 1}
	return []change{{text: fmt.Sprintf("the protocol was called %s and is called %s", c.old.Name, c.new.Name), path: c.old.Name, old: index, new: index}}
}

// indexFile is the document that has no place of its own in the intermediate form.
const indexFile = "contract.json"

// gone says which messages are no longer there.
func gone[M message](kind string, before, after []M) []change {
	var all []change
	for _, m := range before {
		if find(after, wire(m)) != nil {
			continue
		}
		text := fmt.Sprintf("%s %q is gone", kind, wire(m))
		again := slices.IndexFunc(after, func(n M) bool { return typeOf(n).Name == typeOf(m).Name && find(before, wire(n)) == nil })
		if again >= 0 {
			text += fmt.Sprintf(" (is it %q now?)", wire(after[again]))
		}
		all = append(all, change{text: text, path: wire(m), old: typeOf(m).Pos, new: ir.Pos{File: indexFile, Line: 1, Column: 1}})
	}
	return all
}

// fresh says which messages are new.
func fresh[M message](kind string, before, after []M) []change {
	var all []change
	for _, m := range after {
		if find(before, wire(m)) == nil {
			all = append(all, change{
				text: fmt.Sprintf("%s %q is new", kind, wire(m)), path: wire(m), old: ir.Pos{File: indexFile, Line: 1, Column: 1}, new: typeOf(m).Pos,
			})
		}
	}
	return all
}

// codes says which error codes are in from and not in to.
func codes(text string, c contracts, from, to *ir.Type) []change {
	if from == nil {
		return nil
	}
	place := func(t *ir.Type) ir.Pos {
		if t == nil {
			return ir.Pos{File: indexFile, Line: 1, Column: 1}
		}
		return t.Pos
	}
	var all []change
	for _, v := range from.Enum {
		known := to != nil && slices.ContainsFunc(to.Enum, func(w ir.EnumValue) bool { return w.Value == v.Value })
		if !known {
			all = append(all, change{text: fmt.Sprintf(text, v.Value), path: "error." + v.Value, old: place(c.old.Codes), new: place(c.new.Codes)})
		}
	}
	return all
}

func definitionsRemoved(c contracts) []change {
	used := usedTypes(c.old)
	var all []change
	for _, t := range c.old.Types {
		has := slices.ContainsFunc(c.new.Types, func(u *ir.Type) bool { return u.Name == t.Name })
		if !used[t] && !has {
			all = append(all, change{
				text: fmt.Sprintf("definition %s, which no message used, is gone", t.Name), path: t.Name, old: t.Pos, new: ir.Pos{File: indexFile, Line: 1, Column: 1},
			})
		}
	}
	return all
}

// broadcastRules returns the rules about what a broadcast promises beside its data.
func broadcastRules() []rule[pair[*ir.Broadcast]] {
	became := func(before, after ir.Delivery) func(pair[*ir.Broadcast]) bool {
		return func(p pair[*ir.Broadcast]) bool { return p.old.Delivery == before && p.new.Delivery == after }
	}
	return []rule[pair[*ir.Broadcast]]{
		{Rule{
			"delivery-reliable-to-latest", "While a client is behind, some broadcasts of a type may be left out: clients that count on each one miss some.", Error, Received, Changed,
		}, about("x-delivery was reliable and is latest", became(ir.DeliverReliable, ir.DeliverLatest))},
		{Rule{
			"delivery-latest-to-reliable", "Every broadcast of a type is delivered.", Info, Received, Changed,
		}, about("x-delivery was latest and is reliable", became(ir.DeliverLatest, ir.DeliverReliable))},
		{Rule{
			"delivery-key-changed", "Broadcasts of a type are merged by another field: clients miss the newest by the old one.", Error, Received, Changed,
		}, func(p pair[*ir.Broadcast]) []change {
			if p.old.Key == nil || p.new.Key == nil || p.old.Key.Name == p.new.Key.Name {
				return nil
			}
			return one("x-key was %q and is %q", p.old.Key.Name, p.new.Key.Name)
		}},
	}
}

// about says a text where a condition holds for a pair of messages.
func about[M any](text string, holds func(pair[M]) bool) func(pair[M]) []change {
	return func(p pair[M]) []change {
		if !holds(p) {
			return nil
		}
		return one("%s", text)
	}
}
