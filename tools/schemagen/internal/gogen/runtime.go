package gogen

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

//go:embed codec/*.go
var codecSource embed.FS

// codecFiles returns the codec's runtime as files of package wire.
func codecFiles() ([]emit.File, error) {
	entries, err := fs.ReadDir(codecSource, "codec")
	if err != nil {
		return nil, fmt.Errorf("read codec: %w", err)
	}
	var files []emit.File
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(codecSource, "codec/"+name)
		if err != nil {
			return nil, fmt.Errorf("read codec: %w", err)
		}
		text = bytes.Replace(text, []byte("// Package codec "), []byte("// Package wire "), 1)
		text = bytes.Replace(text, []byte("\npackage codec\n"), []byte("\npackage wire\n"), 1)
		text = bytes.TrimPrefix(text, []byte("package codec\n"))
		head := marker + "\n\n"
		if !bytes.Contains(text, []byte("\npackage wire\n")) {
			head += "package wire\n"
		}
		files = append(files, emit.File{Path: "wire/codec_" + name, Data: append([]byte(head), text...)})
	}
	return files, nil
}
