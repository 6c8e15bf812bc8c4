package schema_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"testing"
)

// TestReleaseIsRecorded: once CHANGELOG tells of a release, the protocol as it was released lies in released/, and no other version
// does; otherwise nothing would be compared with what clients out there use.
func TestReleaseIsRecorded(t *testing.T) {
	t.Parallel()
	log, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := "" // entries are newest first
	if m := regexp.MustCompile(`(?m)^## ([0-9.]+) `).FindSubmatch(log); m != nil {
		newest = string(m[1])
	}
	var released struct {
		Version   string                     `json:"version"`
		Hash      string                     `json:"hash"`
		Documents map[string]json.RawMessage `json:"documents"`
	}
	data, err := os.ReadFile("released/contract.json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if newest != "" {
			t.Errorf("CHANGELOG tells of release %s, but released/contract.json is missing", newest)
		}
		return
	case err != nil:
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &released); err != nil {
		t.Fatal(err)
	}
	if released.Version != newest {
		t.Errorf("released/contract.json is version %q, CHANGELOG's newest entry is %q", released.Version, newest)
	}
	if len(released.Hash) != 64 || released.Documents["contract.json"] == nil {
		t.Error("released/contract.json is not what make release writes")
	}
	if _, err := os.Stat("released/allow.json"); err != nil {
		t.Error(err)
	}
}
