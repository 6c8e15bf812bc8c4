package game_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

var john = game.User{ID: 12345, Username: "JohnDoe", SessionID: "S"}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw, clean string
		ok         bool
	}{
		{"JohnDoe", "JohnDoe", true},
		{" \t\n John Doe\u00a0 ", "John Doe", true},
		{"", "", false},
		{" \u2003 ", "", false},
		{strings.Repeat("я", 32), strings.Repeat("я", 32), true},
		{strings.Repeat("я", 33), strings.Repeat("я", 33), false},
		{" " + strings.Repeat("x", 32) + " ", strings.Repeat("x", 32), true},
		{"a\x00b", "a\x00b", false},
		{"a\u0085b", "a\u0085b", false},
		{"a\x7fb", "a\x7fb", false},
		{"a\tb", "a\tb", false},
		{"👩‍👩‍👧", "👩‍👩‍👧", true},
	} {
		if clean, ok := game.CleanName(c.raw); clean != c.clean || ok != c.ok {
			t.Errorf("%q: got %q, %v", c.raw, clean, ok)
		}
	}
}

func TestSession_CreateUser(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageFreeUserConnect, game.User{ID: 99999, Username: "z"}, game.User{ID: 1, Username: "a"})
	u, events, err := s.CreateUser(12345, "  JohnDoe ")
	if err != nil {
		t.Fatal(err)
	}
	if u != john || !slices.Equal(events, []game.Event{game.UserCreated{User: john}}) {
		t.Errorf("got %+v, events %v", u, events)
	}
	if len(s.Users) != 3 || s.Users[0].ID != 1 || s.Users[1] != john || s.Users[2].ID != 99999 {
		t.Errorf("users are not by number: %v", s.Users)
	}
}

func TestSession_CreateUser_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage    game.Stage
		id       int64
		username string
		code     game.Code
	}{
		"wrong stage first":  {game.StageCellSelect, 12345, "", game.CodeWrongStage},
		"in Game":            {game.StageGame, 1, "x", game.CodeWrongStage},
		"in ChangeTurn":      {game.StageChangeTurn, 1, "x", game.CodeWrongStage},
		"at End":             {game.StageEnd, 1, "x", game.CodeWrongStage},
		"bad name":           {game.StageFreeUserConnect, 12345, "\x01", game.CodeInvalidField},
		"number taken":       {game.StageFreeUserConnect, 12345, "x", game.CodeConflict},
		"name taken":         {game.StageFreeUserConnect, 1, "JohnDoe", game.CodeConflict},
		"name taken trimmed": {game.StageFreeUserConnect, 1, " JohnDoe ", game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, c.stage, john)
			_, events, err := s.CreateUser(c.id, c.username)
			wantRefusal(t, err, c.code)
			if len(events) != 0 || !slices.Equal(s.Users, []game.User{john}) {
				t.Errorf("a refusal left events %v, users %v", events, s.Users)
			}
		})
	}
}

func TestSession_UpdateUser(t *testing.T) {
	t.Parallel()
	renamed := game.User{ID: 12345, Username: "johndoe", SessionID: "S"}
	for _, stage := range []game.Stage{game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn} {
		s := newSession(t, stage, john)
		change := game.UserChange{Username: new(" johndoe"), CompanyID: new(int64(0))}
		update, events, err := s.UpdateUser(12345, change)
		if err != nil {
			t.Fatal(err)
		}
		want := game.UserUpdated{Old: john, New: renamed}
		if update != want || !slices.Equal(events, []game.Event{want}) || s.Users[0] != renamed {
			t.Errorf("%s: got %+v, events %v, users %v", stage, update, events, s.Users)
		}
	}
}

func TestSession_UpdateUser_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage  game.Stage
		id     int64
		change game.UserChange
		code   game.Code
	}{
		"unknown user before stage":    {game.StageEnd, 1, game.UserChange{}, game.CodeNotFound},
		"unknown company before stage": {game.StageEnd, 12345, game.UserChange{CompanyID: new(int64(7))}, game.CodeNotFound},
		"at End":                       {game.StageEnd, 12345, game.UserChange{Username: new("\x01")}, game.CodeWrongStage},
		"bad name":                     {game.StageGame, 12345, game.UserChange{Username: new(" ")}, game.CodeInvalidField},
		"name of another":              {game.StageGame, 12345, game.UserChange{Username: new("Jane")}, game.CodeConflict},
		"own name":                     {game.StageGame, 12345, game.UserChange{Username: new(" JohnDoe")}, game.CodeConflict},
		"nothing":                      {game.StageGame, 12345, game.UserChange{}, game.CodeConflict},
		"no company already":           {game.StageGame, 12345, game.UserChange{CompanyID: new(int64(0))}, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, c.stage, john, game.User{ID: 20000, Username: "Jane"})
			_, events, err := s.UpdateUser(c.id, c.change)
			wantRefusal(t, err, c.code)
			if len(events) != 0 || s.Users[0] != john {
				t.Errorf("a refusal left events %v, users %v", events, s.Users)
			}
		})
	}
}

func TestSession_DeleteUser(t *testing.T) {
	t.Parallel()
	s := newSession(t, game.StageEnd, john)
	events, err := s.DeleteUser(12345)
	if err != nil || len(s.Users) != 0 || !slices.Equal(events, []game.Event{game.UserDeleted{UserID: 12345}}) {
		t.Fatalf("got %v, %v, users %v", events, err, s.Users)
	}
	_, err = s.DeleteUser(12345)
	wantRefusal(t, err, game.CodeNotFound)
}

// TestSession_usersByEvents replays the events of random commands on a plain map
// and finds the session's own users there: events tell all that happened.
func TestSession_usersByEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := game.NewSession(game.NewSessionOptions{ID: "S"}, rules, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := map[int64]game.User{}
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			before := slices.Clone(s.Users)
			events, err := randomCommand(t, s)
			if err != nil && (len(events) > 0 || !slices.Equal(before, s.Users)) {
				t.Fatalf("refused with %v, but left %v", err, events)
			}
			for _, e := range events {
				tell(told, e)
			}
			checkUsers(t, s, told)
		}
	})
}

func randomCommand(t *rapid.T, s *game.Session) (events []game.Event, err error) {
	id := rapid.Int64Range(1, 6).Draw(t, "id")
	name := fmt.Sprint("name", rapid.IntRange(1, 5).Draw(t, "name"))
	switch rapid.SampledFrom([]string{"create", "update", "delete"}).Draw(t, "command") {
	case "create":
		_, events, err = s.CreateUser(id, name)
	case "update":
		_, events, err = s.UpdateUser(id, game.UserChange{Username: &name})
	case "delete":
		events, err = s.DeleteUser(id)
	}
	return events, err
}

func tell(told map[int64]game.User, e game.Event) {
	switch e := e.(type) {
	case game.UserCreated:
		told[e.User.ID] = e.User
	case game.UserUpdated:
		told[e.New.ID] = e.New
	case game.UserDeleted:
		delete(told, e.UserID)
	case game.SessionDeleted:
		clear(told)
	}
}

func checkUsers(t *rapid.T, s *game.Session, told map[int64]game.User) {
	names := map[string]bool{}
	for _, u := range s.Users {
		if names[u.Username] {
			t.Fatalf("two users are called %s", u.Username)
		}
		names[u.Username] = true
	}
	ids := slices.Sorted(maps.Keys(told))
	if len(ids) != len(s.Users) {
		t.Fatalf("told of %v, has %v", told, s.Users)
	}
	for i, id := range ids {
		if s.Users[i] != told[id] {
			t.Fatalf("told of %v, has %v", told, s.Users)
		}
	}
}
