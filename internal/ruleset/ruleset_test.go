package ruleset_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/ruleset"
)

func mustBuiltIn(t *testing.T) *ruleset.Set {
	t.Helper()
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	set := mustBuiltIn(t)
	for _, name := range []string{"classic", "industrial"} {
		got, err := set.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID.Name != name || len(got.ID.Hash) != 64 || got.Map != (game.MapSize{Rows: 7, Cols: 7}) || got.Pattern != "random" ||
			got.Limits != (game.Limits{Companies: 30, Players: 5, Credits: 2, Steps: 15}) {
			t.Errorf("got %+v, want the ruleset %s", got, name)
		}
	}
	all := set.All()
	if len(all) != 2 || all[0].Rules.ID.Name != "classic" || all[1].Rules.ID.Name != "industrial" {
		t.Fatalf("All: got %v, want classic and industrial", all)
	}
	for _, r := range all {
		if hash := sha256.Sum256(r.Document); hex.EncodeToString(hash[:]) != r.Rules.ID.Hash {
			t.Errorf("%s: got hash %s, want that of the document, %x", r.Rules.ID.Name, r.Rules.ID.Hash, hash)
		}
		again, err := ruleset.Parse(r.Document)
		if err != nil || !reflect.DeepEqual(again.Rules, r.Rules) || string(again.Document) != string(r.Document) {
			t.Errorf("%s: got another ruleset from the canonical form (error %v), want the same", r.Rules.ID.Name, err)
		}
	}
}

// TestBuiltIn_canonical checks parts of the canonical form.
func TestBuiltIn_canonical(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, part string }{
		{"classic", `"warehouse":[{"capacity":50,"cost":0},{"capacity":75,"cost":10000},{"capacity":100,"cost":50000},{"capacity":150,"cost":100000}]`},
		{"classic", `"cart":{"base_price":24000,"level":3,"production":{"materials":{"planks":6,"tools":1},"output":1,"turns":2}}`},
		{"classic", `"change_turn_seconds":0`},
		{"industrial", `"capacity":500,"cost":100000`},
		{"industrial", `"yacht":{"base_price":156000,"level":3,"production":{"materials":{"boards":20,"fabric":10,"sail":2},"output":1,"turns":1}}`},
		{"industrial", `"change_turn_seconds":60`},
		{"industrial", `"bank":{"label":"Банк","locations":["3:3"],"max_amount":1}`},
	} {
		for _, r := range mustBuiltIn(t).All() {
			if r.Rules.ID.Name == c.name && !strings.Contains(string(r.Document), c.part) {
				t.Errorf("%s: got a document without %s, want it", c.name, c.part)
			}
		}
	}
}

func TestSet_Find(t *testing.T) {
	t.Parallel()
	set := mustBuiltIn(t)
	if r, err := set.Find(""); err != nil || r.ID.Name != "classic" {
		t.Errorf("without a name: got %v, error %v, want classic", r, err)
	}
	_, err := set.Find("chess")
	refusal, ok := errors.AsType[*game.Refusal](err)
	if !ok || refusal.Code != game.CodeInvalidField || !strings.Contains(refusal.Text, "chess") {
		t.Errorf("got %v, want a refusal with invalid_field that names chess", err)
	}
}

// TestParseStored_doesNotCheck: a server still reads sessions with rulesets that it would refuse today.
// (Once a single one of them made every list of sessions and companies fail.)
func TestParseStored_doesNotCheck(t *testing.T) {
	t.Parallel()
	classic := mustBuiltIn(t).All()[0]
	again, err := ruleset.ParseStored(classic.Document)
	if err != nil || !reflect.DeepEqual(again, classic.Rules) {
		t.Errorf("a document of this version: got %+v, error %v, want the classic rules", again, err)
	}
	// As if from an older version: without pauses between turns, with a shrinking warehouse and an unknown number.
	older := replace(t, string(classic.Document), `"change_turn_seconds":0,`, "")
	older = replace(t, older, `"capacity":75`, `"capacity":49`)
	older = replace(t, older, `"turn_seconds":180`, `"retired_figure":1,"turn_seconds":60`)
	if _, err := ruleset.Parse([]byte(older)); err == nil {
		t.Fatal("Parse accepts the document, want it refused: otherwise this test proves nothing")
	}
	got, err := ruleset.ParseStored([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	if got.Timers != (game.Timers{CellSelect: 2 * time.Minute, Turn: time.Minute}) || got.Warehouse[1].Figure != 49 || got.ID.Name != "classic" {
		t.Errorf("got %+v, want the numbers of the document", got)
	}
	if hash := sha256.Sum256([]byte(older)); got.ID.Hash != hex.EncodeToString(hash[:]) {
		t.Errorf("got hash %s, want %x", got.ID.Hash, hash)
	}
	if _, err := ruleset.ParseStored([]byte("{")); err == nil {
		t.Error("{: got no error, want one")
	}
}

func TestNewSet_refuses(t *testing.T) {
	t.Parallel()
	if _, err := ruleset.BuiltIn("chess"); err == nil || !strings.Contains(err.Error(), "there are: classic, industrial") {
		t.Errorf("got %v, want an error that lists the rulesets", err)
	}
	r := mustBuiltIn(t).All()[0]
	if _, err := ruleset.NewSet("classic", r, r); err == nil || !strings.Contains(err.Error(), "two rulesets are called classic") {
		t.Errorf("got %v, want an error about two equal names", err)
	}
}

// TestParse_hash: the hash depends on the content of a document, not on its formatting.
func TestParse_hash(t *testing.T) {
	t.Parallel()
	text := read(t, "classic.json")
	original, err := ruleset.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		old, new string
		same     bool
	}{
		"white space":  {`"rows": 7, "cols"`, "\"rows\":7,\n\n\"cols\"", true},
		"order":        {`"rows": 7, "cols": 7`, `"cols": 7, "rows": 7`, true},
		"escape":       {`"City"`, `"\u0043ity"`, true},
		"figure":       {`"balance": 10000`, `"balance": 10001`, false},
		"label":        {`"City"`, `"Town <&>"`, false},
		"fewer levels": {`"max_steps": 15`, `"max_steps": 16`, false},
	} {
		changed, err := ruleset.Parse([]byte(replace(t, text, c.old, c.new)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if same := changed.Rules.ID == original.Rules.ID; same != c.same {
			t.Errorf("%s: got same hash %v, want %v", name, same, c.same)
		}
		if !json.Valid(changed.Document) || strings.Contains(string(changed.Document), `\u003c`) {
			t.Errorf("%s: got document %s, want valid JSON without escaped <", name, changed.Document)
		}
	}
}

func replace(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("got a document without %s, want it", from)
	}
	return strings.Replace(text, from, to, 1)
}

// TestParse_refuses breaks the classic ruleset in one place at a time.
func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"not JSON":            {`"rows": 7`, `"rows" 7`, "/map/rows: invalid character '7'"},
		"cut short":           {"}\n  }\n}\n", "}\n", "/resources: unexpected EOF"},
		"text after it":       {"}\n  }\n}\n", "}\n  }\n}\n{}", "text after the document"},
		"key twice":           {`"rows": 7`, `"rows": 7, "rows": 8`, "/map/rows: duplicate key"},
		"key twice, escaped":  {`"rows": 7`, `"rows": 7, "ro\u0077s": 8`, "/map/rows: duplicate key"},
		"fraction":            {`"rows": 7`, `"rows": 7.5`, "/map/rows: 7.5 is not a whole number"},
		"huge number":         {`"balance": 10000`, `"balance": 1e5000000`, "/start/balance: 1e5000000 is not a whole number"},
		"too many digits":     {`"balance": 10000`, `"balance": 12345678901234567`, "/start/balance: 12345678901234567 is not a whole number"},
		"missing":             {`"rows": 7, `, ``, "/map: missing properties: 'rows'"},
		"unknown":             {`"rows": 7`, `"depth": 1, "rows": 7`, "/map: additionalProperties 'depth' not allowed"},
		"range":               {`"max_steps": 15`, `"max_steps": 0`, "/limits/max_steps: must be >= 1"},
		"name":                {`"name": "classic"`, `"name": "Classic"`, "/name: does not match pattern"},
		"outside the map":     {`"5:5"`, `"5:7"`, "/cells/fixed/city/locations/3: 5:7 is outside the map"},
		"occupied":            {`"5:5"`, `"03:3"`, "/cells/fixed/prison/locations/0: 3:3 is already taken by city"},
		"too many places":     {`"max_amount": 4`, `"max_amount": 3`, "/cells/fixed/city/locations: 4 locations are more than max_amount, 3"},
		"fixed and pickable":  {`"prison": {`, `"water": {`, "/cells/fixed/water: a cell cannot be both fixed and pickable"},
		"too few cells":       {`"max_amount": 11, "resource_id": "fish"`, `"max_amount": 10, "resource_id": "fish"`, "/cells/pickable/water/max_amount: 10 is too small: its share of the map is 11 cells"},
		"resource dangles":    {`"resource_id": "fish"`, `"resource_id": "whale"`, "/cells/pickable/water/resource_id: there is no raw resource whale"},
		"resource is a good":  {`"resource_id": "fish"`, `"resource_id": "iron"`, "/cells/pickable/water/resource_id: there is no raw resource iron"},
		"kit dangles":         {`"start_complectation": "iron"`, `"start_complectation": "gold"`, "/cells/pickable/mountain/start_complectation: there is no good gold"},
		"kit is raw":          {`"start_complectation": "iron"`, `"start_complectation": "stone"`, "/cells/pickable/mountain/start_complectation: there is no good stone"},
		"material dangles":    {`"flour": 4`, `"dough": 4`, "/resources/bread/production/materials/dough: there is no other resource with this name"},
		"made of itself":      {`"flour": 4`, `"bread": 4`, "/resources/bread/production/materials/bread: there is no other resource with this name"},
		"materials too large": {`"flour": 4`, `"flour": 150`, "/resources/bread/production/materials: 151 units, but the largest warehouse holds 150"},
		"output too large":    {`"output": 3`, `"output": 151`, "/resources/bread/production/output: 151 units, but the largest warehouse holds 150"},
		"bank limits":         {`"max": 100000`, `"max": 999`, "/bank/credit/max: 999 is less than min"},
		"first condition":     {`"from_reputation": 0, "percent"`, `"from_reputation": 1, "percent"`, "/bank/contribution/conditions/0/from_reputation: the first condition must start at 0"},
		"conditions' order":   {`"from_reputation": 51, "possible"`, `"from_reputation": 11, "possible"`, "/bank/credit/conditions/2/from_reputation: must be higher than in the condition before"},
		"smaller warehouse":   {`"capacity": 75`, `"capacity": 49`, "/improvements/warehouse/1/capacity: less than at the level below"},
		"prison forever":      {`"on_reputation": 0`, `"on_reputation": 20`, "/start/reputation: 20 leads to prison: it must be above /reputation/prison/on_reputation, 20"},
		"fewer factories":     {`"tasksPerTurn": 90`, `"tasksPerTurn": 59`, "/improvements/mountain/factory/3/tasksPerTurn: fewer than at the level below"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ruleset.Parse([]byte(replace(t, read(t, "classic.json"), c.old, c.new)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("got %v, want one problem", err)
			}
		})
	}
}

// TestParse_unequalShares: if the cells cannot be divided equally, some types get one more.
func TestParse_unequalShares(t *testing.T) {
	t.Parallel()
	text := replace(t, read(t, "classic.json"), `"cols": 7`, `"cols": 6`) // 37 cells for 4 types
	text = replace(t, text, `"max_amount": 11, "resource_id": "fish"`, `"max_amount": 9, "resource_id": "fish"`)
	const want = "ruleset classic: /cells/pickable/water/max_amount: 9 is too small: its share of the map is 10 cells"
	if _, err := ruleset.Parse([]byte(text)); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestParse_allProblems: the error lists all problems, always in the same order.
func TestParse_allProblems(t *testing.T) {
	t.Parallel()
	text := replace(t, read(t, "classic.json"), `"flour": 4`, `"dough": 400`)
	text = replace(t, text, `"iron": 3`, `"steel": 3`)
	const want = `ruleset classic: /resources/bread/production/materials/dough: there is no other resource with this name
/resources/bread/production/materials: 401 units, but the largest warehouse holds 150
/resources/tools/production/materials/steel: there is no other resource with this name`
	for range 20 {
		if _, err := ruleset.Parse([]byte(text)); err == nil || err.Error() != want {
			t.Fatalf("got %v\nwant %s", err, want)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(file, text string) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	classic := read(t, "classic.json")
	mine := write("mine.json", strings.Replace(classic, `"name": "classic"`, `"name": "mine"`, 1))
	set, err := ruleset.Open(mine)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := set.Find(""); err != nil || r.ID.Name != "mine" || len(set.All()) != 3 {
		t.Errorf("got %v, error %v, %d rulesets, want mine as default and 3 rulesets", r, err, len(set.All()))
	}
	if set, err = ruleset.Open("industrial"); err != nil {
		t.Fatal(err)
	}
	if r, err := set.Find(""); err != nil || r.ID.Name != "industrial" {
		t.Errorf("got %v, error %v, want industrial", r, err)
	}
	for which, want := range map[string]string{
		write("twin.json", classic):     "two rulesets are called classic; give the ruleset another name",
		write("wrong.json", "{}"):       "wrong.json: ruleset: the document: missing properties",
		filepath.Join(dir, "none.json"): "no such file",
		"none":                          "no ruleset is called none; there are: classic, industrial",
	} {
		if _, err := ruleset.Open(which); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", which, err, want)
		}
	}
}
