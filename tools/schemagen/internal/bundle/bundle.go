// Package bundle packs the documents of a protocol into one file and takes them out again, with every place as it is in that file.
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

// comment is what a bundle says about itself.
const comment = "A protocol as it was released: all its documents in one. Written by schemagen, never by hand: the hash is checked."

// Pack returns the bundle of the documents that the index in a folder lists, as they are written there: a JSON object with the
// protocol's name, version and hash, and documents by path. The error is schema.Problems when the documents are wrong.
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

// Open returns the documents of a bundle, under their paths. Before each stands white space, so that lines and columns are those
// of the bundle.
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
		return nil, fmt.Errorf("open bundle: it has no document %s", schema.IndexFile)
	}
	return fsys, nil
}

// documents reads the object of documents.
func documents(d *json.Decoder, data []byte, into fstest.MapFS) error {
	return eachMember(d, func(key string) error {
		if !fs.ValidPath(key) {
			return fmt.Errorf("%q is no path of a document", key)
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

// eachMember reads an object; visit reads the value of each key.
func eachMember(d *json.Decoder, visit func(key string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(errors.New("it holds no object where one should be"), err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return errors.New("a key is no string")
		}
		if err := visit(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// Hash returns what a bundle says that its hash is; empty when it says nothing.
func Hash(data []byte) string {
	var said struct {
		Hash string `json:"hash"`
	}
	if json.Unmarshal(data, &said) != nil {
		return ""
	}
	return said.Hash
}
