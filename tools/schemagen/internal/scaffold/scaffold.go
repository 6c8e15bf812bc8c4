// Package scaffold contains the files of a new protocol: a schema with one request and one
// broadcast, a server, and a test in TypeScript.
package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode"

	"seg.example/tools/schemagen/internal/emit"
)

// files are the templates of a new protocol's files, with placeholders such as {{module}}.
//
//go:embed files
var files embed.FS

// Requirements are the modules that the generated code requires, as lines of go.mod.
func Requirements() []string {
	return []string{"github.com/gobwas/ws v1.5.0", "github.com/gobwas/httphead v0.1.0 // indirect"}
}

// Sums are the lines of go.sum for the Requirements.
func Sums() []string {
	return []string{
		"github.com/gobwas/httphead v0.1.0 h1:exrUm0f4YX0L7EBwZHuCF4GDp8aJfVeBrlLQrs6NqWU=",
		"github.com/gobwas/httphead v0.1.0/go.mod h1:O/RXo79gxV8G+RqlR/otEwx4Q36zl9rqC5u12GKvMCM=",
		"github.com/gobwas/ws v1.5.0 h1:jWzPex0GE9QidvBrBNddDmC5aZzvCXTg2qCZ/UA6nLg=",
		"github.com/gobwas/ws v1.5.0/go.mod h1:q9xc6wHP8xO4NsQjTN1y7E37A9+fV/Xz2LgNcyeRbyE=",
	}
}

// Packages are the npm packages that the test needs, with their versions.
func Packages() map[string]string {
	return map[string]string{"@types/node": "20.19.43", "@types/ws": "8.18.2", "typescript": "7.0.2", "ws": "8.23.0"}
}

// contractName matches valid names of protocols.
var contractName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// modulePath matches module paths; major matches the suffix of major versions from 2.
var (
	modulePath = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)
	major      = regexp.MustCompile(`/v[0-9]+$`)
)

// Name derives the name of a protocol from a module path: the last part without the major version,
// in lower-case letters and digits. The error says that the path is invalid or that no name
// remains.
func Name(module string) (string, error) {
	if !modulePath.MatchString(module) {
		return "", fmt.Errorf("%q is not a module path such as example.com/chess", module)
	}
	unversioned := major.ReplaceAllString(module, "")
	last := unversioned[strings.LastIndex(unversioned, "/")+1:]
	name := strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.TrimSuffix(last, ".example"))
	if !contractName.MatchString(name) {
		return "", fmt.Errorf("cannot derive a protocol name from module %q: its last part must start with a letter", module)
	}
	return name, nil
}

// Files returns the files of a new protocol in a module, except go.mod and go.sum.
func Files(module string) ([]emit.File, error) {
	name, err := Name(module)
	if err != nil {
		return nil, err
	}
	pairs := []string{"{{module}}", module, "{{name}}", name, "{{title}}", strings.ToUpper(name[:1]) + name[1:]}
	for pkg, version := range Packages() {
		pairs = append(pairs, "{{"+pkg+"}}", version)
	}
	filled := strings.NewReplacer(pairs...)
	var all []emit.File
	err = fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		to := strings.TrimSuffix(strings.TrimPrefix(path, "files/"), ".tmpl")
		if to == "gitignore" {
			to = ".gitignore"
		}
		all = append(all, emit.File{Path: to, Data: []byte(filled.Replace(string(data)))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the files of a new protocol: %w", err)
	}
	return all, nil
}

// GoMod returns a go.mod with the Requirements: a new one, or the existing one with the missing
// requirements added.
func GoMod(module string, existing []byte) []byte {
	out := string(existing)
	if out == "" {
		out = "module " + module + "\n\ngo 1.26.0\n"
	}
	for _, requirement := range Requirements() {
		if path, _, _ := strings.Cut(requirement, " "); !strings.Contains(out, path+" v") {
			out += "\nrequire " + requirement + "\n"
		}
	}
	return []byte(out)
}

// GoSum returns a go.sum with the Sums.
func GoSum(existing []byte) []byte {
	out := string(existing)
	for _, sum := range Sums() {
		if !strings.Contains(out, sum+"\n") {
			out += sum + "\n"
		}
	}
	return []byte(out)
}
