package game_test

import (
	"slices"
	"strings"
	"testing"

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
	events, err := s.DeleteUser(12345, nil)
	if err != nil || len(s.Users) != 0 || !slices.Equal(events, []game.Event{game.UserDeleted{UserID: 12345}}) {
		t.Fatalf("got %v, %v, users %v", events, err, s.Users)
	}
	_, err = s.DeleteUser(12345, nil)
	wantRefusal(t, err, game.CodeNotFound)
}

func updateUser(id int64, change game.UserChange) command {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.UpdateUser(id, change)
		return events, err
	}
}

// changedUser is the event of a change.
func changedUser(before, after game.User) game.Event {
	return game.UserUpdated{Old: before, New: after}
}

// TestUpdateUser_company: a user goes into a company, from one to another with a new name at once,
// and out of it.
func TestUpdateUser_company(t *testing.T) {
	t.Parallel()
	s := full(t)
	s, _ = mustApply(t, s, leave(6, 1))
	seven := game.User{ID: 7, Username: "User 7", SessionID: "S"}
	inOne, inTwo := seven, seven
	inOne.CompanyID = 1
	inTwo.CompanyID, inTwo.Username = 2, "Seven"
	s = done(t, s, updateUser(7, game.UserChange{CompanyID: new(int64(1))}),
		changedUser(seven, inOne), game.UserAddedToCompany{CompanyID: 1, UserID: 7})
	s = done(t, s, updateUser(7, game.UserChange{CompanyID: new(int64(2)), Username: new(" Seven ")}),
		changedUser(inOne, inTwo), game.UserLeftCompany{UserID: 7, CompanyID: 1}, game.UserAddedToCompany{CompanyID: 2, UserID: 7})
	if got := s.Users[6]; got != inTwo {
		t.Errorf("got %+v", got)
	}
	// The company that it is in is no company to join: only the name changes, in whatever stage.
	s.Stage = game.StageGame
	renamed, alone := inTwo, inTwo
	renamed.Username = "User 7"
	s = done(t, s, updateUser(7, game.UserChange{CompanyID: new(int64(2)), Username: new("User 7")}), changedUser(inTwo, renamed))
	alone.Username, alone.CompanyID = "User 7", 0
	s = done(t, s, updateUser(7, game.UserChange{CompanyID: new(int64(0))}),
		changedUser(renamed, alone), game.UserLeftCompany{UserID: 7, CompanyID: 2})
	if s.Users[6] != alone || s.Company(2).OwnerID != 2 {
		t.Errorf("got %v, owner %d", s.Users, s.Company(2).OwnerID)
	}
}

// TestUpdateUser_lastOut: the company that is left for another one is deleted before the other is
// joined.
func TestUpdateUser_lastOut(t *testing.T) {
	t.Parallel()
	s := companyWithEverything(t)
	s.Stage = game.StageFreeUserConnect
	before := s.Users[1]
	after := before
	after.CompanyID = 1
	want := slices.Concat(
		[]game.Event{changedUser(before, after), game.UserLeftCompany{UserID: 2, CompanyID: 2}}, removal(),
		[]game.Event{game.UserAddedToCompany{CompanyID: 1, UserID: 2}})
	wantOnlyCompany1(t, done(t, s, updateUser(2, game.UserChange{CompanyID: new(int64(1))}), want...))

	s = companyWithEverything(t)
	after.CompanyID = 0
	want = append([]game.Event{changedUser(before, after), game.UserLeftCompany{UserID: 2, CompanyID: 2}}, removal()...)
	wantOnlyCompany1(t, done(t, s, updateUser(2, game.UserChange{CompanyID: new(int64(0))}), want...))
}

func TestUpdateUser_companyRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage   game.Stage
		id      int64
		company int64
		name    *string
		code    game.Code
	}{
		"unknown company before stage":    {game.StageEnd, 7, 3, nil, game.CodeNotFound},
		"leaving at End":                  {game.StageEnd, 3, 0, nil, game.CodeWrongStage},
		"joining in CellSelect":           {game.StageCellSelect, 7, 2, nil, game.CodeWrongStage},
		"joining in Game, before name":    {game.StageGame, 7, 2, new(" "), game.CodeWrongStage},
		"joining in ChangeTurn":           {game.StageChangeTurn, 3, 2, nil, game.CodeWrongStage},
		"bad name before seat":            {game.StageFreeUserConnect, 7, 1, new(" "), game.CodeInvalidField},
		"there already":                   {game.StageFreeUserConnect, 3, 1, nil, game.CodeConflict},
		"there already, its name":         {game.StageFreeUserConnect, 3, 1, new("User 3"), game.CodeConflict},
		"another's name before seat":      {game.StageFreeUserConnect, 7, 1, new("User 3"), game.CodeConflict},
		"no seat":                         {game.StageFreeUserConnect, 7, 1, nil, game.CodeLimit},
		"no seat, from another company":   {game.StageFreeUserConnect, 2, 1, nil, game.CodeLimit},
		"no seat, with a name of its own": {game.StageFreeUserConnect, 7, 1, new("x"), game.CodeLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := full(t)
			s.Stage = c.stage
			refused(t, s, c.code, updateUser(c.id, game.UserChange{CompanyID: &c.company, Username: c.name}))
		})
	}
}

// TestUpdateUser_full: a user of a full company can change its name there.
func TestUpdateUser_full(t *testing.T) {
	t.Parallel()
	s := full(t)
	before := s.Users[2]
	after := before
	after.Username = "x"
	done(t, s, updateUser(3, game.UserChange{CompanyID: new(int64(1)), Username: new("x")}), changedUser(before, after))
}
