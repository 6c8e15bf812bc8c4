package output_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/internal/emit"
	"seg.example/tools/schemagen/internal/output"
)

const marker = "// " + output.Marker + "\n"

// tree is the content of a folder, by path with slashes.
type tree map[string]string

func write(t *testing.T, dir string, files tree) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func folder(dir string, files tree) output.Folder {
	f := output.Folder{Dir: dir}
	for name, data := range files {
		f.Files = append(f.Files, emit.File{Path: name, Data: []byte(data)})
	}
	return f
}

func compare(t *testing.T, folders ...output.Folder) output.Plan {
	t.Helper()
	plan, err := output.Compare(folders...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// before and after are two states of a folder: one file is unchanged, one changes, two are added,
// two removed.
func before() tree {
	return tree{"same.go": marker + "same", "changed.go": marker + "old", "gone.go": marker + "gone", "old/gone.go": marker + "gone"}
}

func after() tree {
	return tree{"same.go": marker + "same", "changed.go": marker + "new", "new.go": marker + "new", "deep/er/new.go": marker + "new"}
}

func TestApply(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gen")
	write(t, dir, before())
	write(t, dir, tree{"mine.go": "package mine"})
	plan := compare(t, folder(dir, after()))
	if len(plan.Changes) != 5 || plan.Current != 1 {
		t.Errorf("got %d changes and %d current files, want 5 and 1", len(plan.Changes), plan.Current)
	}
	if err := plan.Apply(output.RealDisk{}); err != nil {
		t.Fatal(err)
	}
	want := after()
	want["mine.go"] = "package mine"
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "old")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder was not removed: %v", err)
	}
	if left := compare(t, folder(dir, after())); len(left.Changes) != 0 {
		t.Errorf("got changes after Apply: %v", left.Changes)
	}
}

// failing is a disk that calls fail at its nth step.
type failing struct {
	output.RealDisk

	steps *int
	fail  func() error
}

func (f failing) step() error {
	*f.steps--
	if *f.steps < 0 {
		return f.fail()
	}
	return nil
}

// Rename fails at the nth step.
func (f failing) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.RealDisk.Rename(from, to)
}

// Remove fails at the nth step.
func (f failing) Remove(path string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.RealDisk.Remove(path)
}

// TestApply_takes_back: whichever step fails, all files are restored.
func TestApply_takes_back(t *testing.T) {
	t.Parallel()
	for steps := range 5 {
		root := t.TempDir()
		dir, other := filepath.Join(root, "gen"), filepath.Join(root, "deep", "meta")
		write(t, dir, before())
		plan := compare(t, folder(dir, after()), folder(other, tree{"k.json": "{\n  \"$comment\": \"" + output.Marker + "\",\n}"}))
		full := errors.New("disk full")
		err := plan.Apply(failing{steps: &steps, fail: func() error { return full }})
		if !errors.Is(err, full) {
			t.Fatalf("got error %v, want disk full", err)
		}
		if diff := cmp.Diff(before(), read(t, dir)); diff != "" {
			t.Errorf("before step %d: %s", steps, diff)
		}
		if got := read(t, root); len(got) != len(before()) {
			t.Errorf("staging files were not removed: %v", got)
		}
	}
}

// TestApply_dies: a killed program leaves some files unchanged. Compare finds them, and the next
// Apply finishes and removes the staging folders.
func TestApply_dies(t *testing.T) {
	t.Parallel()
	for steps := range 5 {
		root := t.TempDir()
		dir := filepath.Join(root, "gen")
		write(t, dir, before())
		die := func() (died bool) {
			defer func() { died = recover() != nil }()
			// A killed program does not run what Apply defers, so the staging folder is recreated below.
			_ = compare(t, folder(dir, after())).Apply(failing{steps: &steps, fail: func() error { panic("killed") }})
			return false
		}
		if !die() {
			t.Fatal("Apply returned, want a panic")
		}
		write(t, filepath.Join(root, ".schemagen-dead"), tree{"0": marker})
		plan := compare(t, folder(dir, after()))
		if len(plan.Changes) == 0 {
			t.Errorf("after %d steps: Compare finds no changes", steps)
		}
		if err := plan.Apply(output.RealDisk{}); err != nil {
			t.Fatal(err)
		}
		want := tree{}
		for name, data := range maps.All(after()) {
			want["gen/"+name] = data
		}
		if diff := cmp.Diff(want, read(t, root)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCompare_refuses_what_is_in_the_way(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, tree{"a.go": "package a // mentions " + output.Marker + "\n"})
	if _, err := output.Compare(folder(dir, tree{"a.go": marker})); err == nil {
		t.Error("got no error for a file without the marker")
	}
	write(t, dir, tree{"b.go/c": "a folder"})
	if _, err := output.Compare(folder(dir, tree{"b.go": marker})); err == nil {
		t.Error("got no error for a folder at the path of a file")
	}
}
