package schema

import (
	"maps"
	"slices"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"
)

// Support says what the generator does with a keyword of draft-07.
type Support uint8

// What happens to a keyword.
const (
	Unknown     Support = iota // no keyword of draft-07
	Supported                  // it is generated, or says nothing about values
	Unsupported                // refused by name
)

// keywords are all keywords of draft-07.
var keywords = map[string]Support{ //nolint:gochecknoglobals // a table
	"$schema": Supported, "$ref": Supported, "$comment": Supported, "title": Supported, "description": Supported,
	"default": Supported, "examples": Supported, "definitions": Supported, "type": Supported, "enum": Supported,
	"const": Supported, "properties": Supported, "required": Supported, "additionalProperties": Supported,
	"items": Supported, "minItems": Supported, "maxItems": Supported, "uniqueItems": Supported,
	"minProperties": Supported, "maxProperties": Supported, "propertyNames": Supported, "minimum": Supported,
	"maximum": Supported, "exclusiveMinimum": Supported, "exclusiveMaximum": Supported, "multipleOf": Supported,
	"minLength": Supported, "maxLength": Supported, "pattern": Supported, "format": Supported, "oneOf": Supported,
	"allOf": Supported,

	"$id": Unsupported, "additionalItems": Unsupported, "anyOf": Unsupported, "contains": Unsupported,
	"contentEncoding": Unsupported, "contentMediaType": Unsupported, "dependencies": Unsupported, "else": Unsupported,
	"if": Unsupported, "not": Unsupported, "patternProperties": Unsupported, "readOnly": Unsupported, "then": Unsupported,
	"writeOnly": Unsupported,
}

// DraftKeywords returns the keywords of draft-07 that have the given support, sorted.
func DraftKeywords(support Support) []string {
	var names []string
	for name, s := range keywords {
		if s == support {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// annotations are the keywords that say nothing about values; they may stand beside $ref.
const annotations = " title description $comment default examples definitions "

// check notes what is wrong with the keywords of every schema.
func check(s *Set, problems *Problems) {
	for _, doc := range s.All() {
		checkRoot(s, doc, problems)
		doc.Root.Walk(func(n *Node) {
			checkKeywords(n, problems)
			checkOwn(n, problems)
		})
	}
}

func checkRoot(s *Set, doc *Document, problems *Problems) {
	root := doc.Root
	switch draft := root.Get("$schema"); {
	case draft == nil:
		problems.Add(root.Pos(), "$schema is missing: write %q", Draft)
	case draft.Text != Draft:
		problems.Add(draft.Pos, "$schema must be %q", Draft)
	}
	if doc == s.Index && root.Get("x-contract") == nil {
		problems.Add(root.Pos(), "x-contract is missing")
	}
	for _, m := range root.Value.Members {
		ours := m.Key == "$schema" || m.Key == "definitions" || m.Key == "x-contract"
		if !ours && !strings.Contains(annotations, " "+m.Key+" ") && keywords[m.Key] == Supported {
			problems.Add(m.KeyPos, "a document holds definitions only: %q must stand in one of them", m.Key)
		}
	}
}

func checkKeywords(n *Node, problems *Problems) {
	_, isRef := n.Ref()
	for _, m := range n.Value.Members {
		own := strings.HasPrefix(m.Key, "x-")
		switch support := keywords[m.Key]; {
		case own:
		case support == Unknown:
			problems.Add(m.KeyPos, "unknown keyword %q%s", m.Key, didYouMean(m.Key, DraftKeywords(Supported)))
		case support == Unsupported:
			problems.Add(m.KeyPos, "keyword %q is not supported", m.Key)
		case m.Key == "$schema" && n.Place != Root:
			problems.Add(m.KeyPos, "$schema belongs to the root of the document")
		case m.Key == "items" && m.Value.Kind == Array:
			problems.Add(m.KeyPos, "an array of schemas as \"items\" is not supported")
		case isRef && m.Key != "$ref" && !strings.Contains(annotations, " "+m.Key+" "):
			problems.Add(m.KeyPos, "keyword %q beside $ref would be ignored", m.Key)
		}
	}
}

// checkOwn notes what is wrong with the x- keywords of a schema: unknown ones, wrong values, wrong places.
func checkOwn(n *Node, problems *Problems) {
	meta := loadMeta()
	for _, m := range n.Value.Members {
		if !strings.HasPrefix(m.Key, "x-") {
			continue
		}
		form := meta.own[m.Key]
		if form == nil {
			problems.Add(m.KeyPos, "unknown keyword %q%s", m.Key, didYouMean(m.Key, slices.Sorted(maps.Keys(meta.own))))
			continue
		}
		if !hold(m.Value, form, m.Key, problems) {
			continue
		}
		if text := misplaced(n, m.Key); text != "" {
			problems.Add(m.KeyPos, "%s %s", m.Key, text)
		}
	}
}

// misplaced says what is wrong with the place of one of our keywords; nothing when it is right.
func misplaced(n *Node, keyword string) string {
	switch keyword {
	case "x-contract":
		return unless(n.Place == Root && n.Doc.Path == IndexFile, "belongs to the root of "+IndexFile)
	case "x-request", "x-broadcast", "x-frame":
		return misplacedMessage(n, keyword)
	case "x-answer", "x-answer-as", "x-emits", "x-errors", "x-auth", "x-mutates":
		return unless(n.Get("x-request") != nil, "belongs beside x-request")
	case "x-delivery":
		return unless(n.Get("x-broadcast") != nil, "belongs beside x-broadcast")
	case "x-key":
		delivery := n.Get("x-delivery")
		return unless(delivery != nil && delivery.Text == "latest", `belongs beside "x-delivery": "latest"`)
	case "x-planned":
		message := n.Get("x-request") != nil || n.Get("x-broadcast") != nil || n.Get("x-frame") != nil
		return unless(message, "belongs beside x-request, x-broadcast or x-frame")
	case "x-always":
		return unless(n.Place == Property, "belongs to a property")
	case "x-secret":
		return unless(slices.Equal(n.Types(), []jsonschema.SimpleType{jsonschema.String}), `belongs beside "type": "string"`)
	case "x-coerce":
		return misplacedCoerce(n)
	case "x-enum-descriptions":
		return misplacedTexts(n)
	}
	return "has no place here"
}

func unless(right bool, text string) string { //nolint:revive // the flag is the condition of a guard
	if right {
		return ""
	}
	return text
}

func misplacedMessage(n *Node, keyword string) string {
	if n.Place != Definition || !topLevel(n) {
		return "belongs to a definition of the document"
	}
	for _, other := range []string{"x-request", "x-broadcast", "x-frame"} {
		if other != keyword && n.Get(other) != nil {
			return "and " + other + " exclude each other"
		}
	}
	return ""
}

// topLevel reports whether a definition stands in the definitions of its document.
func topLevel(n *Node) bool {
	return strings.Count(n.Pos().Pointer, "/") == 2
}

// coercible is the one pattern beside x-coerce: what the generated code reads as an integer.
const coercible = "^[0-9]{1,16}$"

func misplacedCoerce(n *Node) string {
	types := slices.Sorted(slices.Values(n.Types()))
	if !slices.Equal(types, []jsonschema.SimpleType{jsonschema.Integer, jsonschema.String}) {
		return `belongs beside "type": ["integer", "string"]`
	}
	if n.Simple.Pattern == nil || *n.Simple.Pattern != coercible {
		return `needs "pattern": "` + coercible + `" beside it`
	}
	for _, keyword := range []string{"enum", "const", "format", "minLength", "maxLength", "allOf", "oneOf"} {
		if n.Get(keyword) != nil {
			return "cannot be combined with " + keyword
		}
	}
	return ""
}

func misplacedTexts(n *Node) string {
	enum := n.Get("enum")
	if enum == nil {
		return "belongs beside enum"
	}
	values, texts := enum.Strings(), n.Get("x-enum-descriptions")
	for _, value := range values {
		if texts.Get(value) == nil {
			return "says nothing about \"" + value + "\""
		}
	}
	for _, m := range texts.Members {
		if !slices.Contains(values, m.Key) {
			return "describes \"" + m.Key + "\", which is no value"
		}
	}
	return ""
}
