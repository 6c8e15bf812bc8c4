package docgen_test

import (
	"bytes"
	"go/format"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"seg.example/tools/schemagen/internal/schema"
)

// formatted is a file as the program writes it.
func formatted(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	if path.Ext(name) != ".go" {
		return data
	}
	made, err := format.Source(data)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// parse reads HTML.
func parse(t *testing.T, text []byte) *nethtml.Node {
	t.Helper()
	root, err := nethtml.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// attribute is the value of an attribute.
func attribute(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is the text of an element, with one blank between words.
func words(n *nethtml.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode && d.Parent.DataAtom != atom.Script && d.Parent.DataAtom != atom.Style {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// elements are those that pages may have, and their attributes.
var elements = map[string]string{
	"a": "class href id aria-label", "article": "id tabindex aria-label", "body": "", "caption": "", "code": "class", "details": "",
	"div": "class role tabindex aria-label id", "fieldset": "", "figcaption": "", "figure": "class", "form": "role", "h1": "", "h2": "", "h3": "", "head": "",
	"header": "class", "html": "lang", "input": "type id autocomplete spellcheck placeholder aria-describedby name checked",
	"label": "for", "legend": "", "li": "", "line": "class x1 x2 y1 y2", "link": "rel href", "main": "id tabindex",
	"meta": "charset name content http-equiv", "nav": "aria-label", "output": "id for aria-live", "p": "", "path": "class d", "pre": "",
	"script": "", "section": "id", "span": "class id hidden", "style": "", "summary": "", "svg": "viewBox width height role aria-labelledby",
	"table": "", "tbody": "", "td": "", "text": "x y class text-anchor", "th": "scope", "thead": "", "title": "id", "tr": "", "ul": "",
}

// TestHTML: pages hold together, whatever a schema says. They have no elements and no attributes but those that they are made of, every
// reference leads somewhere, and nothing comes from elsewhere.
func TestHTML(t *testing.T) {
	t.Parallel()
	_, strange := odd(t)
	for name, page := range map[string][]byte{
		"ours": docsOf(t, os.DirFS(ours), "x")["reference.html"], "tiny": docsOf(t, os.DirFS(tiny), "x")["reference.html"],
		"chat": docsOf(t, os.DirFS(chat+"/schema"), "x")["reference.html"], "odd": docsOf(t, strange, "x")["reference.html"],
	} {
		if len(page) >= 400_000 {
			t.Errorf("%s has %d bytes, and may have 400,000", name, len(page))
		}
		root := parse(t, page)
		ids, scripts := map[string]bool{}, 0
		for n := range root.Descendants() {
			if n.Type == nethtml.CommentNode && !strings.Contains(n.Data, "DO NOT EDIT") {
				t.Errorf("%s has a comment %q", name, n.Data)
			}
			if n.Type != nethtml.ElementNode {
				continue
			}
			allowed, known := elements[n.Data]
			if !known {
				t.Errorf("%s has an element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if !strings.Contains(" "+allowed+" ", " "+a.Key+" ") {
					t.Errorf("%s has an attribute %s of %s", name, a.Key, n.Data)
				}
			}
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s has two elements with the id %s", name, id)
				}
				ids[id] = true
			}
			if n.DataAtom == atom.Script || n.DataAtom == atom.Style {
				scripts++
			}
		}
		if scripts != 2 {
			t.Errorf("%s has %d elements that are script or style, want one of each", name, scripts)
		}
		for n := range root.Descendants() {
			if href := attribute(n, "href"); n.DataAtom == atom.A && (!strings.HasPrefix(href, "#") || !ids[href[1:]]) {
				t.Errorf("%s has a reference to %q, which is not there", name, href)
			}
			if of := attribute(n, "for"); of != "" && !ids[of] {
				t.Errorf("%s has a label of %q, which is not there", name, of)
			}
		}
	}
}

// texts are what the odd protocol says of its things, as readers see it: backquotes are marks.
func texts(t *testing.T) []string {
	t.Helper()
	_, documents := odd(t)
	var said []string
	for _, name := range []string{"contract.json", "doc.json"} {
		root, err := schema.Parse(name, documents[name].Data)
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, descriptions(root)...)
	}
	if len(said) < 30 {
		t.Fatalf("only %d descriptions", len(said))
	}
	return said
}

// descriptions are those of a schema and of what is in it, but for what is planned.
func descriptions(v *schema.Value) []string {
	var all []string
	if v.Get("x-planned") != nil {
		return nil
	}
	for _, m := range v.Members {
		if m.Key == "description" && m.Value.Kind == schema.String {
			all = append(all, m.Value.Text)
		}
		all = append(all, descriptions(m.Value)...)
	}
	for _, item := range v.Items {
		all = append(all, descriptions(item)...)
	}
	return all
}

// mark is the backquotes that mark code in a description; those that are doubled or have no partner are text.
var mark = regexp.MustCompile("`([^`]+)`")

func seen(description string) string {
	return strings.Join(strings.Fields(mark.ReplaceAllString(description, "$1")), " ")
}

// squeezed drops what may differ: white space, and backquotes, whose partners a description may lack.
func squeezed(text string) string {
	return strings.NewReplacer(" ", "", "\n", "", "`", "").Replace(text)
}

// TestHTML_text: what a schema says is to be read on the page, to the letter.
func TestHTML_text(t *testing.T) {
	t.Parallel()
	_, documents := odd(t)
	page := squeezed(words(parse(t, docsOf(t, documents, "x")["reference.html"])))
	for _, said := range texts(t) {
		if !strings.Contains(page, squeezed(seen(said))) {
			t.Errorf("not on the page: %s", said)
		}
	}
	if strings.Contains(page, "Notyet.") {
		t.Error("what is planned is on the page")
	}
}

// rendered is Markdown as GitHub shows it. HTML in it is left out but for the anchors and foldings that the page is made of.
func rendered(t *testing.T, text []byte) *nethtml.Node {
	t.Helper()
	var out bytes.Buffer
	reader := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := reader.Convert(text, &out); err != nil {
		t.Fatal(err)
	}
	return parse(t, out.Bytes())
}

// TestMarkdown: what a reader of Markdown makes of the reference has the elements, references and text that it should.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	_, strange := odd(t)
	for name, text := range map[string][]byte{
		"ours": docsOf(t, os.DirFS(ours), "x")["reference.md"], "chat": docsOf(t, os.DirFS(chat+"/schema"), "x")["reference.md"],
		"odd": docsOf(t, strange, "x")["reference.md"],
	} {
		root := rendered(t, text)
		ids := map[string]bool{}
		for n := range root.Descendants() {
			if n.Type == nethtml.ElementNode && !strings.Contains(" html head body a h1 h2 h3 p ul li code pre table thead tbody tr th td details summary ", " "+n.Data+" ") {
				t.Errorf("%s has an element %s: %s", name, n.Data, words(n))
			}
			if id := attribute(n, "id"); n.DataAtom == atom.A && id != "" {
				ids[id] = true
			}
		}
		for n := range root.Descendants() {
			href := attribute(n, "href")
			if n.DataAtom == atom.A && href != "" && (!strings.HasPrefix(href, "#") || !ids[href[1:]]) {
				t.Errorf("%s has a reference to %q, which is not there", name, href)
			}
			if n.DataAtom == atom.Tr && cells(n) != cells(firstRow(n)) {
				t.Errorf("%s: the row %q has %d cells, the head %d", name, words(n), cells(n), cells(firstRow(n)))
			}
		}
	}
	page := squeezed(words(rendered(t, docsOf(t, strange, "x")["reference.md"])))
	for _, said := range texts(t) {
		if !strings.Contains(page, squeezed(seen(said))) {
			t.Errorf("not to be read: %s", said)
		}
	}
}

// firstRow is the head of the table that a row stands in.
func firstRow(row *nethtml.Node) *nethtml.Node {
	table := row
	for table.DataAtom != atom.Table {
		table = table.Parent
	}
	for n := range table.Descendants() {
		if n.DataAtom == atom.Tr {
			return n
		}
	}
	return row
}

func cells(row *nethtml.Node) int {
	count := 0
	for n := range row.ChildNodes() {
		if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
			count++
		}
	}
	return count
}

// TestReferences_agree: page and Markdown have the same entries under the same anchors.
func TestReferences_agree(t *testing.T) {
	t.Parallel()
	files := docsOf(t, os.DirFS(ours), "x")
	anchors := func(root *nethtml.Node) map[string]bool {
		found := map[string]bool{}
		for n := range root.Descendants() {
			if id := attribute(n, "id"); regexp.MustCompile(`^(request|broadcast|frame|type|code)-`).MatchString(id) {
				found[id] = true
			}
		}
		return found
	}
	page, text := anchors(parse(t, files["reference.html"])), anchors(rendered(t, files["reference.md"]))
	if diff := cmp.Diff(page, text); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"request-create-user", "broadcast-api-create_user", "frame-welcome", "type-User", "code-not_found", "type-CreateUserAnswer"} {
		if !page[want] {
			t.Errorf("%s is not there", want)
		}
	}
}

// TestCalls_shown: every piece of Go in the reference stands in the test that compiles it.
func TestCalls_shown(t *testing.T) {
	t.Parallel()
	files := docsOf(t, os.DirFS(ours), "x.example/gen")
	compiled := strings.ReplaceAll(string(formatted(t, "x.go", files["calls_test.go"])), "\t", "")
	shown := regexp.MustCompile("(?s)```go\n(.*?)\n```").FindAllStringSubmatch(string(files["reference.md"]), -1)
	if len(shown) < 70 {
		t.Fatalf("%d pieces of Go", len(shown))
	}
	for _, piece := range shown {
		if !strings.Contains(compiled, strings.ReplaceAll(piece[1], "\t", "")) {
			t.Errorf("not compiled:\n%s", piece[1])
		}
	}
}

// TestReferences_show_the_same_calls: what other tests make of the listings in Markdown holds for the page as well.
func TestReferences_show_the_same_calls(t *testing.T) {
	t.Parallel()
	_, strange := odd(t)
	for name, files := range map[string]map[string][]byte{"ours": docsOf(t, os.DirFS(ours), "x"), "odd": docsOf(t, strange, "x")} {
		listings := func(root *nethtml.Node) []string {
			var all []string
			for n := range root.Descendants() {
				if n.DataAtom != atom.Pre {
					continue
				}
				var text strings.Builder
				for d := range n.Descendants() {
					if d.Type == nethtml.TextNode {
						text.WriteString(d.Data)
					}
				}
				all = append(all, strings.TrimSpace(text.String()))
			}
			return all
		}
		page, text := listings(parse(t, files["reference.html"])), listings(rendered(t, files["reference.md"]))
		var frames []string // the picture is text in Markdown only
		for _, l := range text {
			if !strings.HasPrefix(l, "sequenceDiagram") {
				frames = append(frames, l)
			}
		}
		if diff := cmp.Diff(page, frames); diff != "" || len(page) < 10 {
			t.Errorf("%s: %d listings: %s", name, len(page), diff)
		}
	}
}
