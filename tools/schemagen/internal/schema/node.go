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

// Place says where in its document a schema is.
type Place uint8

// The places.
const (
	Root       Place = iota // the document itself
	Definition              // a member of definitions
	Property                // a member of properties
	Subschema               // elsewhere: items, additionalProperties, allOf, x-answer …
)

// Node is one schema of a document.
type Node struct {
	Value *Value // an object, True or False
	Doc   *Document
	Place Place
	Name  string // of a Definition or Property: its key

	// Simple is the typed model of the keywords $ref, title, description, type, format, pattern,
	// required and uniqueItems. Other keywords are not set in it.
	Simple jsonschema.Schema

	Definitions, Properties, AllOf, OneOf    []*Node // in the order of the document
	Items, Additional, PropertyNames, Answer *Node   // nil if absent
}

// Pos is the place of the schema.
func (n *Node) Pos() ir.Pos { return n.Value.Pos }

// Get returns the value of a keyword, or nil.
func (n *Node) Get(keyword string) *Value { return n.Value.Get(keyword) }

// KeyPos returns the place of a keyword.
func (n *Node) KeyPos(keyword string) ir.Pos { return n.Value.KeyPos(keyword) }

// Ref returns the value of $ref.
func (n *Node) Ref() (ref string, ok bool) {
	if n.Simple.Ref == nil {
		return "", false
	}
	return *n.Simple.Ref, true
}

// Description returns the description of the schema; empty if it has none.
func (n *Node) Description() string {
	if n.Simple.Description == nil {
		return ""
	}
	return strings.TrimSpace(*n.Simple.Description)
}

// Types returns the JSON types in the keyword type, in their order; nil if the keyword is absent.
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

// Walk calls visit for this schema and all schemas inside it, outer ones first.
func (n *Node) Walk(visit func(*Node)) {
	visit(n)
	for _, child := range n.Children() {
		child.Walk(visit)
	}
}

// builder creates the nodes of one document.
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
	b.readSimpleKeywords(n)
	for _, m := range v.Members {
		b.member(n, m)
	}
	return n
}

func (b *builder) member(n *Node, m Member) {
	switch m.Key {
	case "definitions":
		n.Definitions = b.nodeMap(m.Value, Definition)
	case "properties":
		n.Properties = b.nodeMap(m.Value, Property)
	case "allOf":
		n.AllOf = b.nodeList(m.Value)
	case "oneOf":
		n.OneOf = b.nodeList(m.Value)
	case "items":
		if m.Value.Kind != Array {
			n.Items = b.node(m.Value, Subschema, "")
		}
	case "additionalProperties":
		n.Additional = b.node(m.Value, Subschema, "")
	case "propertyNames":
		n.PropertyNames = b.node(m.Value, Subschema, "")
	case "x-answer": // draft-07 does not validate it; checkExtensions reports what is wrong with it
		if validate(m.Value, loadMeta().draft, "", &Problems{}) {
			n.Answer = b.node(m.Value, Subschema, "")
		}
	}
}

func (b *builder) nodeMap(v *Value, place Place) []*Node {
	nodes := make([]*Node, 0, len(v.Members))
	for _, m := range v.Members {
		nodes = append(nodes, b.node(m.Value, place, m.Key))
	}
	return nodes
}

func (b *builder) nodeList(v *Value) []*Node {
	nodes := make([]*Node, 0, len(v.Items))
	for _, item := range v.Items {
		nodes = append(nodes, b.node(item, Subschema, ""))
	}
	return nodes
}

// simpleKeywords are the keywords in Node.Simple.
const simpleKeywords = " $ref title description type format pattern required uniqueItems "

// readSimpleKeywords reads the simple keywords of a schema into the typed model.
func (b *builder) readSimpleKeywords(n *Node) {
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
		b.problems.Add(n.Pos(), "not a draft-07 schema: %v", fmt.Errorf("typed model: %w", err))
	}
}

// JSON prints a value as JSON text with keys in the order of the document and numbers as written.
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

// AppendString appends a string as JSON text with as few escapes as possible.
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
