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

// placeholderFile is the file of the runtime that is replaced by a generated one.
const placeholderFile = "messages.ts"

// runtimeErrorName is the name of the base class of all errors in the runtime. It is replaced by
// the name for the protocol.
const runtimeErrorName = "ClientError"

// runtimeFiles returns the runtime as files of the package.
func (p *generator) runtimeFiles() ([]emit.File, error) {
	entries, err := fs.ReadDir(runtimeSource, "runtime")
	if err != nil {
		return nil, fmt.Errorf("read runtime: %w", err)
	}
	var files []emit.File
	for _, entry := range entries {
		name := entry.Name()
		if name == placeholderFile {
			continue
		}
		text, err := fs.ReadFile(runtimeSource, "runtime/"+name)
		if err != nil {
			return nil, fmt.Errorf("read runtime: %w", err)
		}
		named := bytes.ReplaceAll(text, []byte(runtimeErrorName), []byte(p.errorName()))
		files = append(files, emit.File{Path: "ts/src/" + name, Data: append([]byte(generatedComment+"\n\n"), named...)})
	}
	return files, nil
}
