package lower

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// Lower turns documents into a contract. The error is schema.Problems: everything that is wrong, in order of place. It may be empty if set
// has documents that cannot be read.
func Lower(set *schema.Set) (*ir.Contract, error) {
	l := newLowerer(set)
	c := l.contract()
	if len(l.problems) > 0 {
		// Load has told of the documents that cannot be read.
		l.problems = slices.DeleteFunc(l.problems, func(p schema.Problem) bool { return p.Text == schema.ErrBroken.Error() })
		return nil, l.problems.Sorted()
	}
	if err := set.Compile(); err != nil {
		return nil, fmt.Errorf("second opinion: %w", err)
	}
	return c, nil
}

// Read loads documents and lowers them. The error is schema.Problems where the schema is to blame: everything that Load and Lower find, in order
// of place. Then the contract is nil, and the set is nil if there is no index that could be read.
func Read(fsys fs.FS) (*schema.Set, *ir.Contract, error) {
	set, err := schema.Load(fsys)
	problems, ok := errors.AsType[schema.Problems](err)
	if err != nil && !ok {
		return nil, nil, err
	}
	if set == nil {
		return nil, nil, problems.Sorted()
	}
	contract, err := Lower(set)
	found, ok := errors.AsType[schema.Problems](err)
	if err != nil && !ok && len(problems) == 0 {
		return set, nil, err
	}
	if problems = append(problems, found...); len(problems) > 0 {
		return set, nil, problems.Sorted()
	}
	return set, contract, nil
}

// defaultURL is where a server is found when the contract does not say.
const defaultURL = "ws://localhost:8000/ws/connect"

func (l *lowerer) contract() *ir.Contract {
	meta := l.set.Index.Root.Get("x-contract")
	c := &ir.Contract{
		Name: meta.Get("name").String(), Version: meta.Get("version").String(), Doc: l.set.Index.Root.Description(), Documents: documentsHash(l.set),
	}
	if title := l.set.Index.Root.Simple.Title; title != nil {
		c.Title = *title
	}
	c.URL = defaultURL
	if url := meta.Get("url"); url != nil {
		c.URL = url.String()
	}
	if command := meta.Get("command"); command != nil {
		c.Command = command.String()
	}
	definitions := l.define(c)
	box(c)
	l.checkNames(c)
	b := &messages{lowerer: l, contract: c, broadcasts: map[string]*ir.Broadcast{}, seen: map[string]bool{}}
	b.codes(meta)
	for _, n := range definitions {
		b.frameOrBroadcast(n)
	}
	for _, n := range definitions {
		b.request(n)
	}
	if l.problems.Err() == nil {
		c.Hash = wireHash(c)
	}
	return c
}

// definitionName is what a definition may be called.
var definitionName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// define fills the contract's types and returns their schemas. Schemas that nothing can refer to by name are looked at too, for
// what is wrong with them.
func (l *lowerer) define(c *ir.Contract) []*schema.Node {
	var all []*schema.Node
	for _, doc := range l.set.All() {
		for _, n := range doc.Root.Definitions {
			if !definitionName.MatchString(n.Name) {
				l.problems.Add(n.Doc.Root.Get("definitions").KeyPos(n.Name), "definition %q must be called like this: CreateUser", n.Name)
			}
			t := &ir.Type{Name: n.Name, Pos: n.Pos()}
			l.types[n] = t
			c.Types = append(c.Types, t)
			all = append(all, n)
		}
	}
	for i, n := range all {
		made := l.typeOf(n)
		t := c.Types[i]
		*t = *made
		t.Name, t.Doc, t.Pos = n.Name, describe(n, made.Doc), n.Pos()
		l.message(n, t)
		for _, child := range n.Children() {
			child.Walk(func(inner *schema.Node) {
				if inner.Place == schema.Definition {
					l.typeOf(inner)
				}
			})
		}
	}
	return all
}

// message checks the type of a message: an object, whose fields leave room for those of the envelope.
func (l *lowerer) message(n *schema.Node, t *ir.Type) {
	kind := messageKind(n)
	if kind == "" {
		return
	}
	if t.Kind == ir.Map && t.Map.Value.Kind == ir.Raw && t.Map.Value.Raw.Any && t.Map.Names == nil {
		t.Kind, t.Object, t.Map = ir.Object, &ir.Fields{MinProps: t.Map.MinProps, MaxProps: t.Map.MaxProps}, nil
	}
	if t.Kind != ir.Object || t.Nullable {
		l.problems.Add(n.KeyPos(kind), "%s belongs to an object with properties", kind)
		return
	}
	if kind == "x-request" {
		t.Object.NullAbsent = true
	}
	for _, f := range t.Object.Fields {
		if (f.Name == "type" && kind != "x-broadcast") || (f.Name == "request_id" && kind == "x-request") {
			l.problems.Add(f.Type.Pos, "%q belongs to the envelope", f.Name)
		}
	}
}

// messageKind returns which of the keywords of messages a definition has; empty when none.
func messageKind(n *schema.Node) string {
	for _, kind := range []string{"x-request", "x-broadcast", "x-frame"} {
		if n.Get(kind) != nil {
			return kind
		}
	}
	return ""
}

// messages collects a contract's messages.
type messages struct {
	*lowerer
	contract   *ir.Contract
	broadcasts map[string]*ir.Broadcast
	frames     []*schema.Node
	seen       map[string]bool
	speakers   []*schema.Document // whose requests each noun has; a file's name does not tell, two folders may have one each
}

// codes finds the enum of error codes.
func (b *messages) codes(meta *schema.Value) {
	ref := meta.Get("codes")
	if ref == nil {
		return
	}
	n, err := b.set.Resolve(b.set.Index, ref.Text)
	if err != nil {
		b.problems.Add(ref.Pos, "%v", err)
		return
	}
	t := b.types[n]
	if t == nil || t.Kind != ir.Enum || t.Nullable {
		b.problems.Add(ref.Pos, "codes must refer to a definition that is an enum of strings")
		return
	}
	b.contract.Codes = t
	for _, v := range t.Enum {
		if slices.Contains(general, v.Value) {
			b.contract.General = append(b.contract.General, v.Value)
		}
	}
}

// wire returns the type of a message and notes it when another has it.
func (b *messages) wire(n *schema.Node, keyword string) string {
	wire := n.Get(keyword)
	if b.seen[wire.Text] {
		b.problems.Add(wire.Pos, "another message has the type %q", wire.Text)
	}
	b.seen[wire.Text] = true
	return wire.Text
}

func (b *messages) frameOrBroadcast(n *schema.Node) {
	t, planned := b.types[n], n.Get("x-planned") != nil
	switch messageKind(n) {
	case "x-frame":
		b.frames = append(b.frames, n)
		b.contract.Frames = append(b.contract.Frames, &ir.Frame{Wire: b.wire(n, "x-frame"), Type: t, Planned: planned})
	case "x-broadcast":
		out := &ir.Broadcast{Wire: b.wire(n, "x-broadcast"), Noun: n.Doc.Name(), Type: t, Planned: planned}
		if delivery := n.Get("x-delivery"); delivery != nil && delivery.Text == "latest" {
			out.Delivery = ir.DeliverLatest
			out.Key = b.conflateBy(n, t)
		}
		b.broadcasts[out.Wire] = out
		b.contract.Broadcasts = append(b.contract.Broadcasts, out)
	}
}

// conflateBy returns the field that a broadcast is conflated by.
func (b *messages) conflateBy(n *schema.Node, t *ir.Type) *ir.Field {
	key := n.Get("x-key")
	if key == nil {
		b.problems.Add(n.KeyPos("x-delivery"), `"x-delivery": "latest" needs x-key`)
		return nil
	}
	f := fieldOf(t, key.Text)
	if f == nil || !f.Required || !keyKind(f.Type) {
		b.problems.Add(key.Pos, "x-key must name a required property that is an integer or a string")
		return nil
	}
	return f
}

func keyKind(t *ir.Type) bool {
	core := t.Deref()
	return !mayBeNull(t) && (core.Kind == ir.Integer || core.Kind == ir.String || core.Kind == ir.Enum)
}

// mayBeNull reports whether a type or one of the references to it accepts null beside what it holds.
func mayBeNull(t *ir.Type) bool {
	for ; t.Kind == ir.Ref; t = t.Ref {
		if t.Nullable {
			return true
		}
	}
	return t.Nullable
}

func fieldOf(t *ir.Type, name string) *ir.Field {
	if t.Kind != ir.Object {
		return nil
	}
	for _, f := range t.Object.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// noun returns the group of requests that a document makes.
func (b *messages) noun(doc *schema.Document) *ir.Noun {
	if n := len(b.contract.Nouns); n > 0 && b.speakers[n-1] == doc {
		return b.contract.Nouns[n-1]
	}
	if !nounName.MatchString(doc.Name()) {
		b.problems.Add(doc.Root.Pos(), "the requests of this document are called after its file, which must look like user.json")
	}
	same := func(other *ir.Noun) bool { return fold(other.Name) == fold(doc.Name()) }
	if i := slices.IndexFunc(b.contract.Nouns, same); i >= 0 {
		b.problems.Add(doc.Root.Pos(),
			"%s holds requests too, and requests are grouped by the names of their files, which must differ: rename one, or put all into one",
			b.speakers[i].Path)
	}
	made := &ir.Noun{Name: doc.Name(), Doc: doc.Root.Description()}
	b.contract.Nouns, b.speakers = append(b.contract.Nouns, made), append(b.speakers, doc)
	return made
}

// nounName is what a document of requests may be called.
var nounName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
