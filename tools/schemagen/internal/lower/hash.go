package lower

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// documentsHash is the lower-case hex SHA-256 of all documents in canonical form, each preceded by
// its path.
func documentsHash(set *schema.Set) string {
	sum := sha256.New()
	for _, doc := range set.All() {
		sum.Write([]byte(doc.Path + "\n"))
		sum.Write(append(canonical(nil, doc.Root.Value), '\n'))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// wireHash is the lower-case hex SHA-256 of everything in a contract that a peer can observe: the
// served messages and the JSON values that they carry. Descriptions, names of definitions, files,
// the order of declarations and inlined references do not change it.
func wireHash(c *ir.Contract) string {
	g := graph{indexOf: map[*ir.Type]int{}}
	var messages []node
	for _, r := range c.Requests() {
		if !r.Planned {
			messages = append(messages, g.message(requestText(r), r.Type, r.Answer))
		}
	}
	for _, b := range c.Broadcasts {
		if b.Planned {
			continue
		}
		key := ""
		if b.Key != nil {
			key = b.Key.Name
		}
		messages = append(messages, g.message(fmt.Sprintf("broadcast %q %d %q", b.Wire, b.Delivery, key), b.Type))
	}
	for _, f := range c.Frames {
		if !f.Planned {
			messages = append(messages, g.message(fmt.Sprintf("frame %q", f.Wire), f.Type))
		}
	}
	if c.Codes != nil {
		messages = append(messages, g.message("codes", c.Codes))
	}
	slices.SortFunc(messages, func(a, b node) int { return strings.Compare(a.text, b.text) })
	return hexSum(g.print(messages))
}

// requestText is what a request declares besides its types.
func requestText(r *ir.Request) string {
	emits := []string{}
	for _, b := range r.Emits {
		emits = append(emits, b.Wire)
	}
	secret := ""
	if r.Secret != nil {
		secret = r.Secret.Name
	}
	return fmt.Sprintf("request %q %d %d %v %q %q %q", r.Wire, r.Auth, r.ReplyAs, r.Mutates, secret, sorted(emits), sorted(r.Errors))
}

// graph holds the types of a contract without their names. Types with the same content form one
// class, even if one is inline and the other a definition, and even if they are recursive.
type graph struct {
	indexOf map[*ir.Type]int
	nodes   []node
}

// node is a type: its own content as text, and the types that it contains.
type node struct {
	text     string
	children []int
}

// message returns a node for a message with the types that it carries.
func (g *graph) message(text string, types ...*ir.Type) node {
	n := node{text: text}
	for _, t := range types {
		n.children = append(n.children, g.add(t))
	}
	return n
}

// noType is the index that stands for a missing type.
const noType = -1

// add adds a type with everything that it contains and returns its index.
func (g *graph) add(t *ir.Type) int {
	if t == nil {
		return noType
	}
	nullable := t.Nullable
	for t.Kind == ir.Ref {
		t = t.Ref
		nullable = nullable || t.Nullable
	}
	if nullable && !t.Nullable {
		inner := g.add(t)
		g.nodes = append(g.nodes, node{text: "nullable", children: []int{inner}})
		return len(g.nodes) - 1
	}
	if i, ok := g.indexOf[t]; ok {
		return i
	}
	i := len(g.nodes)
	g.indexOf[t] = i
	g.nodes = append(g.nodes, node{})
	n := g.node(t)
	if nullable {
		g.nodes = append(g.nodes, n)
		n = node{text: "nullable", children: []int{len(g.nodes) - 1}}
	}
	g.nodes[i] = n
	return i
}

func (g *graph) node(t *ir.Type) node {
	n := node{text: fmt.Sprintf("kind %d", t.Kind)}
	say := func(format string, args ...any) { n.text += " " + fmt.Sprintf(format, args...) }
	child := func(t *ir.Type) { n.children = append(n.children, g.add(t)) }
	switch t.Kind {
	case ir.Boolean, ir.Null:
	case ir.Integer:
		l := t.Integer
		say("%s %s %s %v", limitText(l.Min), limitText(l.Max), limitText(l.MultipleOf), l.Coerce)
	case ir.Number:
		say("%q", *t.Number)
	case ir.String:
		l := t.String
		say("%d %s %d", l.MinLength, limitText(l.MaxLength), l.Format)
		if l.Pattern != nil {
			say("%q", l.Pattern.Source)
		}
	case ir.Enum:
		values := []string{}
		for _, v := range t.Enum {
			values = append(values, v.Value)
		}
		say("%q", sorted(values))
	case ir.Const:
		say("%q", t.Const.JSON)
	case ir.Array:
		say("%d %s %v", t.Array.MinItems, limitText(t.Array.MaxItems), t.Array.Unique)
		child(t.Array.Item)
	case ir.Object:
		g.object(t.Object, say, child)
	case ir.Map:
		say("%d %s", t.Map.MinProps, limitText(t.Map.MaxProps))
		child(t.Map.Value)
		child(t.Map.Names)
	case ir.Union:
		say("%q", t.Union.Tag)
		variants := slices.Clone(t.Union.Variants)
		slices.SortFunc(variants, func(a, b ir.Variant) int { return strings.Compare(a.Value, b.Value) })
		for _, v := range variants {
			say("%q", v.Value)
			child(v.Type)
		}
	case ir.Raw:
		r := t.Raw
		values := []string{}
		for _, v := range r.Enum {
			values = append(values, v.JSON)
		}
		say("%v %v %v %q", r.Any, r.Null, r.Boolean, sorted(values))
		for _, t := range []*ir.Type{r.Number, r.String, r.Array, r.Object} {
			child(t)
		}
	case ir.Ref:
		child(t.Ref) // unreachable: add follows references
	}
	return n
}

func (g *graph) object(o *ir.Fields, say func(format string, args ...any), child func(*ir.Type)) {
	say("%v %d %s %v", o.Closed, o.MinProps, limitText(o.MaxProps), o.NullAbsent)
	if extra := o.Extra; extra != nil && extra.Kind == ir.Raw && extra.Raw.Any {
		child(nil) // accepts any value, like a missing Extra
	} else {
		child(extra)
	}
	child(o.Names)
	fields := slices.Clone(o.Fields)
	slices.SortFunc(fields, func(a, b *ir.Field) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range fields {
		say("%q %v %v", f.Name, f.Required, f.Always)
		if f.Default != nil {
			say("default %q", f.Default.JSON)
		}
		child(f.Type)
	}
}

// print writes the messages and each class of types once. Classes are numbered in the order of
// first use.
func (g *graph) print(messages []node) string {
	classes := g.classes()
	var out strings.Builder
	numbers := map[string]int{}
	var queue []node
	write := func(n node) {
		out.WriteString(n.text)
		for _, c := range n.children {
			if c == noType {
				out.WriteString(" -")
				continue
			}
			number, known := numbers[classes[c]]
			if !known {
				number = len(numbers)
				numbers[classes[c]] = number
				queue = append(queue, g.nodes[c])
			}
			fmt.Fprint(&out, " ", number)
		}
		out.WriteByte('\n')
	}
	for _, m := range messages {
		write(m)
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		write(next)
	}
	return out.String()
}

// classes returns the class of each node; nodes that cannot be distinguished have the same class.
// Each round refines the classes by those of the children. It stops when a round adds no class, so
// it also terminates on recursive types.
func (g *graph) classes() []string {
	classes := make([]string, len(g.nodes))
	for i, n := range g.nodes {
		classes[i] = hexSum(n.text)
	}
	for count := distinct(classes); ; {
		next := make([]string, len(classes))
		for i, n := range g.nodes {
			parts := []string{n.text}
			for _, c := range n.children {
				part := "-"
				if c != noType {
					part = classes[c]
				}
				parts = append(parts, part)
			}
			next[i] = hexSum(strings.Join(parts, "\n"))
		}
		classes = next
		now := distinct(classes)
		if now == count {
			return classes
		}
		count = now
	}
}

func distinct(list []string) int {
	seen := map[string]bool{}
	for _, l := range list {
		seen[l] = true
	}
	return len(seen)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// limitText returns the text of an optional limit.
func limitText[T int | int64](p *T) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}
