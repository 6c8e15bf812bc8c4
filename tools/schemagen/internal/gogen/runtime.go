package gogen

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
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

// copyRuntime returns the files of a runtime as they stand in the generated package pkg.
func copyRuntime(source embed.FS, dir, pkg string, o Options) ([]emit.File, error) {
	entries, err := source.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the runtime of package %s: %w", pkg, err)
	}
	// What the runtime says of itself where it lies, and where it is copied to.
	outside := strings.NewReplacer(
		"package "+dir, "package "+pkg,
		"Package "+dir, "Package "+pkg,
		dir+".", pkg+".",
		`wire "seg.example/tools/schemagen/internal/gogen/codec"`, quote(o.ImportPath+"/wire"),
	)
	var files []emit.File
	for _, entry := range entries {
		data, err := source.ReadFile(path.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the runtime of package %s: %w", pkg, err)
		}
		text := marker + "\n\n" + outside.Replace(string(data))
		files = append(files, emit.File{Path: pkg + "/" + entry.Name(), Data: []byte(text)})
	}
	return files, nil
}
