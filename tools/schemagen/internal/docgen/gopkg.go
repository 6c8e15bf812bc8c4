package docgen

import (
	_ "embed"
	"strconv"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// The files of folder docs that are no Go.
const (
	asyncAPIFile = "asyncapi.json"
	markdownFile = "reference.md"
	htmlFile     = "reference.html"
	clientFile   = "client.js"
)

// goPackage prints package docs, which holds the other files of its folder.
func goPackage(c *ir.Contract) []byte {
	w := emit.New("\t")
	w.P(marker)
	w.P()
	w.Comment("//", 120, "Package docs holds the documentation of the protocol "+c.Name+", and its TypeScript client as one file for browsers.")
	w.P("package docs")
	w.P()
	w.P(`import "embed"`)
	w.P()
	w.Comment("//", 120, "FS holds "+asyncAPIFile+", an AsyncAPI 3.1.0 document; "+htmlFile+" and "+markdownFile+", the same reference as a page that "+
		"needs nothing else and as Markdown; and "+clientFile+", the client as an ES module without dependencies.")
	w.P("//")
	w.P("//go:embed ", asyncAPIFile, " ", htmlFile, " ", markdownFile, " ", clientFile)
	w.P("var FS embed.FS")
	return w.Bytes()
}

//go:embed calls_test.txt
var callsHead string

// callTest prints a test that makes every call as the reference shows it in Go, and compares the frames with the JSON that the
// reference shows beside it.
func (b *builder) callTest(o gogen.Options) []emit.File {
	if len(b.made) == 0 {
		return nil
	}
	w := emit.New("\t")
	w.P(marker)
	w.P()
	w.P(strings.NewReplacer("CLIENT", quote(o.ImportPath+"/client"), "WIRE", quote(o.ImportPath+"/wire")).Replace(strings.TrimRight(callsHead, "\n")))
	w.P()
	w.P("// calls are the requests as the reference shows them.")
	w.In("var calls = []call{")
	for _, m := range b.made {
		secret := ""
		if m.request.Secret != nil {
			if v := m.frame.Get(m.request.Secret.Name); v != nil {
				secret = v.Text
			}
		}
		w.In("{", quote(m.request.Wire), ", ", quote(secret), ", ", backquote(oneLine(expected(m))), ", func(ctx context.Context, c *client.Client) error {")
		for line := range strings.SplitSeq(m.call, "\n") {
			w.P(line)
		}
		if strings.HasPrefix(m.call, "answer, ") {
			w.P("_ = answer")
		}
		w.P("return err")
		w.Out("}},")
	}
	w.Out("}")
	w.P()
	b.compiled(w)
	return []emit.File{{Path: "calls_test.go", Data: w.Bytes()}}
}

// compiled prints what the reference shows in Go besides calls, so that it compiles.
func (b *builder) compiled(w *emit.Writer) {
	w.In("func _(ctx context.Context) error {")
	for _, l := range b.setUp() {
		if l.language == "go" {
			for line := range strings.SplitSeq(l.text, "\n") {
				w.P(line)
			}
		}
	}
	w.P("return nil")
	w.Out("}")
	w.P()
	w.In("func _(event client.Event) {")
	for _, m := range b.broadcasts() {
		for _, l := range b.listening(m).listings {
			if l.language != "go" {
				continue
			}
			for line := range strings.SplitSeq(l.text, "\n") {
				w.P(line)
			}
		}
	}
	w.P("log.Print(event)")
	w.Out("}")
}

// expected is the frame that a call must send, without its id: what is shown, but for fields that the request does not know and nulls
// that count as absent, with the defaults that Go sends.
func expected(m made) *schema.Value {
	frame := sent(m.request.Type, m.frame)
	return object(append([]schema.Member{member("type", text(m.request.Wire))}, frame.Members...)...)
}

// sent is what Go sends for a value of a type.
func sent(t *ir.Type, v *schema.Value) *schema.Value {
	core := t.Deref()
	switch {
	case core.Kind == ir.Integer && v.Kind == schema.String:
		return number(v.Text)
	case core.Kind == ir.Array && v.Kind == schema.Array:
		items := make([]*schema.Value, 0, len(v.Items))
		for _, item := range v.Items {
			items = append(items, sent(core.Array.Item, item))
		}
		return array(items...)
	case core.Kind == ir.Map && v.Kind == schema.Object:
		members := make([]schema.Member, 0, len(v.Members))
		for _, m := range v.Members {
			members = append(members, member(m.Key, sent(core.Map.Value, m.Value)))
		}
		return object(members...)
	case core.Kind == ir.Union:
		return sentVariant(core.Union, v)
	case core.Kind == ir.Object && v.Kind == schema.Object:
		return sentObject(core.Object, v)
	}
	return v
}

func sentVariant(u *ir.OneOf, v *schema.Value) *schema.Value {
	for _, variant := range u.Variants {
		if tag := v.Get(u.Tag); tag != nil && tag.Text == variant.Value {
			return sent(variant.Type, v)
		}
	}
	return v
}

func sentObject(o *ir.Fields, v *schema.Value) *schema.Value {
	all, known := object(), map[string]bool{}
	for _, f := range o.Fields {
		known[f.Name] = true
		given := v.Get(f.Name)
		switch {
		case given != nil && (given.Kind != schema.Null || !o.NullAbsent || takesNull(f.Type)):
			all.Members = append(all.Members, member(f.Name, sent(f.Type, given)))
		case f.Default != nil:
			all.Members = append(all.Members, member(f.Name, parsed(f.Default.JSON)))
		}
	}
	for _, m := range v.Members {
		if o.Extra != nil && !known[m.Key] {
			all.Members = append(all.Members, member(m.Key, sent(o.Extra, m.Value)))
		}
	}
	return all
}

func quote(s string) string { return strconv.Quote(s) }

// backquote writes a Go string, in back quotes where that is easier to read.
func backquote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
