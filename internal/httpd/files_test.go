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

// text is a file of gen/docs.
func text(t *testing.T, name string) string {
	t.Helper()
	data, err := docs.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	contract, err := fs.ReadFile(schema.FS, "contract.json")
	if err != nil {
		t.Fatal(err)
	}
	example, err := fs.ReadFile(schema.FS, "examples/SEEDS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ path, kind, want string }{
		{"/docs", "text/html; charset=utf-8", text(t, "reference.html")},
		{"/docs/", "text/html; charset=utf-8", text(t, "reference.html")},
		{"/docs/reference.md", "text/markdown; charset=utf-8", text(t, "reference.md")},
		{"/asyncapi.json", "application/json", text(t, "asyncapi.json")},
		{"/client/seg.js", "text/javascript; charset=utf-8", text(t, "client.js")},
		{"/schema/contract.json", "application/schema+json", string(contract)},
		{"/schema/examples/SEEDS.md", "text/markdown; charset=utf-8", string(example)},
	} {
		got := s.ask(t, "GET", row.path)
		if got.status != 200 || got.body != row.want || got.header.Get("Content-Type") != row.kind {
			t.Errorf("%s: %d, %s, %d bytes, want %s, %d bytes", row.path, got.status, got.header.Get("Content-Type"), len(got.body), row.kind, len(row.want))
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("X-Contract") != wire.Hash || got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", row.path, got.header)
		}
		head := s.ask(t, "HEAD", row.path)
		if head.status != 200 || head.body != "" || head.header.Get("ETag") != got.header.Get("ETag") || head.header.Get("Content-Length") != got.header.Get("Content-Length") {
			t.Errorf("HEAD %s: %d, %q, %v", row.path, head.status, head.body, head.header)
		}
		wantRefused(t, s.ask(t, "POST", row.path), 405, "invalid_field")
	}
	for _, path := range []string{"/docs/nothing", "/schema/nothing.json", "/schema/requests", "/schema/requests/", "/client/", "/client/seg.ts", "/schema/embed.go", "/index.html"} {
		wantRefused(t, s.ask(t, "GET", path), 404, "not_found")
	}
	for _, path := range []string{"/schema", "/schema/"} {
		if got := s.ask(t, "GET", path); got.status != 302 || got.header.Get("Location") != "/schema/contract.json" {
			t.Errorf("%s: %d, %v", path, got.status, got.header)
		}
	}
}

// TestPages_schema: every file that the contract lists is there, and refers to files that are there, by the paths that documents use.
func TestPages_schema(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	var index struct {
		Contract struct{ Documents []string } `json:"x-contract"`
	}
	if err := json.Unmarshal([]byte(s.ask(t, "GET", "/schema/contract.json").body), &index); err != nil || len(index.Contract.Documents) == 0 {
		t.Fatal(err, index)
	}
	for _, document := range append(index.Contract.Documents, "ruleset.schema.json", "meta/keywords.json") {
		got := s.ask(t, "GET", "/schema/"+document)
		want, err := fs.ReadFile(schema.FS, document)
		if err != nil || got.status != 200 || got.body != string(want) || got.header.Get("Content-Type") != "application/schema+json" {
			t.Errorf("%s: %d, %v, %v", document, got.status, got.header, err)
		}
	}
	examples, err := fs.Glob(schema.FS, "examples/ping/*.json")
	if err != nil || len(examples) == 0 {
		t.Fatal(err, examples)
	}
	if got := s.ask(t, "GET", "/schema/"+examples[0]); got.status != 200 || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("an example: %d, %v", got.status, got.header)
	}
}

// TestPages_caching: whoever has a page is told so, and gets a compressed one only when that is wanted.
func TestPages_caching(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	plain := s.ask(t, "GET", "/docs")
	zipped := s.ask(t, "GET", "/docs", "Accept-Encoding: br, gzip;q=0.5")
	if zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("Vary") != "Accept-Encoding" || len(zipped.body)*4 > len(plain.body) {
		t.Errorf("%d bytes of %d, %v", len(zipped.body), len(plain.body), zipped.header)
	}
	r, err := gzip.NewReader(strings.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != plain.body {
		t.Errorf("what was compressed differs: %v", err)
	}
	tag, zippedTag := plain.header.Get("ETag"), zipped.header.Get("ETag")
	if tag == "" || tag == zippedTag || plain.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("tags %s, %s, %v", tag, zippedTag, plain.header)
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
		got := s.ask(t, "GET", "/docs", "Accept-Encoding: "+row.accept, "If-None-Match: "+row.match)
		if got.status != row.status || got.header.Get("Content-Encoding") != row.encoding || row.status == 304 && got.body != "" {
			t.Errorf("%s, %s: %d %s, want %d %s", row.accept, row.match, got.status, got.header.Get("Content-Encoding"), row.status, row.encoding)
		}
	}
}

// TestPages_policy: pages allow their own scripts and styles only, by sums that fit; everything else allows nothing, but may be used
// by other pages.
func TestPages_policy(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	for _, path := range []string{"/", "/docs"} {
		got := s.ask(t, "GET", path)
		policy := got.header.Get("Content-Security-Policy")
		for _, element := range []string{"script", "style"} {
			parts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(got.body, -1)
			if len(parts) != 1 {
				t.Fatalf("%s has %d elements %s", path, len(parts), element)
			}
			sum := sha256.Sum256([]byte(parts[0][1]))
			if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, element+"-src "+want) {
				t.Errorf("%s: %s lacks %s-src %s", path, policy, element, want)
			}
		}
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: %s lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || got.header.Get("Access-Control-Allow-Origin") != "" || got.header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, got.header)
		}
		for _, foreign := range []string{`src="`, `style="`, "onclick", "http://localhost", "https://"} {
			if path == "/" && strings.Contains(got.body, foreign) {
				t.Errorf("%s has %q in it", path, foreign)
			}
		}
	}
	for _, path := range []string{"/asyncapi.json", "/client/seg.js", "/docs/reference.md", "/schema/contract.json"} {
		got := s.ask(t, "GET", path)
		policy := got.header.Get("Content-Security-Policy")
		if strings.Contains(policy, "script-src") || !strings.HasPrefix(policy, "default-src 'none'") || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, got.header)
		}
	}
}

// TestIndex_links: the index leads to nothing that is not there.
func TestIndex_links(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{})
	index := s.ask(t, "GET", "/")
	links := regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(index.body, -1)
	if index.status != 200 || len(links) < 7 {
		t.Fatalf("%d, %d links", index.status, len(links))
	}
	for _, link := range links {
		if got := s.ask(t, "GET", link[1]); got.status != 200 {
			t.Errorf("%s: %d", link[1], got.status)
		}
	}
}
