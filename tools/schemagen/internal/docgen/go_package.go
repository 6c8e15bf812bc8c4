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

// The files of folder docs, except the Go files.
const (
	asyncAPIFile = "asyncapi.json"
	markdownFile = "reference.md"
	htmlFile     = "reference.html"
	clientFile   = "client.js"
)

// goPackage prints package docs, which embeds the other files of the folder.
func goPackage(c *ir.Contract) []byte {
	w := emit.New("\t")
	w.P(generatedComment)
	w.P()
	w.Comment("//", 120, "Package docs holds the documentation of the protocol "+c.Name+", and its TypeScript client as one file for browsers.")
	w.P("package docs")
	w.P()
	w.P(`import "embed"`)
	w.P()
	w.Comment("//", 120, "FS holds "+asyncAPIFile+", an AsyncAPI 3.1.0 document; "+htmlFile+" and "+markdownFile+", the reference as a self-contained "+
		"page and as Markdown; and "+clientFile+", the client as an ES module without dependencies.")
	w.P("//")
	w.P("//go:embed ", asyncAPIFile, " ", htmlFile, " ", markdownFile, " ", clientFile)
	w.P("var FS embed.FS")
	return w.Bytes()
}

//go:embed calls_test.txt
var callTestHeader string

// callTest prints a test that runs the Go code of every request in the reference, and compares the
// frames with the JSON in the reference.
func (b *builder) callTest(o gogen.Options) []emit.File {
	if len(b.sampleCalls) == 0 {
		return nil
	}
	w := emit.New("\t")
	w.P(generatedComment)
	w.P()
	w.P(strings.NewReplacer("CLIENT", quote(o.ImportPath+"/client"), "WIRE", quote(o.ImportPath+"/wire")).Replace(strings.TrimRight(callTestHeader, "\n")))
	w.P()
	w.P("// calls are the requests in the reference.")
	w.In("var calls = []call{")
	for _, m := range b.sampleCalls {
		secret := ""
		if m.request.Secret != nil {
			if v := m.frame.Get(m.request.Secret.Name); v != nil {
				secret = v.Text
			}
		}
		w.In("{", quote(m.request.Wire), ", ", quote(secret), ", ", backquote(oneLine(expectedFrame(m))), ", func(ctx context.Context, c *client.Client) error {")
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
	b.printCompiledExamples(w)
	return []emit.File{{Path: "calls_test.go", Data: w.Bytes()}}
}

// printCompiledExamples prints the other Go code of the reference, to check that it compiles.
func (b *builder) printCompiledExamples(w *emit.Writer) {
	w.In("func _(ctx context.Context) error {")
	for _, l := range b.connectExample() {
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
		for _, l := range b.subscribeExample(m).listings {
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

// expectedFrame is the frame that a call must send, without its id. It is the frame in the
// reference without unknown fields and without nulls that count as absent, but with the defaults
// that Go sends.
func expectedFrame(m sampleCall) *schema.Value {
	frame := goSentValue(m.request.Type, m.frame)
	return object(append([]schema.Member{member("type", text(m.request.Wire))}, frame.Members...)...)
}

// goSentValue is the JSON that the Go client sends for a value of a type.
func goSentValue(t *ir.Type, v *schema.Value) *schema.Value {
	core := t.Deref()
	switch {
	case core.Kind == ir.Integer && v.Kind == schema.String:
		return number(v.Text)
	case core.Kind == ir.Array && v.Kind == schema.Array:
		items := make([]*schema.Value, 0, len(v.Items))
		for _, item := range v.Items {
			items = append(items, goSentValue(core.Array.Item, item))
		}
		return array(items...)
	case core.Kind == ir.Map && v.Kind == schema.Object:
		members := make([]schema.Member, 0, len(v.Members))
		for _, m := range v.Members {
			members = append(members, member(m.Key, goSentValue(core.Map.Value, m.Value)))
		}
		return object(members...)
	case core.Kind == ir.Union:
		return goSentVariant(core.Union, v)
	case core.Kind == ir.Object && v.Kind == schema.Object:
		return goSentObject(core.Object, v)
	}
	return v
}

func goSentVariant(u *ir.OneOf, v *schema.Value) *schema.Value {
	for _, variant := range u.Variants {
		if tag := v.Get(u.Tag); tag != nil && tag.Text == variant.Value {
			return goSentValue(variant.Type, v)
		}
	}
	return v
}

func goSentObject(o *ir.Fields, v *schema.Value) *schema.Value {
	all, known := object(), map[string]bool{}
	for _, f := range o.Fields {
		known[f.Name] = true
		given := v.Get(f.Name)
		switch {
		case given != nil && (given.Kind != schema.Null || !o.NullAbsent || hasNullValue(f.Type)):
			all.Members = append(all.Members, member(f.Name, goSentValue(f.Type, given)))
		case f.Default != nil:
			all.Members = append(all.Members, member(f.Name, parseOrNil(f.Default.JSON)))
		}
	}
	for _, m := range v.Members {
		if o.Extra != nil && !known[m.Key] {
			all.Members = append(all.Members, member(m.Key, goSentValue(o.Extra, m.Value)))
		}
	}
	return all
}

func quote(s string) string { return strconv.Quote(s) }

// backquote is a Go string literal, in back quotes if possible.
func backquote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
