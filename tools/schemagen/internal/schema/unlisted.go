package schema

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"seg.example/tools/schemagen/internal/ir"
)

// Unlisted reports JSON files that are in a folder with documents of the contract but that the
// index does not list.
func Unlisted(fsys fs.FS, s *Set) (Problems, error) {
	var problems Problems
	folders := map[string]bool{".": true} // the folder of the index also contains other files
	for _, doc := range s.Documents {
		dir := path.Dir(doc.Path)
		if folders[dir] {
			continue
		}
		folders[dir] = true
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil {
			return nil, fmt.Errorf("list documents: %w", err)
		}
		for _, entry := range entries {
			name := path.Join(dir, entry.Name())
			known := slices.ContainsFunc(s.Documents, func(d *Document) bool { return d.Path == name })
			if !entry.IsDir() && path.Ext(name) == ".json" && !known {
				problems.Add(ir.Pos{File: name}, "%s does not list this document", IndexFile)
			}
		}
	}
	return problems.Sorted(), nil
}
