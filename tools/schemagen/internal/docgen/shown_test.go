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

// parse parses HTML.
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

// words is the text of an element, with one space between words.
func words(n *nethtml.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode && d.Parent.DataAtom != atom.Script && d.Parent.DataAtom != atom.Style {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// elements are the elements that a page may have, with their attributes.
var elements = map[string]string{
	"a": "class href id aria-label", "article": "id tabindex aria-label", "body": "", "caption": "", "code": "class", "details": "",
	"div": "class role tabindex aria-label id", "fieldset": "", "figcaption": "", "figure": "class", "form": "role", "h1": "", "h2": "", "h3": "", "head": "",
	"header": "class", "html": "lang", "input": "type id autocomplete spellcheck placeholder aria-describedby name checked",
	"label": "for", "legend": "", "li": "", "line": "class x1 x2 y1 y2", "link": "rel href", "main": "id tabindex",
	"meta": "charset name content http-equiv", "nav": "aria-label", "output": "id for aria-live", "p": "", "path": "class d", "pre": "",
	"script": "", "section": "id", "span": "class id hidden", "style": "", "summary": "", "svg": "viewBox width height role aria-labelledby",
	"table": "", "tbody": "", "td": "", "text": "x y class text-anchor", "th": "scope", "thead": "", "title": "id", "tr": "", "ul": "",
}

// TestHTML checks that pages of every schema have only the expected elements and attributes, that
// every link has a target, and that a page loads nothing.
func TestHTML(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	_, oddDocuments := odd(t)
	for name, page := range map[string][]byte{
		"ours": docsOf(t, os.DirFS(ours), "x")["reference.html"], "tiny": docsOf(t, os.DirFS(tiny), "x")["reference.html"],
		"chat": docsOf(t, os.DirFS(chat+"/schema"), "x")["reference.html"], "odd": docsOf(t, oddDocuments, "x")["reference.html"],
	} {
		if len(page) >= 400_000 {
			t.Errorf("%s: got %d bytes, want fewer than 400,000", name, len(page))
		}
		root := parse(t, page)
		ids, scripts := map[string]bool{}, 0
		for n := range root.Descendants() {
			if n.Type == nethtml.CommentNode && !strings.Contains(n.Data, "DO NOT EDIT") {
				t.Errorf("%s: got a comment %q, want none", name, n.Data)
			}
			if n.Type != nethtml.ElementNode {
				continue
			}
			allowed, known := elements[n.Data]
			if !known {
				t.Errorf("%s: got an unexpected element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if !strings.Contains(" "+allowed+" ", " "+a.Key+" ") {
					t.Errorf("%s: got an unexpected attribute %s of %s", name, a.Key, n.Data)
				}
			}
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: got two elements with the id %s, want one", name, id)
				}
				ids[id] = true
			}
			if n.DataAtom == atom.Script || n.DataAtom == atom.Style {
				scripts++
			}
		}
		if scripts != 2 {
			t.Errorf("%s: got %d script and style elements, want 2", name, scripts)
		}
		for n := range root.Descendants() {
			if href := attribute(n, "href"); n.DataAtom == atom.A && (!strings.HasPrefix(href, "#") || !ids[href[1:]]) {
				t.Errorf("%s: the link %q has no target", name, href)
			}
			if of := attribute(n, "for"); of != "" && !ids[of] {
				t.Errorf("%s: the label for %q has no target", name, of)
			}
		}
	}
}

// texts are the descriptions of the odd protocol.
func texts(t *testing.T) []string {
	t.Helper()
	_, documents := odd(t)
	var text []string
	for _, name := range []string{"contract.json", "doc.json"} {
		root, err := schema.Parse(name, documents[name].Data)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, descriptions(root)...)
	}
	if len(text) < 30 {
		t.Fatalf("descriptions: got %d, want at least 30", len(text))
	}
	return text
}

// descriptions returns the descriptions in a schema, except those of planned messages.
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

// codeSpan matches code in backquotes in a description. Doubled and unmatched backquotes are text.
var codeSpan = regexp.MustCompile("`([^`]+)`")

func shownText(description string) string {
	return strings.Join(strings.Fields(codeSpan.ReplaceAllString(description, "$1")), " ")
}

// withoutSpaces removes white space and backquotes, in which the page and the schema may differ.
func withoutSpaces(text string) string {
	return strings.NewReplacer(" ", "", "\n", "", "`", "").Replace(text)
}

// TestHTML_text checks that the page has every description of the schema, unchanged.
func TestHTML_text(t *testing.T) {
	t.Parallel()
	_, documents := odd(t)
	page := withoutSpaces(words(parse(t, docsOf(t, documents, "x")["reference.html"])))
	for _, text := range texts(t) {
		if !strings.Contains(page, withoutSpaces(shownText(text))) {
			t.Errorf("the page does not have the description %q", text)
		}
	}
	if strings.Contains(page, "Notyet.") {
		t.Error("the page has a planned message")
	}
}

// rendered converts GitHub Markdown to HTML and parses it.
func rendered(t *testing.T, text []byte) *nethtml.Node {
	t.Helper()
	var out bytes.Buffer
	reader := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := reader.Convert(text, &out); err != nil {
		t.Fatal(err)
	}
	return parse(t, out.Bytes())
}

// TestMarkdown checks the elements, links and texts of the rendered Markdown reference.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	_, oddDocuments := odd(t)
	for name, text := range map[string][]byte{
		"ours": docsOf(t, os.DirFS(ours), "x")["reference.md"], "chat": docsOf(t, os.DirFS(chat+"/schema"), "x")["reference.md"],
		"odd": docsOf(t, oddDocuments, "x")["reference.md"],
	} {
		root := rendered(t, text)
		ids := map[string]bool{}
		for n := range root.Descendants() {
			if n.Type == nethtml.ElementNode && !strings.Contains(" html head body a h1 h2 h3 p ul li code pre table thead tbody tr th td details summary ", " "+n.Data+" ") {
				t.Errorf("%s: got an unexpected element %s: %s", name, n.Data, words(n))
			}
			if id := attribute(n, "id"); n.DataAtom == atom.A && id != "" {
				ids[id] = true
			}
		}
		for n := range root.Descendants() {
			href := attribute(n, "href")
			if n.DataAtom == atom.A && href != "" && (!strings.HasPrefix(href, "#") || !ids[href[1:]]) {
				t.Errorf("%s: the link %q has no target", name, href)
			}
			if n.DataAtom == atom.Tr && cells(n) != cells(firstRow(n)) {
				t.Errorf("%s: row %q: got %d cells, want %d as in the head", name, words(n), cells(n), cells(firstRow(n)))
			}
		}
	}
	page := withoutSpaces(words(rendered(t, docsOf(t, oddDocuments, "x")["reference.md"])))
	for _, text := range texts(t) {
		if !strings.Contains(page, withoutSpaces(shownText(text))) {
			t.Errorf("the Markdown does not have the description %q", text)
		}
	}
}

// firstRow is the first row of the table of a row.
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

// TestReferences_agree checks that HTML and Markdown have the same entries and anchors.
func TestReferences_agree(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
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
			t.Errorf("the page does not have the anchor %s", want)
		}
	}
}

// TestCalls_shown checks that the generated test compiles every Go listing of the reference.
func TestCalls_shown(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	files := docsOf(t, os.DirFS(ours), "x.example/gen")
	compiled := strings.ReplaceAll(string(formatted(t, "x.go", files["calls_test.go"])), "\t", "")
	shown := regexp.MustCompile("(?s)```go\n(.*?)\n```").FindAllStringSubmatch(string(files["reference.md"]), -1)
	if len(shown) < 70 {
		t.Fatalf("Go listings: got %d, want at least 70", len(shown))
	}
	for _, piece := range shown {
		if !strings.Contains(compiled, strings.ReplaceAll(piece[1], "\t", "")) {
			t.Errorf("the generated test does not have the listing:\n%s", piece[1])
		}
	}
}

// TestReferences_show_the_same_calls checks that HTML and Markdown have the same listings.
func TestReferences_show_the_same_calls(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	_, oddDocuments := odd(t)
	for name, files := range map[string]map[string][]byte{"ours": docsOf(t, os.DirFS(ours), "x"), "odd": docsOf(t, oddDocuments, "x")} {
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
		var frames []string // the diagram is a listing only in Markdown
		for _, l := range text {
			if !strings.HasPrefix(l, "sequenceDiagram") {
				frames = append(frames, l)
			}
		}
		if diff := cmp.Diff(page, frames); diff != "" || len(page) < 10 {
			t.Errorf("%s: got %d listings, want at least 10; difference of HTML and Markdown: %s", name, len(page), diff)
		}
	}
}
