package example_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/schema"
	"seg.example/tools/schemagen/internal/example"
)

// file is a file of a folder.
func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestLoad(t *testing.T) {
	t.Parallel()
	set, err := example.Load(fstest.MapFS{
		"examples/say/request-ok-b.json":   file(`{"type": "say", "text": "b"}`),
		"examples/say/request-ok-a.json":   file(`{"type": "say", "text": "a"}`),
		"examples/say/response-ok-a.json":  file(`{"type": "response", "data": null}`),
		"examples/say/request-bad-a.json":  file(`{"description": "Too long.", "frame": {"type": "say"}, "code": "invalid_field", "path": "/text"}`),
		"examples/say/request-bad-b.json":  file(`{"description": "No JSON.", "text": "{", "code": "invalid_json"}`),
		"examples/Member/ok-plain.json":    file(`{"name": "Ann"}`),
		"examples/Member/bad-no-name.json": file(`{"description": "Nobody.", "value": {}, "path": "/name"}`),
		"examples/SEEDS.md":                file(`# no example`),
	})
	if err != nil {
		t.Fatal(err)
	}
	good := set.Of("say", example.GoodRequest)
	if len(good) != 2 || good[0].Name != "a" || good[1].Name != "b" || good[0].Value.Get("text").Text != "a" {
		t.Errorf("got valid requests %+v", good)
	}
	bad := set.Of("say", example.BadRequest)
	if len(bad) != 2 || bad[0].Code != "invalid_field" || bad[0].Path != "/text" || bad[0].Description != "Too long." || bad[0].Value.Get("type") == nil {
		t.Errorf("got invalid requests %+v", bad)
	}
	if bad[1].Value != nil {
		t.Error("got a value for invalid JSON, want nil")
	}
	if got := set.Of("Member", example.Bad); len(got) != 1 || got[0].Value == nil || got[0].Path != "/name" {
		t.Errorf("got invalid values %+v", got)
	}
	if got := set.Of("Member", example.Good); len(got) != 1 || got[0].Value.Get("name").Text != "Ann" {
		t.Errorf("got valid values %+v", got)
	}
}

// TestLoad_whole: every example of this project's protocol is read exactly once.
func TestLoad_whole(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(schema.FS, "examples/*/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(len(names), err)
	}
	set, err := example.Load(schema.FS)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, all := range set {
		count += len(all)
	}
	if count != len(names) {
		t.Errorf("got %d examples, want %d", count, len(names))
	}
}

func TestLoad_none(t *testing.T) {
	t.Parallel()
	for _, fsys := range []fs.FS{nil, fstest.MapFS{}} {
		if set, err := example.Load(fsys); err != nil || len(set) != 0 {
			t.Errorf("%v: %v, %v", fsys, set, err)
		}
	}
}

func TestLoad_refuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"examples/say/fine-a.json", `{}`, "examples/say/fine-a.json:1:1: the file name of an example must start with one of ok-, bad-, request-ok-,"},
		{"examples/say/ok-.json", `{}`, "the file name of an example must start with"},
		{"examples/say/request-ok-a.json", "{\n \"a\": 01}", "examples/say/request-ok-a.json:2:"},
		{"examples/say/request-bad-a.json", `{"frame": {}}`, "an invalid example needs a description"},
	} {
		_, err := example.Load(fstest.MapFS{row.name: file(row.text)})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
}
