package cli

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"seg.example/tools/schemagen/internal/breaking"
	"seg.example/tools/schemagen/internal/bundle"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// contractAt is a contract and where it came from.
type contractAt struct {
	contract *ir.Contract
	side     breaking.Side
}

// openSchema reads the contract in a folder.
func openSchema(dir string) (contractAt, error) {
	at, err := open(os.DirFS(dir), func(document string) string { return filepath.ToSlash(filepath.Join(dir, document)) })
	if err != nil {
		return contractAt{}, fmt.Errorf("schema %s: %w", dir, err)
	}
	return at, nil
}

// open reads the contract in a file system. file maps the path of a document to the file name in
// messages.
func open(fsys fs.FS, file func(document string) string) (contractAt, error) {
	_, contract, err := lower.Read(fsys)
	if err != nil {
		return contractAt{}, withFileNames(err, file)
	}
	return contractAt{contract, breaking.SideOf(contract, file)}, nil
}

// withFileNames replaces the paths of documents in problems by file names.
func withFileNames(err error, file func(document string) string) error {
	problems, ok := errors.AsType[schema.Problems](err)
	if !ok {
		return err
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		p.Pos.File = file(p.Pos.File)
		lines[i] = p.String()
	}
	return errors.New("the schema is invalid:\n" + strings.Join(lines, "\n"))
}

// openAgainst reads the contract that --against names: git:REF, a folder, or a bundle. git:REF
// means the folder dir at that commit.
func openAgainst(name, dir string) (contractAt, error) {
	at, err := openNamed(name, dir)
	if err != nil {
		return contractAt{}, fmt.Errorf("against %s: %w", name, err)
	}
	return at, nil
}

func openNamed(name, dir string) (contractAt, error) {
	if ref, ok := strings.CutPrefix(name, "git:"); ok {
		fsys, err := gitArchive(ref, dir)
		if err != nil {
			return contractAt{}, err
		}
		return open(fsys, func(document string) string { return ref + ":" + path.Join(filepath.ToSlash(dir), document) })
	}
	info, err := os.Stat(name)
	if err != nil {
		return contractAt{}, err
	}
	if info.IsDir() {
		return open(os.DirFS(name), func(document string) string { return filepath.ToSlash(filepath.Join(name, document)) })
	}
	return openBundle(name)
}

// openBundle reads the contract of a bundle and checks its hash.
func openBundle(name string) (contractAt, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return contractAt{}, err
	}
	fsys, err := bundle.Open(data)
	if err != nil {
		return contractAt{}, err
	}
	at, err := open(fsys, func(string) string { return filepath.ToSlash(name) })
	if err != nil {
		return contractAt{}, err
	}
	if declared := bundle.Hash(data); declared != at.contract.Documents {
		return contractAt{}, fmt.Errorf("its hash is %s, but it declares %q: it was edited by hand", at.contract.Documents, declared)
	}
	return at, nil
}

// gitArchive returns a folder at a commit.
func gitArchive(ref, dir string) (fs.FS, error) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return nil, fmt.Errorf("%q is not a commit", ref)
	}
	git := exec.Command("git", "-C", dir, "archive", "--format=tar", ref) //nolint:gosec,noctx // ref cannot be an option; the command terminates
	var out, problems bytes.Buffer
	git.Stdout, git.Stderr = &out, &problems
	if err := git.Run(); err != nil {
		return nil, fmt.Errorf("git archive: %w: %s", err, strings.TrimSpace(problems.String()))
	}
	fsys := fstest.MapFS{}
	for archive := tar.NewReader(&out); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return fsys, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read output of git archive: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("read output of git archive: %w", err)
		}
		fsys[header.Name] = &fstest.MapFile{Data: data, Mode: 0o444}
	}
}
