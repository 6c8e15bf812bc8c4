package game_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// loaded are dice that fall as given, again and again.
type loaded struct {
	falls []int
	next  int
}

func (d *loaded) Roll(n int) int {
	fall := d.falls[d.next%len(d.falls)] % n
	d.next++
	return fall
}

var rules = game.Ruleset{
	ID:  game.RulesetID{Name: "classic", Hash: "h"},
	Map: game.MapSize{Rows: 7, Cols: 7}, Pattern: "random", MaxSteps: 15,
}

func newSession(t *testing.T, stage game.Stage, users ...game.User) *game.Session {
	t.Helper()
	s, err := game.NewSession(game.NewSessionOptions{ID: "S"}, rules, &loaded{falls: []int{0}})
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
	s, err := game.NewSession(game.NewSessionOptions{ID: "GAME_001", MaxSteps: 3}, rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "GAME_001" || s.Stage != game.StageFreeUserConnect || s.Step != 0 || s.MaxSteps != 3 ||
		s.Map != rules.Map || s.Pattern != "random" || s.Ruleset != rules.ID || len(s.Cells) != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestNewSession_drawsAName(t *testing.T) {
	t.Parallel()
	s, err := game.NewSession(game.NewSessionOptions{}, rules, &loaded{falls: []int{0, 25, 26, 35}})
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
		if _, err := game.NewSession(game.NewSessionOptions{ID: id, MaxSteps: 1000}, rules, nil); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestSession_Delete(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageEnd)
	events, err := s.Delete()
	if err != nil || !s.Deleted || !slices.Equal(events, []game.Event{game.SessionDeleted{SessionID: "S"}}) {
		t.Fatalf("got %v, %v, deleted %v", events, err, s.Deleted)
	}
	_, err = s.Delete()
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
