package httpd_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"seg.example/gen/docs"
	"seg.example/gen/wire"
	"seg.example/internal/httpd"
	"seg.example/schema"
)

// docFile returns a file of gen/docs.
func docFile(t *testing.T, name string) string {
	t.Helper()
	data, err := docs.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	contract, err := fs.ReadFile(schema.FS, "contract.json")
	if err != nil {
		t.Fatal(err)
	}
	example, err := fs.ReadFile(schema.FS, "examples/SEEDS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ path, kind, want string }{
		{"/docs", "text/html; charset=utf-8", docFile(t, "reference.html")},
		{"/docs/", "text/html; charset=utf-8", docFile(t, "reference.html")},
		{"/docs/reference.md", "text/markdown; charset=utf-8", docFile(t, "reference.md")},
		{"/asyncapi.json", "application/json", docFile(t, "asyncapi.json")},
		{"/client/seg.js", "text/javascript; charset=utf-8", docFile(t, "client.js")},
		{"/schema/contract.json", "application/schema+json", string(contract)},
		{"/schema/examples/SEEDS.md", "text/markdown; charset=utf-8", string(example)},
	} {
		got := s.request(t, "GET", row.path)
		if got.status != 200 || got.body != row.want || got.header.Get("Content-Type") != row.kind {
			t.Errorf("%s: got status %d, %s, %d bytes, want 200, %s, %d bytes",
				row.path, got.status, got.header.Get("Content-Type"), len(got.body), row.kind, len(row.want))
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("X-Contract") != wire.Hash || got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: got headers %v, want nosniff, X-Contract and no encoding", row.path, got.header)
		}
		head := s.request(t, "HEAD", row.path)
		if head.status != 200 || head.body != "" || head.header.Get("ETag") != got.header.Get("ETag") || head.header.Get("Content-Length") != got.header.Get("Content-Length") {
			t.Errorf("HEAD %s: got %d, %q, %v, want the headers of GET %v and no body", row.path, head.status, head.body, head.header, got.header)
		}
		wantRefused(t, s.request(t, "POST", row.path), 405, "invalid_field")
	}
	for _, path := range []string{"/docs/nothing", "/schema/nothing.json", "/schema/requests", "/schema/requests/", "/client/", "/client/seg.ts", "/schema/embed.go", "/index.html"} {
		wantRefused(t, s.request(t, "GET", path), 404, "not_found")
	}
	for _, path := range []string{"/schema", "/schema/"} {
		if got := s.request(t, "GET", path); got.status != 302 || got.header.Get("Location") != "/schema/contract.json" {
			t.Errorf("%s: got status %d, %v, want a redirect to /schema/contract.json", path, got.status, got.header)
		}
	}
}

// TestPages_schema: every document that the contract lists is served, with its content type.
func TestPages_schema(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	var index struct {
		Contract struct{ Documents []string } `json:"x-contract"`
	}
	if err := json.Unmarshal([]byte(s.request(t, "GET", "/schema/contract.json").body), &index); err != nil || len(index.Contract.Documents) == 0 {
		t.Fatal(err, index)
	}
	for _, document := range append(index.Contract.Documents, "ruleset.schema.json", "meta/keywords.json") {
		got := s.request(t, "GET", "/schema/"+document)
		want, err := fs.ReadFile(schema.FS, document)
		if err != nil || got.status != 200 || got.body != string(want) || got.header.Get("Content-Type") != "application/schema+json" {
			t.Errorf("%s: got status %d, %v, error %v, want the document", document, got.status, got.header, err)
		}
	}
	examples, err := fs.Glob(schema.FS, "examples/ping/*.json")
	if err != nil || len(examples) == 0 {
		t.Fatal(err, examples)
	}
	if got := s.request(t, "GET", "/schema/"+examples[0]); got.status != 200 || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("an example: got status %d, %v, want 200 and application/json", got.status, got.header)
	}
}

// TestPages_caching: a matching ETag gets 304, and a page is compressed only if the client accepts that.
func TestPages_caching(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	plain := s.request(t, "GET", "/docs")
	zipped := s.request(t, "GET", "/docs", "Accept-Encoding: br, gzip;q=0.5")
	if zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("Vary") != "Accept-Encoding" || len(zipped.body)*4 > len(plain.body) {
		t.Errorf("got %d bytes of %d, %v, want at most a quarter, with gzip", len(zipped.body), len(plain.body), zipped.header)
	}
	r, err := gzip.NewReader(strings.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != plain.body {
		t.Errorf("got another page after decompression (error %v), want the plain one", err)
	}
	tag, zippedTag := plain.header.Get("ETag"), zipped.header.Get("ETag")
	if tag == "" || tag == zippedTag || plain.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got ETags %s and %s, %v, want two different ones and no-cache", tag, zippedTag, plain.header)
	}
	for _, row := range []struct {
		accept, match string
		status        int
		encoding      string
	}{
		{"identity", tag, 304, ""},
		{"identity", "W/" + tag, 304, ""},
		{"identity", `"other", ` + tag, 304, ""},
		{"identity", "*", 304, ""},
		{"identity", zippedTag, 200, ""},
		{"gzip", zippedTag, 304, ""},
		{"gzip", tag, 200, "gzip"},
		{"identity", `"other"`, 200, ""},
		{"gzip;q=0", `"other"`, 200, ""},
		{"gzip; q=0.0, *", `"other"`, 200, ""},
		{"*;q=0", `"other"`, 200, ""},
		{"*", `"other"`, 200, "gzip"},
		{"GZIP", `"other"`, 200, "gzip"},
		{"gzip;q=x", `"other"`, 200, ""},
		{"x-gzip, deflate", `"other"`, 200, ""},
	} {
		got := s.request(t, "GET", "/docs", "Accept-Encoding: "+row.accept, "If-None-Match: "+row.match)
		if got.status != row.status || got.header.Get("Content-Encoding") != row.encoding || row.status == 304 && got.body != "" {
			t.Errorf("Accept-Encoding %s, If-None-Match %s: got %d %s, want %d %s", row.accept, row.match, got.status, got.header.Get("Content-Encoding"), row.status, row.encoding)
		}
	}
}

// TestPages_policy: the Content-Security-Policy of an HTML page allows only its own scripts and styles,
// by their hashes. That of other files allows nothing, but pages of other origins may load them.
func TestPages_policy(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	for _, path := range []string{"/", "/docs"} {
		got := s.request(t, "GET", path)
		policy := got.header.Get("Content-Security-Policy")
		for _, element := range []string{"script", "style"} {
			parts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(got.body, -1)
			if len(parts) != 1 {
				t.Fatalf("%s: got %d elements %s, want 1", path, len(parts), element)
			}
			sum := sha256.Sum256([]byte(parts[0][1]))
			if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, element+"-src "+want) {
				t.Errorf("%s: got policy %s, want %s-src %s in it", path, policy, element, want)
			}
		}
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: got policy %s, want %s in it", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || got.header.Get("Access-Control-Allow-Origin") != "" || got.header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: got headers %v, want no unsafe policy and no access for other origins", path, got.header)
		}
		for _, external := range []string{`src="`, `style="`, "onclick", "http://localhost", "https://"} {
			if path == "/" && strings.Contains(got.body, external) {
				t.Errorf("%s: got a page with %q, want one without", path, external)
			}
		}
	}
	for _, path := range []string{"/asyncapi.json", "/client/seg.js", "/docs/reference.md", "/schema/contract.json"} {
		got := s.request(t, "GET", path)
		policy := got.header.Get("Content-Security-Policy")
		if strings.Contains(policy, "script-src") || !strings.HasPrefix(policy, "default-src 'none'") || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got headers %v, want a policy without scripts, and access for all origins", path, got.header)
		}
	}
}

// TestIndex_links: every link of the index works.
func TestIndex_links(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	index := s.request(t, "GET", "/")
	links := regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(index.body, -1)
	if index.status != 200 || len(links) < 7 {
		t.Fatalf("got status %d and %d links, want 200 and at least 7", index.status, len(links))
	}
	for _, link := range links {
		if got := s.request(t, "GET", link[1]); got.status != 200 {
			t.Errorf("%s: got status %d, want 200", link[1], got.status)
		}
	}
}
