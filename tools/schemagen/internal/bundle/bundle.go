// Package bundle packs the documents of a protocol into one file and unpacks them, with every value
// at its place in that file.
package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// comment is the $comment of a bundle.
const comment = "A released protocol: all its documents in one file. Written by schemagen; do not edit it, the hash is checked."

// Pack returns the bundle of the documents that the index in a folder lists. A bundle is a JSON
// object with the protocol's name, version and hash, and the documents by path, with their original
// formatting. The error is schema.Problems if the documents are wrong.
func Pack(fsys fs.FS) ([]byte, error) {
	set, contract, err := lower.Read(fsys)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	line := func(key, value string) {
		fmt.Fprintf(&out, "  %s: %s,\n", schema.AppendString(nil, key), schema.AppendString(nil, value))
	}
	out.WriteString("{\n")
	line("$comment", comment)
	line("name", contract.Name)
	line("version", contract.Version)
	line("hash", contract.Documents)
	out.WriteString("  \"documents\": {\n")
	for i, doc := range set.All() {
		text, err := fs.ReadFile(fsys, doc.Path)
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		if i > 0 {
			out.WriteString(",\n")
		}
		text = bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\r\n"), []byte("\n"))
		fmt.Fprintf(&out, "    %s: %s", schema.AppendString(nil, doc.Path), bytes.ReplaceAll(text, []byte("\n"), []byte("\n    ")))
	}
	out.WriteString("\n  }\n}\n")
	return out.Bytes(), nil
}

// Open returns the documents of a bundle under their paths. Each document is preceded by white
// space, so that its lines and columns are those of the bundle.
func Open(data []byte) (fs.FS, error) {
	if _, err := schema.Parse("bundle", data); err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	fsys := fstest.MapFS{}
	err := eachMember(d, func(key string) error {
		if key == "documents" {
			return documents(d, data, fsys)
		}
		var ignored json.RawMessage
		return d.Decode(&ignored)
	})
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	if fsys[schema.IndexFile] == nil {
		return nil, fmt.Errorf("open bundle: document %s is missing", schema.IndexFile)
	}
	return fsys, nil
}

// documents reads the object with the documents.
func documents(d *json.Decoder, data []byte, into fstest.MapFS) error {
	return eachMember(d, func(key string) error {
		if !fs.ValidPath(key) {
			return fmt.Errorf("%q is not a valid path of a document", key)
		}
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return err
		}
		start := int(d.InputOffset()) - len(text)
		before := data[:start]
		lines := bytes.Count(before, []byte("\n"))
		column := start - (bytes.LastIndexByte(before, '\n') + 1)
		padded := strings.Repeat("\n", lines) + strings.Repeat(" ", column) + string(text)
		into[key] = &fstest.MapFile{Data: []byte(padded), Mode: 0o444}
		return nil
	})
}

// eachMember reads an object and calls visit for each key; visit reads the value.
func eachMember(d *json.Decoder, visit func(key string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(errors.New("an object is expected"), err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return errors.New("a key is not a string")
		}
		if err := visit(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// Hash returns the hash that a bundle declares; empty if there is none.
func Hash(data []byte) string {
	var declared struct {
		Hash string `json:"hash"`
	}
	if json.Unmarshal(data, &declared) != nil {
		return ""
	}
	return declared.Hash
}
