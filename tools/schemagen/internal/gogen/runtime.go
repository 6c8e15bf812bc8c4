package gogen

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"seg.example/tools/schemagen/internal/emit"
)

// The runtime packages are the parts of the generated packages that do not depend on the schema.
// They compile and are tested where they are, with a handwritten stub instead of generated code,
// and are copied into the generated packages.

//go:embed runtime/wire/*.go
var wireRuntime embed.FS

//go:embed runtime/route/*.go
var routeRuntime embed.FS

//go:embed runtime/client/*.go
var clientRuntime embed.FS

const (
	// runtimePrefix is the prefix of the copied files.
	runtimePrefix = "runtime_"
	// stubFile is the file of a runtime package that stands in for generated code. It is not
	// copied.
	stubFile = "generated_stub.go"
)

// copyRuntime returns the files of the runtime of package pkg as files of the generated package.
func copyRuntime(source embed.FS, pkg string, o Options) ([]emit.File, error) {
	dir := path.Join("runtime", pkg)
	entries, err := source.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the runtime of package %s: %w", pkg, err)
	}
	imports := strings.NewReplacer(`"seg.example/tools/schemagen/internal/gogen/runtime/wire"`, quote(o.ImportPath+"/wire"))
	var files []emit.File
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, "_test.go") || name == stubFile {
			continue
		}
		data, err := source.ReadFile(path.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read the runtime of package %s: %w", pkg, err)
		}
		text := marker + "\n\n" + imports.Replace(string(data))
		files = append(files, emit.File{Path: pkg + "/" + runtimePrefix + name, Data: []byte(text)})
	}
	return files, nil
}
