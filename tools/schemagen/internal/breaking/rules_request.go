package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// requestPair is a request in both contracts.
type requestPair = pair[*ir.Request]

// requestRules returns the rules about the properties of a request other than its fields and its
// answer's fields.
func requestRules() []rule[requestPair] {
	all := authRules()
	all = append(all, answerRules()...)
	return append(all, effectRules()...)
}

func authRules() []rule[requestPair] {
	return []rule[requestPair]{
		{Rule{
			"auth-required", "A request needs the credential now: requests without it are refused.", Error, Sent, Changed,
		}, changeIf("x-auth is required now", func(p requestPair) bool {
			return p.old.Auth != ir.AuthRequired && p.new.Auth == ir.AuthRequired
		})},
		{Rule{
			"auth-credential-moved", "Another field holds the credential: the server ignores the old field.", Error, Sent, Changed,
		}, func(p requestPair) []change {
			if p.old.Secret == nil || p.new.Secret == nil || p.old.Secret.Name == p.new.Secret.Name {
				return nil
			}
			return singleChange("the credential was in field %q and is in %q", p.old.Secret.Name, p.new.Secret.Name)
		}},
		{Rule{
			"auth-relaxed", "A request no longer requires or no longer checks the credential: it is no longer protected.", Warning, Sent, Changed,
		}, changeIf("x-auth requires less", func(p requestPair) bool { return p.new.Auth < p.old.Auth })},
		{Rule{
			"auth-optional-added", "A request may contain the credential now.", Info, Sent, Changed,
		}, changeIf("x-auth is optional now", func(p requestPair) bool {
			return p.old.Auth == ir.AuthNone && p.new.Auth == ir.AuthOptional
		})},
	}
}

func answerRules() []rule[requestPair] {
	return []rule[requestPair]{
		{Rule{
			"answer-added", "The answer of a request was null and has a type now, which old clients do not expect.", Error, Received, Added,
		}, changeIf("x-answer was added", func(p requestPair) bool { return p.old.Answer == nil && p.new.Answer != nil })},
		{Rule{
			"answer-removed", "The answer of a request is always null now: clients that read it fail.", Error, Received, Removed,
		}, changeIf("x-answer was removed", func(p requestPair) bool {
			return p.old.Answer != nil && p.new.Answer == nil && !acceptsNull(p.old.Answer)
		})},
		{Rule{
			"answer-travels-otherwise", "An answer in a response became a separate frame, or the reverse: clients look in the wrong place.", Error, Received, Changed,
		}, changeIf("x-answer-as was changed", func(p requestPair) bool { return p.old.ReplyAs != p.new.ReplyAs })},
	}
}

// answerRulesApply reports whether a rule about answers fires, so that comparing the answers' types
// would add nothing.
func answerRulesApply(p requestPair) bool {
	return slices.ContainsFunc(answerRules(), func(r rule[requestPair]) bool { return len(r.find(p)) > 0 })
}

func effectRules() []rule[requestPair] {
	return []rule[requestPair]{
		{Rule{
			"mutates-added", "A request changes state now: clients that repeat it may do more than they intend.", Warning, Sent, Changed,
		}, changeIf("x-mutates was added", func(p requestPair) bool { return !p.old.Mutates && p.new.Mutates })},
		{Rule{
			"mutates-removed", "A request no longer changes state: a repeated one is executed again.", Warning, Sent, Changed,
		}, changeIf("x-mutates was removed", func(p requestPair) bool { return p.old.Mutates && !p.new.Mutates })},
		{Rule{
			"emits-removed", "A request no longer causes a broadcast: clients that wait for it never receive it.", Warning, Received, Removed,
		}, func(p requestPair) []change { return emittedOnlyBy("no longer causes %s", p.old, p.new) }},
		{Rule{
			"emits-added", "A request causes another broadcast.", Info, Received, Added,
		}, func(p requestPair) []change { return emittedOnlyBy("causes %s too", p.new, p.old) }},
		{Rule{
			"request-error-added", "A request can return another error code, which old clients do not expect.", Warning, Received, Added,
		}, func(p requestPair) []change { return errorsOnlyOf("can return %s too", p.new, p.old) }},
		{Rule{
			"request-error-removed", "A request no longer returns an error code.", Info, Received, Removed,
		}, func(p requestPair) []change { return errorsOnlyOf("no longer returns %s", p.old, p.new) }},
	}
}

// emittedOnlyBy reports the broadcasts that from causes and to does not. Planned ones are never
// sent.
func emittedOnlyBy(text string, from, to *ir.Request) []change {
	var names []string
	for _, b := range from.Emits {
		if !b.Planned && findMessage(to.Emits, b.Wire) == nil {
			names = append(names, b.Wire)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return singleChange(text, commaList(names))
}

// errorsOnlyOf reports the error codes that from can return and to cannot.
func errorsOnlyOf(text string, from, to *ir.Request) []change {
	lost := difference(from.Errors, to.Errors)
	if len(lost) == 0 {
		return nil
	}
	return singleChange(text, commaList(lost))
}
