package schema

import (
	"maps"
	"slices"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"
)

// Support says whether the generator supports a keyword of draft-07.
type Support uint8

// The levels of support.
const (
	Unknown     Support = iota // not a keyword of draft-07
	Supported                  // generated, or an annotation
	Unsupported                // refused
)

// keywordSupport lists all keywords of draft-07.
var keywordSupport = map[string]Support{ //nolint:gochecknoglobals // a table
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
	for name, s := range keywordSupport {
		if s == support {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// annotationKeywords are the keywords that do not restrict values. They are allowed beside $ref.
const annotationKeywords = " title description $comment default examples definitions "

// checkKeywordUse reports mistakes in the keywords of every schema.
func checkKeywordUse(s *Set, problems *Problems) {
	for _, doc := range s.All() {
		checkRoot(s, doc, problems)
		doc.Root.Walk(func(n *Node) {
			checkKeywords(n, problems)
			checkExtensions(n, problems)
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
		if !ours && !strings.Contains(annotationKeywords, " "+m.Key+" ") && keywordSupport[m.Key] == Supported {
			problems.Add(m.KeyPos, "a document may only contain definitions: move %q into one of them", m.Key)
		}
	}
}

func checkKeywords(n *Node, problems *Problems) {
	_, isRef := n.Ref()
	for _, m := range n.Value.Members {
		own := strings.HasPrefix(m.Key, "x-")
		switch support := keywordSupport[m.Key]; {
		case own:
		case support == Unknown:
			problems.Add(m.KeyPos, "unknown keyword %q%s", m.Key, didYouMean(m.Key, DraftKeywords(Supported)))
		case support == Unsupported:
			problems.Add(m.KeyPos, "keyword %q is not supported", m.Key)
		case m.Key == "$schema" && n.Place != Root:
			problems.Add(m.KeyPos, "$schema is only allowed at the root of the document")
		case m.Key == "items" && m.Value.Kind == Array:
			problems.Add(m.KeyPos, "an array of schemas as \"items\" is not supported")
		case isRef && m.Key != "$ref" && !strings.Contains(annotationKeywords, " "+m.Key+" "):
			problems.Add(m.KeyPos, "keyword %q beside $ref would be ignored", m.Key)
		}
	}
}

// checkExtensions reports unknown, invalid and misplaced x- keywords of a schema.
func checkExtensions(n *Node, problems *Problems) {
	meta := loadMeta()
	for _, m := range n.Value.Members {
		if !strings.HasPrefix(m.Key, "x-") {
			continue
		}
		form := meta.extensions[m.Key]
		if form == nil {
			problems.Add(m.KeyPos, "unknown keyword %q%s", m.Key, didYouMean(m.Key, slices.Sorted(maps.Keys(meta.extensions))))
			continue
		}
		if !validate(m.Value, form, m.Key, problems) {
			continue
		}
		if text := misplaced(n, m.Key); text != "" {
			problems.Add(m.KeyPos, "%s %s", m.Key, text)
		}
	}
}

// misplaced returns what is wrong with the place of an x- keyword; empty if nothing is.
func misplaced(n *Node, keyword string) string {
	switch keyword {
	case "x-contract":
		return textUnless(n.Place == Root && n.Doc.Path == IndexFile, "is only allowed at the root of "+IndexFile)
	case "x-request", "x-broadcast", "x-frame":
		return misplacedMessage(n, keyword)
	case "x-answer", "x-answer-as", "x-emits", "x-errors", "x-auth", "x-mutates":
		return textUnless(n.Get("x-request") != nil, "is only allowed beside x-request")
	case "x-delivery":
		return textUnless(n.Get("x-broadcast") != nil, "is only allowed beside x-broadcast")
	case "x-key":
		delivery := n.Get("x-delivery")
		return textUnless(delivery != nil && delivery.Text == "latest", `is only allowed beside "x-delivery": "latest"`)
	case "x-planned":
		message := n.Get("x-request") != nil || n.Get("x-broadcast") != nil || n.Get("x-frame") != nil
		return textUnless(message, "is only allowed beside x-request, x-broadcast or x-frame")
	case "x-always":
		return textUnless(n.Place == Property, "is only allowed in a property")
	case "x-secret":
		return textUnless(slices.Equal(n.Types(), []jsonschema.SimpleType{jsonschema.String}), `is only allowed beside "type": "string"`)
	case "x-coerce":
		return misplacedCoerce(n)
	case "x-enum-descriptions":
		return misplacedEnumDescriptions(n)
	}
	return "is not allowed here"
}

func textUnless(right bool, text string) string { //nolint:revive // the flag is the condition of a guard
	if right {
		return ""
	}
	return text
}

func misplacedMessage(n *Node, keyword string) string {
	if n.Place != Definition || !topLevel(n) {
		return "is only allowed in a definition of the document"
	}
	for _, other := range []string{"x-request", "x-broadcast", "x-frame"} {
		if other != keyword && n.Get(other) != nil {
			return "cannot be combined with " + other
		}
	}
	return ""
}

// topLevel reports whether a definition is directly in the definitions of its document.
func topLevel(n *Node) bool {
	return strings.Count(n.Pos().Pointer, "/") == 2
}

// coercePattern is the required pattern beside x-coerce: generated code parses such strings as
// integers.
const coercePattern = "^[0-9]{1,16}$"

func misplacedCoerce(n *Node) string {
	types := slices.Sorted(slices.Values(n.Types()))
	if !slices.Equal(types, []jsonschema.SimpleType{jsonschema.Integer, jsonschema.String}) {
		return `is only allowed beside "type": ["integer", "string"]`
	}
	if n.Simple.Pattern == nil || *n.Simple.Pattern != coercePattern {
		return `needs "pattern": "` + coercePattern + `" beside it`
	}
	for _, keyword := range []string{"enum", "const", "format", "minLength", "maxLength", "allOf", "oneOf"} {
		if n.Get(keyword) != nil {
			return "cannot be combined with " + keyword
		}
	}
	return ""
}

func misplacedEnumDescriptions(n *Node) string {
	enum := n.Get("enum")
	if enum == nil {
		return "is only allowed beside enum"
	}
	values, texts := enum.Strings(), n.Get("x-enum-descriptions")
	for _, value := range values {
		if texts.Get(value) == nil {
			return "has no text for \"" + value + "\""
		}
	}
	for _, m := range texts.Members {
		if !slices.Contains(values, m.Key) {
			return "describes \"" + m.Key + "\", which is not a value of the enum"
		}
	}
	return ""
}
