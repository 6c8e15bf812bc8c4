package handler_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/schema"
)

// secrets are the fields that only trusted connections get.
var secrets = []string{"secret_code"}

// TestOnce_noSecretsForUntrusted: an answer is stored as it was first sent, maybe to a trusted
// connection. So it must not contain secrets if the request can be repeated without the password.
func TestOnce_noSecretsForUntrusted(t *testing.T) {
	t.Parallel()
	answers := storedAnswers(t)
	open := 0
	for _, m := range route.Messages() {
		if !m.Mutates {
			continue
		}
		answer, known := answers[m.Type]
		if !known {
			t.Errorf("got no schema of the answer to %s, want one", m.Type)
			continue
		}
		found := answer.secret(t, map[string]bool{})
		switch m.Auth {
		case route.AuthRequired:
			// A repeated request needs the right password: see TestOnce_other.
		case route.AuthNone, route.AuthOptional:
			if open++; found != "" {
				t.Errorf("%s needs no password: got %s in its stored answer, want no secret", m.Type, found)
			}
		}
		if m.Type == "create-company" && found == "" {
			t.Error("create-company: got no secret in its answer, want secret_code")
		}
	}
	if open == 0 {
		t.Error("got no command without a required password, want one: otherwise this test proves nothing")
	}
}

// node is a place in a schema document.
type node struct {
	file string
	at   any
}

// storedAnswers returns the schema of each request's answer.
func storedAnswers(t *testing.T) map[string]node {
	t.Helper()
	files, err := fs.Glob(schema.FS, "requests/*.json")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]node{}
	for _, file := range files {
		definitions, _ := document(t, file)["definitions"].(map[string]any)
		for _, d := range definitions {
			d, _ := d.(map[string]any)
			if typ, ok := d["x-request"].(string); ok {
				answers[typ] = node{file, d["x-answer"]}
			}
		}
	}
	return answers
}

func document(t *testing.T, file string) (d map[string]any) {
	t.Helper()
	text, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// secret returns the name of a secret field in the schema n, "" if there is none. It skips places
// in seen.
func (n node) secret(t *testing.T, seen map[string]bool) string {
	t.Helper()
	switch at := n.at.(type) {
	case []any:
		for _, v := range at {
			if found := (node{n.file, v}).secret(t, seen); found != "" {
				return found
			}
		}
	case map[string]any:
		if to, ok := at["$ref"].(string); ok {
			return n.follow(t, to, seen)
		}
		if properties, ok := at["properties"].(map[string]any); ok {
			for _, name := range secrets {
				if properties[name] != nil {
					return name
				}
			}
		}
		for _, v := range at {
			if found := (node{n.file, v}).secret(t, seen); found != "" {
				return found
			}
		}
	}
	return ""
}

func (n node) follow(t *testing.T, to string, seen map[string]bool) string {
	t.Helper()
	file, pointer, _ := strings.Cut(to, "#/")
	if file == "" {
		file = n.file
	} else {
		file = path.Join(path.Dir(n.file), file)
	}
	if seen[file+"#"+pointer] {
		return ""
	}
	seen[file+"#"+pointer] = true
	var at any = document(t, file)
	for key := range strings.SplitSeq(pointer, "/") {
		m, ok := at.(map[string]any)
		if !ok || m[key] == nil {
			t.Fatalf("%s: got a reference %s to nothing, want a definition", n.file, to)
		}
		at = m[key]
	}
	return node{file, at}.secret(t, seen)
}
