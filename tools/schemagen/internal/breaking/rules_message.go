package breaking

import (
	"fmt"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// contractRules returns the rules about added and removed messages.
func contractRules() []rule[contractPair] {
	return []rule[contractPair]{
		{Rule{
			"protocol-renamed", "The contract has another name, so it is another protocol.", Error, Both, Changed,
		}, protocolRenamed},
		{Rule{
			"request-removed", "A request was removed or is only planned: clients that send it get `unknown_type`.", Error, Sent, Removed,
		}, func(c contractPair) []change {
			return removedMessages("request", servedRequests(c.old.Requests()), servedRequests(c.new.Requests()))
		}},
		{Rule{
			"request-added", "There is a new request, or a planned one is served now.", Info, Sent, Added,
		}, func(c contractPair) []change {
			return addedMessages("request", servedRequests(c.old.Requests()), servedRequests(c.new.Requests()))
		}},
		{Rule{
			"broadcast-removed", "A broadcast was removed or is only planned: clients never receive it.", Error, Received, Removed,
		}, func(c contractPair) []change {
			return removedMessages("broadcast", servedBroadcasts(c.old), servedBroadcasts(c.new))
		}},
		{Rule{
			"broadcast-added", "There is a new broadcast, which old clients ignore.", Info, Received, Added,
		}, func(c contractPair) []change {
			return addedMessages("broadcast", servedBroadcasts(c.old), servedBroadcasts(c.new))
		}},
		{Rule{
			"frame-removed", "A frame of the envelope was removed or is only planned: clients never receive it.", Error, Received, Removed,
		}, func(c contractPair) []change {
			return removedMessages("frame", servedFrames(c.old), servedFrames(c.new))
		}},
		{Rule{
			"frame-added", "There is a new frame of the envelope, which old clients ignore.", Info, Received, Added,
		}, func(c contractPair) []change { return addedMessages("frame", servedFrames(c.old), servedFrames(c.new)) }},
		{Rule{
			"error-code-removed", "An error code was removed: the code that handles it in clients is never run.", Info, Received, Removed,
		}, func(c contractPair) []change {
			return missingCodes("error code %q was removed", c, c.old.Codes, c.new.Codes)
		}},
		{Rule{
			"error-code-added", "There is a new error code, which old clients do not handle.", Warning, Received, Added,
		}, func(c contractPair) []change {
			return missingCodes("error code %q is new", c, c.new.Codes, c.old.Codes)
		}},
		{Rule{
			"definition-removed", "A definition that no message used was removed. It may have described an envelope.", Warning, Received, Removed,
		}, definitionsRemoved},
	}
}

func protocolRenamed(c contractPair) []change {
	if c.old.Name == c.new.Name {
		return nil
	}
	index := ir.Pos{File: indexFile, Line: 1, Column: 1}
	return []change{{text: fmt.Sprintf("the name of the protocol was %s and is %s", c.old.Name, c.new.Name), path: c.old.Name, old: index, new: index}}
}

// indexFile is the place of findings about the protocol itself.
const indexFile = "contract.json"

// removedMessages reports the messages that were removed.
func removedMessages[M message](kind string, before, after []M) []change {
	var all []change
	for _, m := range before {
		if findMessage(after, wireType(m)) != nil {
			continue
		}
		text := fmt.Sprintf("%s %q was removed", kind, wireType(m))
		again := slices.IndexFunc(after, func(n M) bool { return typeOf(n).Name == typeOf(m).Name && findMessage(before, wireType(n)) == nil })
		if again >= 0 {
			text += fmt.Sprintf(" (was it renamed to %q?)", wireType(after[again]))
		}
		all = append(all, change{text: text, path: wireType(m), old: typeOf(m).Pos, new: ir.Pos{File: indexFile, Line: 1, Column: 1}})
	}
	return all
}

// addedMessages reports the new messages.
func addedMessages[M message](kind string, before, after []M) []change {
	var all []change
	for _, m := range after {
		if findMessage(before, wireType(m)) == nil {
			all = append(all, change{
				text: fmt.Sprintf("%s %q is new", kind, wireType(m)), path: wireType(m), old: ir.Pos{File: indexFile, Line: 1, Column: 1}, new: typeOf(m).Pos,
			})
		}
	}
	return all
}

// missingCodes reports the error codes that are in from but not in to.
func missingCodes(text string, c contractPair, from, to *ir.Type) []change {
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

func definitionsRemoved(c contractPair) []change {
	used := usedTypes(c.old)
	var all []change
	for _, t := range c.old.Types {
		has := slices.ContainsFunc(c.new.Types, func(u *ir.Type) bool { return u.Name == t.Name })
		if !used[t] && !has {
			all = append(all, change{
				text: fmt.Sprintf("definition %s, which no message used, was removed", t.Name), path: t.Name, old: t.Pos, new: ir.Pos{File: indexFile, Line: 1, Column: 1},
			})
		}
	}
	return all
}

// broadcastRules returns the rules about the delivery of a broadcast.
func broadcastRules() []rule[pair[*ir.Broadcast]] {
	became := func(before, after ir.Delivery) func(pair[*ir.Broadcast]) bool {
		return func(p pair[*ir.Broadcast]) bool { return p.old.Delivery == before && p.new.Delivery == after }
	}
	return []rule[pair[*ir.Broadcast]]{
		{Rule{
			"delivery-reliable-to-latest", "The server may skip broadcasts of a type for a slow client: clients that need each one miss some.", Error, Received, Changed,
		}, changeIf("x-delivery was reliable and is latest", became(ir.DeliverReliable, ir.DeliverLatest))},
		{Rule{
			"delivery-latest-to-reliable", "Every broadcast of a type is delivered.", Info, Received, Changed,
		}, changeIf("x-delivery was latest and is reliable", became(ir.DeliverLatest, ir.DeliverReliable))},
		{Rule{
			"delivery-key-changed", "Broadcasts of a type are conflated by another field: clients may miss the newest one for a value of the old field.", Error, Received, Changed,
		}, func(p pair[*ir.Broadcast]) []change {
			if p.old.Key == nil || p.new.Key == nil || p.old.Key.Name == p.new.Key.Name {
				return nil
			}
			return singleChange("x-key was %q and is %q", p.old.Key.Name, p.new.Key.Name)
		}},
	}
}

// changeIf returns a function that reports a text if a condition holds for a pair of messages.
func changeIf[M any](text string, holds func(pair[M]) bool) func(pair[M]) []change {
	return func(p pair[M]) []change {
		if !holds(p) {
			return nil
		}
		return singleChange("%s", text)
	}
}
