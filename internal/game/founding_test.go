package game_test

import (
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// command is a command with all its parameters.
type command = func(*game.Session) ([]game.Event, error)

func found(name string, founder int64, env game.Env) command {
	return func(s *game.Session) ([]game.Event, error) {
		_, events, err := s.CreateCompany(name, founder, env)
		return events, err
	}
}

func join(user, code int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.JoinCompany(user, code) }
}

func leave(user, company int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.LeaveCompany(user, company) }
}

func deleteCompany(company int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.DeleteCompany(company) }
}

func deleteUser(user int64) command {
	return func(s *game.Session) ([]game.Event, error) { return s.DeleteUser(user, nil) }
}

func TestCreateCompany(t *testing.T) {
	t.Parallel()
	s, env := newSession(t, game.StageFreeUserConnect, john), newEnv()
	view, events, err := s.CreateCompany("  Tech Corp ", 12345, env)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Company(1)
	// The dice fall 0: the lowest code of six digits.
	if c == nil || c.Name != "Tech Corp" || c.OwnerID != 12345 || c.SecretCode != 100_000 || c.Balance != 10_000 ||
		c.Reputation != 20 || c.Cell != game.NoCell || c.Levels != (game.Levels{1, 1, 1, 1}) || c.Business != game.BusinessSmall ||
		len(c.Goods)+len(c.Credits)+len(c.Deposits)+len(c.Factories) != 0 {
		t.Errorf("got %+v", c)
	}
	if view.SessionID != "S" || !view.Position.Nowhere || view.CellType != "" || view.Capacity != 50 || view.TaxRate != 600 ||
		view.FactoriesCount != 0 {
		t.Errorf("got %+v", view)
	}
	wantEvents(t, events, game.CompanyCreated{Company: s.View(c)}, game.UserAddedToCompany{CompanyID: 1, UserID: 12345})
	if s.Users[0].CompanyID != 1 {
		t.Errorf("the founder is in %d", s.Users[0].CompanyID)
	}
}

// TestCreateCompany_codeDrawnAgain: the random numbers are 7, 7, 9 and 899999, so the first code
// for the second company is that of the first company.
func TestCreateCompany_codeDrawnAgain(t *testing.T) {
	t.Parallel()
	s, env := newSession(t, game.StageFreeUserConnect, game.User{ID: 1, Username: "a"}, game.User{ID: 2, Username: "b"}, game.User{ID: 3, Username: "c"}), newEnv()
	env.Rand = &scriptedRand{falls: []int{7, 7, 9, 899_999}}
	for i, want := range []int64{100_007, 100_009, 999_999} {
		view, _, err := s.CreateCompany(string(rune('A'+i)), int64(i+1), env)
		if err != nil || view.Company.SecretCode != want {
			t.Errorf("company %d: got code %d, %v, want %d", i+1, view.Company.SecretCode, err, want)
		}
	}
}

func TestCreateCompany_refuses(t *testing.T) {
	t.Parallel()
	two := classicWith(func(r *game.Ruleset) { r.Limits.Companies = 2 })
	for name, c := range map[string]struct {
		rules   *game.Ruleset
		stage   game.Stage
		founder int64
		name    string
		code    game.Code
	}{
		"unknown founder before stage": {rules, game.StageEnd, 4, "", game.CodeNotFound},
		"in CellSelect before name":    {rules, game.StageCellSelect, 3, "", game.CodeWrongStage},
		"in Game":                      {rules, game.StageGame, 3, "x", game.CodeWrongStage},
		"in ChangeTurn":                {rules, game.StageChangeTurn, 3, "x", game.CodeWrongStage},
		"at End":                       {rules, game.StageEnd, 3, "x", game.CodeWrongStage},
		"bad name before company":      {rules, game.StageFreeUserConnect, 2, "\x01", game.CodeInvalidField},
		"name too long":                {rules, game.StageFreeUserConnect, 3, strings.Repeat("x", 33), game.CodeInvalidField},
		"founder in a company":         {rules, game.StageFreeUserConnect, 2, "x", game.CodeConflict},
		"name taken":                   {two, game.StageFreeUserConnect, 3, " Company 2", game.CodeConflict},
		"too many":                     {two, game.StageFreeUserConnect, 3, "x", game.CodeLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, env := withCompanies(t, c.rules, 2)
			if _, _, err := s.CreateUser(3, "User 3"); err != nil {
				t.Fatal(err)
			}
			s.Stage = c.stage
			refused(t, s, c.code, found(c.name, c.founder, env))
		})
	}
}

func TestJoinCompany(t *testing.T) {
	t.Parallel()
	s, _ := withCompanies(t, rules, 2)
	if _, _, err := s.CreateUser(3, "User 3"); err != nil {
		t.Fatal(err)
	}
	s = done(t, s, join(3, s.Company(2).SecretCode), game.UserAddedToCompany{CompanyID: 2, UserID: 3})
	if s.Users[2].CompanyID != 2 || s.Company(2).OwnerID != 2 {
		t.Errorf("got %v, owner %d", s.Users, s.Company(2).OwnerID)
	}
}

// full returns a session whose company 1 has the five players that classic allows, with one more
// user, 7, in none; company 2 has its founder.
func full(t *testing.T) *game.Session {
	t.Helper()
	s, _ := withCompanies(t, rules, 2)
	for id := int64(3); id <= 7; id++ {
		if _, _, err := s.CreateUser(id, "User "+string(rune('0'+id))); err != nil {
			t.Fatal(err)
		}
		if id < 7 {
			s, _ = mustApply(t, s, join(id, s.Company(1).SecretCode))
		}
	}
	return s
}

func TestJoinCompany_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage   game.Stage
		user    int64
		company int64 // whose code it is; 0: nobody's
		code    game.Code
	}{
		"unknown user before stage": {game.StageEnd, 8, 2, game.CodeNotFound},
		"unknown code before stage": {game.StageEnd, 7, 0, game.CodeNotFound},
		"in CellSelect":             {game.StageCellSelect, 3, 2, game.CodeWrongStage},
		"in Game":                   {game.StageGame, 7, 2, game.CodeWrongStage},
		"in ChangeTurn":             {game.StageChangeTurn, 7, 2, game.CodeWrongStage},
		"at End":                    {game.StageEnd, 7, 2, game.CodeWrongStage},
		"in another company":        {game.StageFreeUserConnect, 3, 2, game.CodeConflict},
		"in that company":           {game.StageFreeUserConnect, 3, 1, game.CodeConflict},
		"in a company, no seat":     {game.StageFreeUserConnect, 2, 1, game.CodeConflict},
		"no seat":                   {game.StageFreeUserConnect, 7, 1, game.CodeLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, code := full(t), int64(0)
			if c.company != 0 {
				code = s.Company(c.company).SecretCode
			}
			s.Stage = c.stage
			refused(t, s, c.code, join(c.user, code))
		})
	}
}

// TestLeaveCompany_owner: when the owner leaves, the one with the lowest id owns the company; when
// another leaves, nothing of the company changes.
func TestLeaveCompany_owner(t *testing.T) {
	t.Parallel()
	for _, stage := range []game.Stage{game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn} {
		s := full(t)
		s.Stage = stage
		after := done(t, s, leave(4, 1), game.UserLeftCompany{UserID: 4, CompanyID: 1})
		if after.Users[3].CompanyID != 0 || after.Company(1) != s.Company(1) {
			t.Errorf("%s: got %v, %+v", stage, after.Users, after.Company(1))
		}
		after = done(t, after, leave(1, 1), game.UserLeftCompany{UserID: 1, CompanyID: 1})
		if after.Users[0].CompanyID != 0 || after.Company(1).OwnerID != 3 {
			t.Errorf("%s: got %v, owner %d", stage, after.Users, after.Company(1).OwnerID)
		}
	}
}

// companyWithEverything returns a session with two companies. Company 2 has factories, goods, money
// at the bank, and offers, one of which lies between two of company 1.
func companyWithEverything(t *testing.T) *game.Session {
	t.Helper()
	s, env := sessionInCellSelect(t, rules, 2)
	s, _ = mustApply(t, s, pick(2, 0, 6, env))
	s.Offers = []game.Offer{
		{ID: 1, CompanyID: 1, Resource: "iron", PerTrade: 1, Trades: 1, Type: game.OfferMoney, Price: 1},
		{ID: 2, CompanyID: 2, Resource: "fish", PerTrade: 2, Trades: 3, Type: game.OfferMoney, Price: 1},
		{ID: 3, CompanyID: 1, Resource: "iron", PerTrade: 1, Trades: 1, Type: game.OfferMoney, Price: 1},
		{ID: 4, CompanyID: 2, Resource: "fish", PerTrade: 2, Trades: 3, Type: game.OfferMoney, Price: 1},
	}
	return s
}

// removal returns the events of the deletion of companyWithEverything's company 2, with users in
// their place.
func removal(users ...game.Event) []game.Event {
	return slices.Concat([]game.Event{game.CompanyDeleted{CompanyID: 2}}, users, []game.Event{
		game.FactoryDeleted{FactoryID: 1, CompanyID: 2},
		game.FactoryDeleted{FactoryID: 2, CompanyID: 2},
		game.FactoryDeleted{FactoryID: 3, CompanyID: 2},
		game.OfferDeleted{SessionID: "S", OfferID: 2},
		game.OfferDeleted{SessionID: "S", OfferID: 4},
	})
}

// wantOnlyCompany1 expects that s contains nothing of company 2.
func wantOnlyCompany1(t *testing.T, s *game.Session) {
	t.Helper()
	if len(s.Companies) != 1 || s.Companies[0].ID != 1 {
		t.Errorf("companies: %v", s.Companies)
	}
	if len(s.Offers) != 2 || s.Offers[0].ID != 1 || s.Offers[1].ID != 3 {
		t.Errorf("offers: %v", s.Offers)
	}
	for _, u := range s.Users {
		if u.CompanyID == 2 {
			t.Errorf("users: %v", s.Users)
		}
	}
}

func TestLeaveCompany_last(t *testing.T) {
	t.Parallel()
	s := companyWithEverything(t)
	want := append([]game.Event{game.UserLeftCompany{UserID: 2, CompanyID: 2}}, removal()...)
	wantOnlyCompany1(t, done(t, s, leave(2, 2), want...))
}

func TestLeaveCompany_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stage         game.Stage
		user, company int64
		code          game.Code
	}{
		"unknown user before stage":    {game.StageEnd, 8, 1, game.CodeNotFound},
		"unknown company before stage": {game.StageEnd, 3, 3, game.CodeNotFound},
		"no company":                   {game.StageGame, 3, 0, game.CodeNotFound},
		"at End":                       {game.StageEnd, 3, 2, game.CodeWrongStage},
		"another company":              {game.StageGame, 3, 2, game.CodeConflict},
		"in no company":                {game.StageGame, 7, 2, game.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := full(t)
			s.Stage = c.stage
			refused(t, s, c.code, leave(c.user, c.company))
		})
	}
}

func TestDeleteCompany(t *testing.T) {
	t.Parallel()
	for _, stage := range []game.Stage{
		game.StageFreeUserConnect, game.StageCellSelect, game.StageGame, game.StageChangeTurn, game.StageEnd,
	} {
		s := companyWithEverything(t)
		s.Users = append(s.Users, game.User{ID: 3, Username: "User 3", CompanyID: 2, SessionID: "S"})
		s.Stage = stage
		after := done(t, s, deleteCompany(2), removal(
			game.UserLeftCompany{UserID: 2, CompanyID: 2}, game.UserLeftCompany{UserID: 3, CompanyID: 2},
		)...)
		wantOnlyCompany1(t, after)
		if len(after.Users) != 3 {
			t.Errorf("users: %v", after.Users)
		}
		refused(t, after, game.CodeNotFound, deleteCompany(2))
	}
}

func TestDeleteUser_last(t *testing.T) {
	t.Parallel()
	s := companyWithEverything(t)
	want := append([]game.Event{game.UserDeleted{UserID: 2}, game.UserLeftCompany{UserID: 2, CompanyID: 2}}, removal()...)
	wantOnlyCompany1(t, done(t, s, deleteUser(2), want...))
}

// TestDeleteUser_atEnd: a company stays when its last user goes after the end of the game, and
// nobody owns it.
func TestDeleteUser_atEnd(t *testing.T) {
	t.Parallel()
	s := companyWithEverything(t)
	s.Stage = game.StageEnd
	s = done(t, s, deleteUser(2), game.UserDeleted{UserID: 2}, game.UserLeftCompany{UserID: 2, CompanyID: 2})
	if c := s.Company(2); c == nil || c.OwnerID != 0 || len(c.Factories) != 3 || len(s.Users) != 1 {
		t.Errorf("got %+v, users %v", c, s.Users)
	}
}

func TestDeleteUser_owner(t *testing.T) {
	t.Parallel()
	s := full(t)
	s = done(t, s, deleteUser(1), game.UserDeleted{UserID: 1}, game.UserLeftCompany{UserID: 1, CompanyID: 1})
	if owner := s.Company(1).OwnerID; owner != 3 {
		t.Errorf("owner is %d", owner)
	}
	s = done(t, s, deleteUser(6), game.UserDeleted{UserID: 6}, game.UserLeftCompany{UserID: 6, CompanyID: 1})
	if owner := s.Company(1).OwnerID; owner != 3 {
		t.Errorf("owner is %d", owner)
	}
}
