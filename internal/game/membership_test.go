package game_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/game"
)

// TestMembership_randomCommands plays random commands of users and companies. It compares the
// session with its events and checks the invariants of members, owners and
// numbers.
func TestMembership_randomCommands(t *testing.T) {
	t.Parallel()
	small := classicWith(func(r *game.Ruleset) { r.Limits.Companies, r.Limits.Players = 3, 2 })
	rapid.Check(t, func(t *rapid.T) {
		env := newEnv()
		env.Rand = rapidRand{t}
		s, err := game.NewSession(game.NewSessionOptions{ID: "S"}, small, env.Rand)
		if err != nil {
			t.Fatal(err)
		}
		told := membership{users: map[int64]game.User{}, companies: map[int64]string{}}
		for range rapid.IntRange(1, 80).Draw(t, "commands") {
			before := dump(s)
			after := s.Clone()
			events, err := randomCommand(t, env)(after)
			if dump(s) != before {
				t.Fatalf("a command on a copy changed\n%s\nto\n%s", before, dump(s))
			}
			if err != nil {
				if dump(after) != before || len(events) > 0 {
					t.Fatalf("refused with %v, but left %v", err, events)
				}
				continue
			}
			for _, e := range events {
				told.apply(t, e)
			}
			s = after
			told.check(t, s)
			checkCompanies(t, s)
		}
	})
}

type rapidRand struct{ t *rapid.T }

func (d rapidRand) IntN(n int) int { return rapid.IntRange(0, min(n, 3)-1).Draw(d.t, "roll") }

func randomCommand(t *rapid.T, env game.Env) command {
	user := rapid.Int64Range(1, 7).Draw(t, "user")
	company := rapid.Int64Range(0, 6).Draw(t, "company")
	name := fmt.Sprint("name ", rapid.IntRange(1, 6).Draw(t, "name"))
	return rapid.SampledFrom([]command{
		func(s *game.Session) ([]game.Event, error) {
			_, events, err := s.CreateUser(user, name)
			return events, err
		},
		updateUser(user, game.UserChange{Username: &name}),
		updateUser(user, game.UserChange{CompanyID: &company}),
		updateUser(user, game.UserChange{Username: &name, CompanyID: &company}),
		deleteUser(user),
		found(name, user, env),
		found(name, user, env),
		join(user, 100_000+company),
		leave(user, company),
		deleteCompany(company),
		renameCompany(company, name),
	}).Draw(t, "command")
}

// membership is a model of users and companies that is built only from events.
type membership struct {
	users     map[int64]game.User
	companies map[int64]string
}

func (c *membership) apply(t *rapid.T, e game.Event) {
	switch e := e.(type) {
	case game.UserCreated:
		c.users[e.User.ID] = e.User
	case game.UserUpdated:
		// Its company is left and joined by events of their own.
		u := c.users[e.New.ID]
		u.Username = e.New.Username
		c.users[e.New.ID] = u
	case game.UserDeleted:
		u := c.users[e.UserID]
		u.Username = ""
		c.users[e.UserID] = u
		if u.CompanyID == 0 {
			delete(c.users, e.UserID)
		}
	case game.CompanyCreated:
		c.companies[e.Company.Company.ID] = e.Company.Company.Name
	case game.CompanyNameUpdated:
		c.companies[e.CompanyID] = e.New
	case game.CompanyDeleted:
		delete(c.companies, e.CompanyID)
	case game.UserAddedToCompany:
		c.move(t, e.UserID, 0, e.CompanyID)
	case game.UserLeftCompany:
		c.move(t, e.UserID, e.CompanyID, 0)
	default:
		t.Fatalf("unexpected event %T", e)
	}
}

// move takes a user from one company to another, 0 for none. A deleted one is gone once it has
// left.
func (c *membership) move(t *rapid.T, user, from, to int64) {
	u := c.users[user]
	if u.CompanyID != from {
		t.Fatalf("event moves user %d from company %d, but the user is in %d", user, from, u.CompanyID)
	}
	if u.CompanyID = to; u.Username == "" {
		delete(c.users, user)
		return
	}
	c.users[user] = u
}

func (c *membership) check(t *rapid.T, s *game.Session) {
	if len(c.users) != len(s.Users) || len(c.companies) != len(s.Companies) {
		t.Fatalf("events say %v, got %s", c, dump(s))
	}
	for _, u := range s.Users {
		if c.users[u.ID] != u {
			t.Fatalf("events say %+v, got %+v", c.users[u.ID], u)
		}
	}
	for _, company := range s.Companies {
		if c.companies[company.ID] != company.Name {
			t.Fatalf("events say %v, got %+v", c.companies, company)
		}
	}
}

func checkCompanies(t *rapid.T, s *game.Session) {
	if len(s.Companies) > 3 {
		t.Fatalf("%d companies", len(s.Companies))
	}
	unique(t, "users", s.Users, func(u game.User) string { return u.Username })
	unique(t, "companies", s.Companies, func(c *game.Company) string { return c.Name })
	unique(t, "codes", s.Companies, func(c *game.Company) string { return fmt.Sprint(c.SecretCode) })
	if !slices.IsSortedFunc(s.Companies, func(a, b *game.Company) int { return int(a.ID - b.ID) }) {
		t.Fatalf("companies are not by id: %s", dump(s))
	}
	members := map[int64]int{}
	for _, u := range s.Users {
		if u.CompanyID != 0 && s.Company(u.CompanyID) == nil {
			t.Fatalf("%+v is in a company that there is not", u)
		}
		members[u.CompanyID]++
	}
	for _, c := range s.Companies {
		if n := members[c.ID]; n < 1 || n > 2 {
			t.Fatalf("company %d has %d users", c.ID, n)
		}
		if !slices.ContainsFunc(s.Users, func(u game.User) bool { return u.ID == c.OwnerID && u.CompanyID == c.ID }) {
			t.Fatalf("company %d has the owner %d, who is not in it", c.ID, c.OwnerID)
		}
	}
}

func unique[T any](t *rapid.T, what string, list []T, key func(T) string) {
	seen := map[string]bool{}
	for _, x := range list {
		if k := key(x); seen[k] {
			t.Fatalf("two %s are called %s", what, k)
		} else {
			seen[k] = true
		}
	}
}
