package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// staging is the name prefix of the folders for new files until all have been written. Such a
// folder is next to its target folder, so that a file can be renamed into place.
const staging = ".schemagen-"

// Disk does the file operations of Apply. Tests replace it to simulate failures.
type Disk interface {
	Rename(from, to string) error
	Remove(path string) error
}

// RealDisk uses the operating system.
type RealDisk struct{}

// Rename replaces a file by another atomically.
func (RealDisk) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (RealDisk) Remove(path string) error { return os.Remove(path) }

// Apply makes all changes, or none. It first writes every new file completely to a staging folder,
// and only then renames and removes files. If one of these steps fails, it undoes the earlier ones
// and returns the error. If the program is killed in between, the next Compare finds the files that
// are not up to date.
func (p Plan) Apply(disk Disk) (err error) {
	for _, dir := range p.dirs {
		if err := sweep(filepath.Dir(filepath.Clean(dir))); err != nil {
			return fmt.Errorf("remove old staging folders: %w", err)
		}
	}
	stage := stages{}
	defer func() { err = errors.Join(err, stage.clear()) }()
	staged := make([]string, len(p.Changes))
	for i, c := range p.Changes {
		if c.New == nil {
			continue
		}
		if staged[i], err = stage.write(c, i); err != nil {
			return fmt.Errorf("stage %s: %w", c.Path, err)
		}
	}
	for i, c := range p.Changes {
		if err = c.apply(disk, staged[i]); err != nil {
			return errors.Join(fmt.Errorf("nothing has been changed: %w", err), undo(p.Changes[:i]))
		}
	}
	for _, c := range p.Changes {
		if c.New == nil {
			removeEmpty(filepath.Dir(c.Path), c.dir)
		}
	}
	return nil
}

func (c Change) apply(disk Disk, staged string) error {
	if c.New == nil {
		return disk.Remove(c.Path)
	}
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o755); err != nil { //nolint:gosec // source code is for everybody to read
		return err
	}
	return disk.Rename(staged, c.Path)
}

// undo restores the old content of files.
func undo(done []Change) error {
	var all error
	for _, c := range done {
		if c.Old != nil {
			all = errors.Join(all, Replace(c.Path, c.Old))
			continue
		}
		all = errors.Join(all, os.Remove(c.Path))
		removeEmpty(filepath.Dir(c.Path), c.dir)
	}
	if all != nil {
		return fmt.Errorf("restoring the files failed too: %w", all)
	}
	return nil
}

// removeEmpty removes a folder and its parents up to root, as long as they are empty.
func removeEmpty(dir, root string) {
	for dir != root && os.Remove(dir) == nil {
		dir = filepath.Dir(dir)
	}
}

// stages maps folders to their staging folders.
type stages map[string]string

func (s stages) write(c Change, number int) (string, error) {
	if s[c.dir] == "" {
		parent := filepath.Dir(filepath.Clean(c.dir))
		if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // source code is for everybody to read
			return "", err
		}
		dir, err := os.MkdirTemp(parent, staging)
		if err != nil {
			return "", err
		}
		s[c.dir] = dir
	}
	path := filepath.Join(s[c.dir], strconv.Itoa(number))
	return path, os.WriteFile(path, c.New, 0o644) //nolint:gosec // source code is for everybody to read
}

// sweep removes the staging folders that a killed run left behind.
func sweep(parent string) error {
	left, err := filepath.Glob(filepath.Join(parent, staging+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s stages) clear() error {
	var all error
	for _, dir := range s {
		all = errors.Join(all, os.RemoveAll(dir))
	}
	return all
}
