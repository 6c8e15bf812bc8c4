package contracttest_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/internal/contracttest"
	"seg.example/schema"
)

// withPlanned returns the schema with one request, one broadcast and one frame marked as planned.
func withPlanned(t *testing.T) fs.FS {
	t.Helper()
	copied := fstest.MapFS{}
	err := fs.WalkDir(schema.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(schema.FS, name)
		copied[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, mark := range map[string]string{
		"requests/company.json":   `"x-request": "create-company",`,
		"broadcasts/company.json": `"x-broadcast": "api-create_company",`,
		"types/frame.json":        `"x-frame": "welcome",`,
	} {
		text := string(copied[name].Data)
		if strings.Count(text, mark) != 1 {
			t.Fatalf("%s: got %s %d times, want once", name, mark, strings.Count(text, mark))
		}
		copied[name].Data = []byte(strings.Replace(text, mark, mark+` "x-planned": true,`, 1))
	}
	return copied
}

// TestJudge_planned: planned requests are not served, and planned broadcasts and frames are not sent.
func TestJudge_planned(t *testing.T) {
	t.Parallel()
	j, err := contracttest.NewJudge(withPlanned(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Request([]byte(`{"type":"create-company"}`)); err == nil || !strings.Contains(err.Error(), "not served") {
		t.Errorf("planned request: got %v, want an error", err)
	}
	if err := j.MayCause("create-company"); err == nil {
		t.Error("cause of a planned request: got no error, want one")
	}
	c := j.Connect()
	for _, frame := range []string{`{"type":"api-create_company"}`, `{"type":"welcome"}`} {
		if err := c.Received([]byte(frame)); err == nil || !strings.Contains(err.Error(), "is not sent") {
			t.Errorf("%s: got %v, want an error", frame, err)
		}
	}
}
