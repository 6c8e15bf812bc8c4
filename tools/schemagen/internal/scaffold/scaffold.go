// Package scaffold is what a new protocol begins with: a schema of one request and one broadcast, a server, and a test in
// TypeScript that makes them meet.
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

// files are the files of a new protocol; {{…}} stands for what depends on it.
//
//go:embed files
var files embed.FS

// Requirements are what a Go module needs for the code that is generated: module and version, as go.mod has them.
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

// contractName is what a protocol may be called.
var contractName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// modulePath is what the path of a module may look like, and major what ends those from the second major version on.
var (
	modulePath = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)
	major      = regexp.MustCompile(`/v[0-9]+$`)
)

// Name is what a protocol in a module is called: the last part of the module's path, in small letters and digits, but for the major
// version. The error says that nothing is left of it, or that no module has such a path.
func Name(module string) (string, error) {
	if !modulePath.MatchString(module) {
		return "", fmt.Errorf("%q is no path of a module: it must look like example.com/chess", module)
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
		return "", fmt.Errorf("module %q leaves no name for a protocol: its last part needs a letter first", module)
	}
	return name, nil
}

// Files returns the files of a new protocol in a module, but for go.mod and go.sum.
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

// GoMod returns the go.mod of a module with the Requirements: a new one if there is none, otherwise the one there is with those
// that it lacks.
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
