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

// Lower converts documents into a contract. The error is schema.Problems with everything that is
// wrong, sorted by place. The list is empty if the only problems are documents that Load could not
// read.
func Lower(set *schema.Set) (*ir.Contract, error) {
	l := newLowerer(set)
	c := l.contract()
	if len(l.problems) > 0 {
		// Load has already reported the documents that it could not read.
		l.problems = slices.DeleteFunc(l.problems, func(p schema.Problem) bool { return p.Text == schema.ErrUnreadable.Error() })
		return nil, l.problems.Sorted()
	}
	if err := set.Compile(); err != nil {
		return nil, fmt.Errorf("compile with santhosh-tekuri/jsonschema: %w", err)
	}
	return c, nil
}

// Read loads documents and lowers them. If the schema is wrong, the error is schema.Problems with
// everything that Load and Lower found, sorted by place, and the contract is nil. The set is nil if
// contract.json could not be read.
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

// defaultURL is the address of a server in examples if the contract does not declare one.
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
	markRecursiveFields(c)
	l.checkNames(c)
	b := &messages{lowerer: l, contract: c, broadcasts: map[string]*ir.Broadcast{}, seen: map[string]bool{}}
	b.lowerCodes(meta)
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

// definitionName matches valid names of definitions.
var definitionName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// define fills the contract's types and returns their schemas. It also lowers schemas that no
// reference can reach, to report their problems.
func (l *lowerer) define(c *ir.Contract) []*schema.Node {
	var all []*schema.Node
	for _, doc := range l.set.All() {
		for _, n := range doc.Root.Definitions {
			if !definitionName.MatchString(n.Name) {
				l.problems.Add(n.Doc.Root.Get("definitions").KeyPos(n.Name), "definition %q must have a name like CreateUser", n.Name)
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
		t.Name, t.Doc, t.Pos = n.Name, descriptionOr(n, made.Doc), n.Pos()
		l.checkMessageType(n, t)
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

// checkMessageType checks that the type of a message is an object without the fields of the
// envelope.
func (l *lowerer) checkMessageType(n *schema.Node, t *ir.Type) {
	kind := messageKind(n)
	if kind == "" {
		return
	}
	if t.Kind == ir.Map && t.Map.Value.Kind == ir.Raw && t.Map.Value.Raw.Any && t.Map.Names == nil {
		t.Kind, t.Object, t.Map = ir.Object, &ir.Fields{MinProps: t.Map.MinProps, MaxProps: t.Map.MaxProps}, nil
	}
	if t.Kind != ir.Object || t.Nullable {
		l.problems.Add(n.KeyPos(kind), "%s requires an object with properties", kind)
		return
	}
	if kind == "x-request" {
		t.Object.NullAbsent = true
	}
	for _, f := range t.Object.Fields {
		if (f.Name == "type" && kind != "x-broadcast") || (f.Name == "request_id" && kind == "x-request") {
			l.problems.Add(f.Type.Pos, "property %q is reserved for the envelope", f.Name)
		}
	}
}

// messageKind returns which of x-request, x-broadcast and x-frame a definition has; empty if none.
func messageKind(n *schema.Node) string {
	for _, kind := range []string{"x-request", "x-broadcast", "x-frame"} {
		if n.Get(kind) != nil {
			return kind
		}
	}
	return ""
}

// messages collects the messages of a contract.
type messages struct {
	*lowerer
	contract   *ir.Contract
	broadcasts map[string]*ir.Broadcast
	frames     []*schema.Node
	seen       map[string]bool
	// nounDocuments[i] is the document of contract.Nouns[i]. Two folders may contain files of the
	// same name.
	nounDocuments []*schema.Document
}

// lowerCodes resolves the enum of error codes.
func (b *messages) lowerCodes(meta *schema.Value) {
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
		if slices.Contains(generalCodes, v.Value) {
			b.contract.General = append(b.contract.General, v.Value)
		}
	}
}

// messageName returns the wire type of a message and reports a duplicate.
func (b *messages) messageName(n *schema.Node, keyword string) string {
	wire := n.Get(keyword)
	if b.seen[wire.Text] {
		b.problems.Add(wire.Pos, "another message already has the type %q", wire.Text)
	}
	b.seen[wire.Text] = true
	return wire.Text
}

func (b *messages) frameOrBroadcast(n *schema.Node) {
	t, planned := b.types[n], n.Get("x-planned") != nil
	switch messageKind(n) {
	case "x-frame":
		b.frames = append(b.frames, n)
		b.contract.Frames = append(b.contract.Frames, &ir.Frame{Wire: b.messageName(n, "x-frame"), Type: t, Planned: planned})
	case "x-broadcast":
		out := &ir.Broadcast{Wire: b.messageName(n, "x-broadcast"), Noun: n.Doc.Name(), Type: t, Planned: planned}
		if delivery := n.Get("x-delivery"); delivery != nil && delivery.Text == "latest" {
			out.Delivery = ir.DeliverLatest
			out.Key = b.conflateBy(n, t)
		}
		b.broadcasts[out.Wire] = out
		b.contract.Broadcasts = append(b.contract.Broadcasts, out)
	}
}

// conflateBy returns the field by which a broadcast with "latest" delivery is conflated.
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

// mayBeNull reports whether a type, or a reference on the way to it, is nullable.
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

// nounOf returns the group for the requests of a document. It creates the group on first use.
func (b *messages) nounOf(doc *schema.Document) *ir.Noun {
	if n := len(b.contract.Nouns); n > 0 && b.nounDocuments[n-1] == doc {
		return b.contract.Nouns[n-1]
	}
	if !nounName.MatchString(doc.Name()) {
		b.problems.Add(doc.Root.Pos(), "requests are grouped by file name, which must look like user.json")
	}
	same := func(other *ir.Noun) bool { return fold(other.Name) == fold(doc.Name()) }
	if i := slices.IndexFunc(b.contract.Nouns, same); i >= 0 {
		b.problems.Add(doc.Root.Pos(),
			"%s also contains requests. Requests are grouped by file name, so the names must differ: rename one file or move all requests into one",
			b.nounDocuments[i].Path)
	}
	made := &ir.Noun{Name: doc.Name(), Doc: doc.Root.Description()}
	b.contract.Nouns, b.nounDocuments = append(b.contract.Nouns, made), append(b.nounDocuments, doc)
	return made
}

// nounName matches valid names of documents with requests.
var nounName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
