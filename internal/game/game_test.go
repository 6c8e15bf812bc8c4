package game_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/ruleset"
)

// scriptedRand returns the given numbers in a loop.
type scriptedRand struct {
	falls []int
	next  int
}

func (d *scriptedRand) IntN(n int) int {
	fall := d.falls[d.next%len(d.falls)] % n
	d.next++
	return fall
}

// counter gives the numbers of each kind from 1 on.
type counter struct {
	mu   sync.Mutex
	last map[game.Kind]int64
}

func (c *counter) NextID(kind game.Kind) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[game.Kind]int64{}
	}
	c.last[kind]++
	return c.last[kind]
}

// noon is the time of commands in tests.
var noon = time.UnixMilli(1_767_268_800_000)

// newEnv returns an environment at noon with the random numbers 0, 1, 2 and so on, and ids from 1
// on.
func newEnv() game.Env {
	falls := make([]int, 1000)
	for i := range falls {
		falls[i] = i
	}
	return game.Env{Now: noon, Rand: &scriptedRand{falls: falls}, IDs: &counter{}}
}

// rules is the ruleset that most tests play under.
var rules = func() *game.Ruleset {
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		panic(err)
	}
	r, err := set.Find("")
	if err != nil {
		panic(err)
	}
	return r
}()

// classicWith returns a copy of classic with other figures. The lists in it are classic's own: to
// change what is in one, replace it.
func classicWith(change func(*game.Ruleset)) *game.Ruleset {
	r := *rules
	change(&r)
	return &r
}

// newSession returns the session S under classic, in a stage, with users.
func newSession(t *testing.T, stage game.Stage, users ...game.User) *game.Session {
	t.Helper()
	return newSessionUnder(t, rules, stage, users...)
}

// newSessionUnder is newSession under other rules.
func newSessionUnder(t *testing.T, rules *game.Ruleset, stage game.Stage, users ...game.User) *game.Session {
	t.Helper()
	s, err := game.NewSession(game.NewSessionOptions{ID: "S"}, rules, &scriptedRand{falls: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if _, _, err := s.CreateUser(u.ID, u.Username); err != nil {
			t.Fatal(err)
		}
	}
	s.Stage = stage
	return s
}

// withCompanies returns a session under rules in FreeUserConnect with companies called "Company 1"
// and so on, of the users 1 and so on, and the world in which they were founded: their numbers are
// 1 and so on.
func withCompanies(t *testing.T, rules *game.Ruleset, n int) (*game.Session, game.Env) {
	t.Helper()
	s, env := newSessionUnder(t, rules, game.StageFreeUserConnect), newEnv()
	for i := range n {
		number := string(rune('1' + i))
		if _, _, err := s.CreateUser(int64(i+1), "User "+number); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.CreateCompany("Company "+number, int64(i+1), env); err != nil {
			t.Fatal(err)
		}
	}
	return s, env
}

// sessionInCellSelect is withCompanies in CellSelect, with its map laid: eleven cells of each type
// in their order by name, around the fixed ones. So row 0 is field, and row 6 is water.
func sessionInCellSelect(t *testing.T, rules *game.Ruleset, n int) (*game.Session, game.Env) {
	t.Helper()
	s, env := withCompanies(t, rules, n)
	s.Stage, s.Cells = game.StageCellSelect, plainMap(rules)
	return s, env
}

// plainMap is a map that is laid without being shuffled.
func plainMap(rules *game.Ruleset) []string {
	cells := make([]string, rules.Map.Rows*rules.Map.Cols)
	for _, fixed := range rules.Fixed {
		for _, p := range fixed.Locations {
			cells[p.Y*rules.Map.Cols+p.X] = fixed.Type
		}
	}
	open := 0
	for i := range cells {
		if cells[i] == "" {
			cells[i] = rules.Pickable[open/11].Type
			open++
		}
	}
	return cells
}

// wantRefusal fails unless err is a refusal with code.
func wantRefusal(t *testing.T, err error, code game.Code) {
	t.Helper()
	refusal, ok := errors.AsType[*game.Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal with code %s", err, code)
	}
	if refusal.Code != code || refusal.Text == "" || refusal.Error() != refusal.Text {
		t.Errorf("got code %s, text %q, want code %s", refusal.Code, refusal.Text, code)
	}
	if !slices.Contains(game.Codes(), refusal.Code) {
		t.Errorf("Codes() lacks %s", refusal.Code)
	}
}

func TestNewSession(t *testing.T) {
	t.Parallel()
	s, err := game.NewSession(game.NewSessionOptions{ID: "GAME_001", MaxSteps: 3}, rules, &scriptedRand{falls: []int{7}})
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "GAME_001" || s.Stage != game.StageFreeUserConnect || s.Step != 0 || s.MaxSteps != 3 ||
		s.Rules != rules || s.Seed != 7 || len(s.Cells) != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestNewSession_drawsAName(t *testing.T) {
	t.Parallel()
	s, err := game.NewSession(game.NewSessionOptions{}, rules, &scriptedRand{falls: []int{0, 25, 26, 35}})
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "AZ09AZ09" || s.MaxSteps != 15 {
		t.Errorf("got name %q, %d steps", s.ID, s.MaxSteps)
	}
}

func TestNewSession_refuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]game.NewSessionOptions{
		"space":      {ID: "a b"},
		"letter":     {ID: "ä"},
		"at sign":    {ID: "@"},
		"bracket":    {ID: "["},
		"backquote":  {ID: "`"},
		"brace":      {ID: "{"},
		"slash":      {ID: "/"},
		"colon":      {ID: ":"},
		"too long":   {ID: strings.Repeat("a", 65)},
		"steps 1001": {ID: "a", MaxSteps: 1001},
		"steps -1":   {ID: "a", MaxSteps: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := game.NewSession(o, rules, nil)
			wantRefusal(t, err, game.CodeInvalidField)
		})
	}
	for _, id := range []string{"a", "Z", "0", "9", "_", "-", strings.Repeat("a", 64)} {
		if _, err := game.NewSession(game.NewSessionOptions{ID: id, MaxSteps: 1000}, rules, &scriptedRand{falls: []int{0}}); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestSession_Delete(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageEnd)
	events, err := s.Delete(nil)
	if err != nil || !s.Deleted || !slices.Equal(events, []game.Event{game.SessionDeleted{SessionID: "S"}}) {
		t.Fatalf("got %v, %v, deleted %v", events, err, s.Deleted)
	}
	_, err = s.Delete(nil)
	wantRefusal(t, err, game.CodeNotFound)
}

func TestSession_CellCounts(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageGame)
	if got := s.CellCounts(); len(got) != 0 {
		t.Errorf("before the map is laid: %v", got)
	}
	s.Cells = []string{"water", "city", "water", "field", "water"}
	want := []game.CellCount{{"city", 1}, {"field", 1}, {"water", 3}}
	if got := s.CellCounts(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// mustApply returns the session that a command has changed, with its events.
func mustApply(t *testing.T, s *game.Session, command func(*game.Session) ([]game.Event, error)) (*game.Session, []game.Event) {
	t.Helper()
	after := s.Clone()
	events, err := command(after)
	if err != nil {
		t.Fatal(err)
	}
	return after, events
}
