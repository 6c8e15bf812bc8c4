package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// staging is how the folders are called in which files wait until all have been written. They stand beside the folder that the
// files are for, so that moving a file is one step.
const staging = ".schemagen-"

// Disk is what Apply does to files; tests make it fail in the middle.
type Disk interface {
	Rename(from, to string) error
	Remove(path string) error
}

// RealDisk is the operating system's.
type RealDisk struct{}

// Rename moves a file over another in one step.
func (RealDisk) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (RealDisk) Remove(path string) error { return os.Remove(path) }

// Apply makes the changes: all of them, or none. First every new file is written completely beside its folder; only then are files
// moved and removed. If one of these steps fails, those before it are taken back and the error is returned. If the program dies
// between them, the next Compare sees every file that is not as it should be.
func (p Plan) Apply(disk Disk) (err error) {
	for _, dir := range p.dirs {
		if err := sweep(filepath.Dir(filepath.Clean(dir))); err != nil {
			return fmt.Errorf("sweep up: %w", err)
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

// undo brings files back to what they held.
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
		return fmt.Errorf("and taking back failed too: %w", all)
	}
	return nil
}

// removeEmpty removes a folder and those around it, up to root, as long as they are empty.
func removeEmpty(dir, root string) {
	for dir != root && os.Remove(dir) == nil {
		dir = filepath.Dir(dir)
	}
}

// stages are the staging folders by the folder that they stand beside.
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

// sweep removes what a run that died has left in a folder.
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
