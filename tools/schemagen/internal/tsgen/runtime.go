package tsgen

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"

	"seg.example/tools/schemagen/internal/emit"
)

//go:embed runtime/*.ts
var runtimeSource embed.FS

// standIn is the file of the runtime in whose place another is generated.
const standIn = "messages.ts"

// baseError is the name of the class of all errors in the runtime, in whose place stands one that has the protocol's name.
const baseError = "ClientError"

// runtimeFiles returns the runtime as files of the package.
func (p *pkg) runtimeFiles() ([]emit.File, error) {
	entries, err := fs.ReadDir(runtimeSource, "runtime")
	if err != nil {
		return nil, fmt.Errorf("read runtime: %w", err)
	}
	var files []emit.File
	for _, entry := range entries {
		name := entry.Name()
		if name == standIn {
			continue
		}
		text, err := fs.ReadFile(runtimeSource, "runtime/"+name)
		if err != nil {
			return nil, fmt.Errorf("read runtime: %w", err)
		}
		named := bytes.ReplaceAll(text, []byte(baseError), []byte(p.errorName()))
		files = append(files, emit.File{Path: "ts/src/" + name, Data: append([]byte(marker+"\n\n"), named...)})
	}
	return files, nil
}
