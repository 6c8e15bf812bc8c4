package contracttest_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"seg.example/internal/contracttest"
	"seg.example/schema"
)

// withPlanned is the schema with a request, a broadcast and a frame that are described, but not served yet.
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
			t.Fatalf("%s has %s %d times", name, mark, strings.Count(text, mark))
		}
		copied[name].Data = []byte(strings.Replace(text, mark, mark+` "x-planned": true,`, 1))
	}
	return copied
}

// TestJudge_planned: what is planned only may neither be asked for, nor be caused, nor be sent.
func TestJudge_planned(t *testing.T) {
	t.Parallel()
	j, err := contracttest.NewJudge(withPlanned(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Request([]byte(`{"type":"create-company"}`)); err == nil || !strings.Contains(err.Error(), "not served") {
		t.Errorf("a planned request: %v", err)
	}
	if err := j.MayCause("create-company"); err == nil {
		t.Error("a request that is planned only has caused something")
	}
	c := j.Connect()
	for _, frame := range []string{`{"type":"api-create_company"}`, `{"type":"welcome"}`} {
		if err := c.Received([]byte(frame)); err == nil || !strings.Contains(err.Error(), "is not sent") {
			t.Errorf("%s: %v", frame, err)
		}
	}
}
