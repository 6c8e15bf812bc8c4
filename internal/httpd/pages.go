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

// indexPage links all documents and shows the server's status.
//
//go:embed index.html
var indexPage []byte

// Content types of the pages.
const (
	typeHTML     = "text/html; charset=utf-8"
	typeMarkdown = "text/markdown; charset=utf-8"
	typeScript   = "text/javascript; charset=utf-8"
	typeJSON     = "application/json"
	typeSchema   = "application/schema+json"
)

// page is a public file. It does not change while the server runs.
type page struct {
	contentType string
	data        []byte
	etag        func() string // a hash of data, in hex
	gzipped     func() []byte // data compressed; nil if that is not shorter
	csp         func() string // its Content-Security-Policy
}

func newPage(contentType string, data []byte) *page {
	return &page{
		contentType: contentType, data: data,
		etag: sync.OnceValue(func() string {
			sum := sha256.Sum256(data)
			return hex.EncodeToString(sum[:16])
		}),
		gzipped: sync.OnceValue(func() []byte { return compress(data) }),
		csp:     sync.OnceValue(func() string { return contentSecurityPolicy(contentType, data) }),
	}
}

// loadPages returns all pages by path: the index, gen/docs and the schema.
func loadPages() (map[string]*page, error) {
	all := map[string]*page{"/": newPage(typeHTML, indexPage)}
	for _, f := range []struct{ path, name, contentType string }{
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
		all[f.path] = newPage(f.contentType, data)
	}
	err := fs.WalkDir(schema.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := schema.FS.ReadFile(name)
		if err != nil {
			return err
		}
		all["/schema/"+name] = newPage(schemaContentType(name), data)
		return nil
	})
	return all, err
}

// schemaContentType returns the content type of a file in schema/. Examples are JSON, not schemas.
func schemaContentType(name string) string {
	switch {
	case path.Ext(name) == ".md":
		return typeMarkdown
	case strings.HasPrefix(name, "examples/"):
		return typeJSON
	}
	return typeSchema
}

// servePages adds all pages to mux. Other paths below the same prefixes are a 404.
func servePages(mux *http.ServeMux) error {
	all, err := loadPages()
	if err != nil {
		return err
	}
	find := getOnly(func(w http.ResponseWriter, r *http.Request) {
		if p := all[r.URL.Path]; p != nil {
			p.serve(w, r)
			return
		}
		notFound(w, r)
	})
	for _, address := range []string{"/{$}", "/docs", "/docs/", "/asyncapi.json", "/client/", "/schema/"} {
		mux.HandleFunc(address, find)
	}
	contract := getOnly(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/schema/contract.json", http.StatusFound)
	})
	mux.HandleFunc("/schema", contract)
	mux.HandleFunc("/schema/{$}", contract)
	return nil
}

// serve answers with the page, or with 304 if the client's copy is current. With no-cache browsers ask
// each time, so that they never show a page of an older server. Pages of other origins may load
// everything except HTML, for example the client.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", p.contentType)
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", p.csp())
	header.Set("X-Contract", wire.Hash)
	if p.contentType == typeHTML {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
	} else {
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	data, tag := p.data, p.etag()
	if acceptsGzip(r.Header.Values("Accept-Encoding")) && p.gzipped() != nil {
		data, tag = p.gzipped(), tag+"-gzip"
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Length", strconv.Itoa(len(data))) // ServeContent omits it with a Content-Encoding
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// acceptsGzip reports whether the Accept-Encoding headers allow gzip (RFC 9110, section 12.5.3).
func acceptsGzip(header []string) bool {
	wildcard := false
	for _, field := range header {
		for coding := range strings.SplitSeq(field, ",") {
			name, parameters, _ := strings.Cut(coding, ";")
			q, weighted := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			accepted := !weighted || err == nil && weight > 0
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				return accepted
			case "*":
				wildcard = accepted
			}
		}
	}
	return wildcard
}

// compress returns data compressed with gzip, or nil if that is not shorter.
func compress(data []byte) []byte {
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

// contentSecurityPolicy returns the Content-Security-Policy of a page. HTML pages may run their own
// inline scripts and styles, identified by hashes, and connect to this server. Everything else is
// forbidden, also showing a page in a frame.
func contentSecurityPolicy(contentType string, data []byte) string {
	allowed := "default-src 'none'"
	if contentType == typeHTML {
		scripts := append(inlineHashes(data, "script"), "'self'")
		allowed += "; script-src " + strings.Join(scripts, " ") + "; style-src " + strings.Join(inlineHashes(data, "style"), " ") +
			"; img-src data:; connect-src 'self'"
	}
	return allowed + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// inlineHashes returns the CSP hashes of the content of all elements with a name.
func inlineHashes(html []byte, element string) []string {
	var all []string
	for part := range slices.Values(bytes.Split(html, []byte("<"+element+">"))[1:]) {
		text, _, _ := bytes.Cut(part, []byte("</"+element+">"))
		sum := sha256.Sum256(text)
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return all
}
