package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/ir"
)

// Place says where a schema stands in its document.
type Place uint8

// The places.
const (
	Root       Place = iota // the document itself
	Definition              // a member of definitions
	Property                // a member of properties
	Inside                  // anywhere else: items, additionalProperties, allOf, x-answer …
)

// Node is one schema of a document.
type Node struct {
	Value *Value // an object, True or False
	Doc   *Document
	Place Place
	Name  string // of a Definition or Property: its key

	// Simple is the typed model of the keywords that hold no schema, no number and no value of the protocol: $ref, title,
	// description, type, format, pattern, required, uniqueItems. Everything else is empty in it.
	Simple jsonschema.Schema

	Definitions, Properties, AllOf, OneOf    []*Node // in the order of the document
	Items, Additional, PropertyNames, Answer *Node   // nil when absent
}

// Pos is where the schema begins.
func (n *Node) Pos() ir.Pos { return n.Value.Pos }

// Get returns the value of a keyword, or nil.
func (n *Node) Get(keyword string) *Value { return n.Value.Get(keyword) }

// KeyPos returns where a keyword stands.
func (n *Node) KeyPos(keyword string) ir.Pos { return n.Value.KeyPos(keyword) }

// Ref returns what $ref says.
func (n *Node) Ref() (ref string, ok bool) {
	if n.Simple.Ref == nil {
		return "", false
	}
	return *n.Simple.Ref, true
}

// Description returns the description of a schema; empty without one.
func (n *Node) Description() string {
	if n.Simple.Description == nil {
		return ""
	}
	return strings.TrimSpace(*n.Simple.Description)
}

// Types returns the JSON types that the keyword type allows, in its order; nil when the keyword is absent.
func (n *Node) Types() []jsonschema.SimpleType {
	switch t := n.Simple.Type; {
	case t == nil:
		return nil
	case t.SimpleTypes != nil:
		return []jsonschema.SimpleType{*t.SimpleTypes}
	default:
		return t.SliceOfSimpleTypeValues
	}
}

// Children returns the schemas directly inside this one, in a fixed order.
func (n *Node) Children() []*Node {
	var all []*Node
	all = append(all, n.Properties...)
	for _, one := range []*Node{n.Additional, n.Items, n.PropertyNames, n.Answer} {
		if one != nil {
			all = append(all, one)
		}
	}
	all = append(all, n.AllOf...)
	all = append(all, n.OneOf...)
	return append(all, n.Definitions...)
}

// Walk calls visit for this schema and every schema inside it, outer ones first.
func (n *Node) Walk(visit func(*Node)) {
	visit(n)
	for _, child := range n.Children() {
		child.Walk(visit)
	}
}

// builder makes nodes of the values of one document.
type builder struct {
	doc      *Document
	problems *Problems
}

func (b *builder) node(v *Value, place Place, name string) *Node {
	n := &Node{Value: v, Doc: b.doc, Place: place, Name: name}
	b.doc.nodes[v.Pos.Pointer] = n
	if v.Kind != Object {
		return n
	}
	b.simple(n)
	for _, m := range v.Members {
		b.member(n, m)
	}
	return n
}

func (b *builder) member(n *Node, m Member) {
	switch m.Key {
	case "definitions":
		n.Definitions = b.named(m.Value, Definition)
	case "properties":
		n.Properties = b.named(m.Value, Property)
	case "allOf":
		n.AllOf = b.list(m.Value)
	case "oneOf":
		n.OneOf = b.list(m.Value)
	case "items":
		if m.Value.Kind != Array {
			n.Items = b.node(m.Value, Inside, "")
		}
	case "additionalProperties":
		n.Additional = b.node(m.Value, Inside, "")
	case "propertyNames":
		n.PropertyNames = b.node(m.Value, Inside, "")
	case "x-answer": // which the document's own meta-schema has not looked at; checkOwn says what is wrong with it
		if hold(m.Value, loadMeta().draft, "", &Problems{}) {
			n.Answer = b.node(m.Value, Inside, "")
		}
	}
}

func (b *builder) named(v *Value, place Place) []*Node {
	nodes := make([]*Node, 0, len(v.Members))
	for _, m := range v.Members {
		nodes = append(nodes, b.node(m.Value, place, m.Key))
	}
	return nodes
}

func (b *builder) list(v *Value) []*Node {
	nodes := make([]*Node, 0, len(v.Items))
	for _, item := range v.Items {
		nodes = append(nodes, b.node(item, Inside, ""))
	}
	return nodes
}

// simpleKeywords are those that Node.Simple holds.
const simpleKeywords = " $ref title description type format pattern required uniqueItems "

// simple reads the simple keywords of a schema into the typed model.
func (b *builder) simple(n *Node) {
	var text bytes.Buffer
	text.WriteByte('{')
	for _, m := range n.Value.Members {
		if !strings.Contains(simpleKeywords, " "+m.Key+" ") {
			continue
		}
		if text.Len() > 1 {
			text.WriteByte(',')
		}
		text.WriteString(strconv.Quote(m.Key) + ":")
		text.Write(JSON(m.Value))
	}
	text.WriteByte('}')
	if err := json.Unmarshal(text.Bytes(), &n.Simple); err != nil {
		b.problems.Add(n.Pos(), "not a schema of draft-07: %v", fmt.Errorf("typed model: %w", err))
	}
}

// JSON prints a value as JSON text, its keys in the order of the document and its numbers as written.
func JSON(v *Value) []byte {
	return appendJSON(nil, v)
}

func appendJSON(dst []byte, v *Value) []byte {
	switch v.Kind {
	case Null:
		return append(dst, "null"...)
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Number:
		return append(dst, v.Text...)
	case String:
		return AppendString(dst, v.Text)
	case Array:
		dst = append(dst, '[')
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(append(AppendString(dst, m.Key), ':'), m.Value)
		}
		return append(dst, '}')
	}
	return dst
}

// AppendString appends a string as JSON text, escaping nothing that need not be.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}
