package breaking

import (
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// requests is a request in both contracts.
type requests = pair[*ir.Request]

// requestRules returns the rules about what a request promises beside its fields and its answer's.
func requestRules() []rule[requests] {
	all := authRules()
	all = append(all, answerRules()...)
	return append(all, effectRules()...)
}

func authRules() []rule[requests] {
	return []rule[requests]{
		{Rule{
			"auth-required", "A request needs the credential: clients that do not give it are refused.", Error, Sent, Changed,
		}, about("x-auth is required now", func(p requests) bool {
			return p.old.Auth != ir.AuthRequired && p.new.Auth == ir.AuthRequired
		})},
		{Rule{
			"auth-credential-moved", "Another field holds the credential: clients put it where nobody looks.", Error, Sent, Changed,
		}, func(p requests) []change {
			if p.old.Secret == nil || p.new.Secret == nil || p.old.Secret.Name == p.new.Secret.Name {
				return nil
			}
			return one("the credential was in field %q and is in %q", p.old.Secret.Name, p.new.Secret.Name)
		}},
		{Rule{
			"auth-relaxed", "A request no longer needs the credential, or does not even look at it: what was kept from others no longer is.", Warning, Sent, Changed,
		}, about("x-auth asks for less", func(p requests) bool { return p.new.Auth < p.old.Auth })},
		{Rule{
			"auth-optional-added", "A request may be given the credential; a wrong one is refused.", Info, Sent, Changed,
		}, about("x-auth is optional now", func(p requests) bool {
			return p.old.Auth == ir.AuthNone && p.new.Auth == ir.AuthOptional
		})},
	}
}

func answerRules() []rule[requests] {
	return []rule[requests]{
		{Rule{
			"answer-added", "A request that was answered null is answered with something else, which clients do not expect.", Error, Received, Added,
		}, about("there is an x-answer now", func(p requests) bool { return p.old.Answer == nil && p.new.Answer != nil })},
		{Rule{
			"answer-removed", "A request is always answered null: clients that read its answer fail.", Error, Received, Removed,
		}, about("x-answer is gone", func(p requests) bool {
			return p.old.Answer != nil && p.new.Answer == nil && !acceptsNull(p.old.Answer)
		})},
		{Rule{
			"answer-travels-otherwise", "An answer that was the data of a response is a frame of its own, or the other way about: clients look in the wrong place.", Error, Received, Changed,
		}, about("x-answer-as was changed", func(p requests) bool { return p.old.ReplyAs != p.new.ReplyAs })},
	}
}

// answerRulesApply reports whether rules about answers as such say all there is to say.
func answerRulesApply(p requests) bool {
	return slices.ContainsFunc(answerRules(), func(r rule[requests]) bool { return len(r.find(p)) > 0 })
}

func effectRules() []rule[requests] {
	return []rule[requests]{
		{Rule{
			"mutates-added", "A request changes something: clients that repeat it without care do more than they mean.", Warning, Sent, Changed,
		}, about("x-mutates was added", func(p requests) bool { return !p.old.Mutates && p.new.Mutates })},
		{Rule{
			"mutates-removed", "A request no longer changes anything: a repeated one is carried out again.", Warning, Sent, Changed,
		}, about("x-mutates was removed", func(p requests) bool { return p.old.Mutates && !p.new.Mutates })},
		{Rule{
			"emits-removed", "A request no longer causes a broadcast: clients that wait for it wait in vain.", Warning, Received, Removed,
		}, func(p requests) []change { return emits("no longer causes %s", p.old, p.new) }},
		{Rule{
			"emits-added", "A request causes a further broadcast.", Info, Received, Added,
		}, func(p requests) []change { return emits("causes %s as well", p.new, p.old) }},
		{Rule{
			"request-error-added", "A request can be refused with a further code, which clients do not expect of it.", Warning, Received, Added,
		}, func(p requests) []change { return refusals("can be refused with %s as well", p.new, p.old) }},
		{Rule{
			"request-error-removed", "A request is no longer refused with a code.", Info, Received, Removed,
		}, func(p requests) []change { return refusals("is no longer refused with %s", p.old, p.new) }},
	}
}

// emits says which broadcasts from causes and to does not. Those that are only planned are never sent.
func emits(text string, from, to *ir.Request) []change {
	var names []string
	for _, b := range from.Emits {
		if !b.Planned && find(to.Emits, b.Wire) == nil {
			names = append(names, b.Wire)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return one(text, quoted(names))
}

// refusals says which codes from can be refused with and to cannot.
func refusals(text string, from, to *ir.Request) []change {
	lost := without(from.Errors, to.Errors)
	if len(lost) == 0 {
		return nil
	}
	return one(text, quoted(lost))
}
