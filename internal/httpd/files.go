package httpd

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"seg.example/gen/docs"
	"seg.example/gen/wire"
	"seg.example/schema"
)

// indexPage links everything that there is to read, and shows how the server is.
//
//go:embed index.html
var indexPage []byte

// Content types of what is served to read.
const (
	typeHTML     = "text/html; charset=utf-8"
	typeMarkdown = "text/markdown; charset=utf-8"
	typeScript   = "text/javascript; charset=utf-8"
	typeJSON     = "application/json"
	typeSchema   = "application/schema+json"
)

// page is a file that everybody may read. It never changes while the server runs.
type page struct {
	kind   string // its content type
	data   []byte
	tag    func() string // hex digits that change when data does
	zipped func() []byte // data after gzip; nil where that is not shorter
	policy func() string // what its scripts and styles may do
}

func newPage(kind string, data []byte) *page {
	return &page{
		kind: kind, data: data,
		tag: sync.OnceValue(func() string {
			sum := sha256.Sum256(data)
			return hex.EncodeToString(sum[:16])
		}),
		zipped: sync.OnceValue(func() []byte { return zip(data) }),
		policy: sync.OnceValue(func() string { return policy(kind, data) }),
	}
}

// pages returns everything that there is to read, by path: what gen/docs and the schema hold, and the index.
func pages() (map[string]*page, error) {
	all := map[string]*page{"/": newPage(typeHTML, indexPage)}
	for _, f := range []struct{ path, name, kind string }{
		{"/docs", "reference.html", typeHTML},
		{"/docs/", "reference.html", typeHTML},
		{"/docs/reference.md", "reference.md", typeMarkdown},
		{"/asyncapi.json", "asyncapi.json", typeJSON},
		{"/client/seg.js", "client.js", typeScript},
	} {
		data, err := docs.FS.ReadFile(f.name)
		if err != nil {
			return nil, err
		}
		all[f.path] = newPage(f.kind, data)
	}
	err := fs.WalkDir(schema.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := schema.FS.ReadFile(name)
		if err != nil {
			return err
		}
		all["/schema/"+name] = newPage(schemaKind(name), data)
		return nil
	})
	return all, err
}

// schemaKind is the content type of a file of the schema. Examples are no schemas.
func schemaKind(name string) string {
	switch {
	case path.Ext(name) == ".md":
		return typeMarkdown
	case strings.HasPrefix(name, "examples/"):
		return typeJSON
	}
	return typeSchema
}

// servePages adds what there is to read to mux. What is below /schema/ and no file of the schema is a 404.
func servePages(mux *http.ServeMux) error {
	all, err := pages()
	if err != nil {
		return err
	}
	find := reading(func(w http.ResponseWriter, r *http.Request) {
		if p := all[r.URL.Path]; p != nil {
			p.serve(w, r)
			return
		}
		nowhere(w, r)
	})
	for _, address := range []string{"/{$}", "/docs", "/docs/", "/asyncapi.json", "/client/", "/schema/"} {
		mux.HandleFunc(address, find)
	}
	contract := reading(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/schema/contract.json", http.StatusFound)
	})
	mux.HandleFunc("/schema", contract)
	mux.HandleFunc("/schema/{$}", contract)
	return nil
}

// serve answers with the page, or with 304 to whoever has it. Browsers ask each time, so that nobody reads what an older server has
// said; what others than this server's pages may use, such as the client, they may load.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", p.kind)
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", p.policy())
	header.Set("X-Contract", wire.Hash)
	if p.kind == typeHTML {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
	} else {
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	data, tag := p.data, p.tag()
	if wantsGzip(r.Header.Values("Accept-Encoding")) && p.zipped() != nil {
		data, tag = p.zipped(), tag+"-gzip"
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Length", strconv.Itoa(len(data))) // which ServeContent leaves to whoever encodes
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// wantsGzip reports whether a client takes gzip, which it says in Accept-Encoding (RFC 9110 section 12.5.3).
func wantsGzip(header []string) bool {
	anything := false
	for _, field := range header {
		for one := range strings.SplitSeq(field, ",") {
			name, parameters, _ := strings.Cut(one, ";")
			q, given := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			takes := !given || err == nil && weight > 0
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				return takes
			case "*":
				anything = takes
			}
		}
	}
	return anything
}

// zip returns data after gzip; nil where that is not shorter.
func zip(data []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil || w.Close() != nil || out.Len() >= len(data) {
		return nil
	}
	return out.Bytes()
}

// policy is the Content-Security-Policy of a page: in HTML its own scripts and styles, known by their sums, may run, and they may talk
// to this server only. Nothing else may do anything, and no page may be shown inside another.
func policy(kind string, data []byte) string {
	allowed := "default-src 'none'"
	if kind == typeHTML {
		scripts := append(sums(data, "script"), "'self'")
		allowed += "; script-src " + strings.Join(scripts, " ") + "; style-src " + strings.Join(sums(data, "style"), " ") +
			"; img-src data:; connect-src 'self'"
	}
	return allowed + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// sums are the sums of what stands in the elements of a name.
func sums(html []byte, element string) []string {
	var all []string
	for part := range slices.Values(bytes.Split(html, []byte("<"+element+">"))[1:]) {
		text, _, _ := bytes.Cut(part, []byte("</"+element+">"))
		sum := sha256.Sum256(text)
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return all
}
