package store_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seg.example/internal/game"
)

func checkUsers(t *testing.T, f *fixture, filter game.UserFilter, want ...game.User) {
	t.Helper()
	got, err := f.Users(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("users (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func checkSessionOf(t *testing.T, f *fixture, id int64, want string) {
	t.Helper()
	if name, err := f.SessionOfUser(t.Context(), id); err != nil || name != want {
		t.Errorf("user %d is in %q (%v), want %q", id, name, err, want)
	}
}

func TestStore_Users(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	f.mustDo("B", createUser(2, "same"))
	f.mustDo("A", createUser(10, "ten"))
	f.mustDo("A", createUser(3, "same"))
	two := game.User{ID: 2, Username: "same", SessionID: "B"}
	three := game.User{ID: 3, Username: "same", SessionID: "A"}
	ten := game.User{ID: 10, Username: "ten", SessionID: "A"}

	checkUsers(t, f, game.UserFilter{}, two, three, ten)
	checkUsers(t, f, game.UserFilter{Limit: 1}, two)
	checkUsers(t, f, game.UserFilter{ID: new(int64(3))}, three)
	checkUsers(t, f, game.UserFilter{ID: new(int64(4))})
	checkUsers(t, f, game.UserFilter{Username: new("same")}, two, three)
	checkUsers(t, f, game.UserFilter{Username: new("SAME")})
	checkUsers(t, f, game.UserFilter{SessionID: new("A")}, three, ten)
	checkUsers(t, f, game.UserFilter{SessionID: new("a")})
	checkUsers(t, f, game.UserFilter{CompanyID: new(int64(0))}, two, three, ten)
	checkUsers(t, f, game.UserFilter{CompanyID: new(int64(1))})
	checkUsers(t, f, game.UserFilter{Username: new("same"), SessionID: new("A"), CompanyID: new(int64(0)), ID: new(int64(3))}, three)
	checkUsers(t, f, game.UserFilter{Username: new("ten"), SessionID: new("B")})
	checkUsers(t, f, game.UserFilter{Username: new("' OR 1=1 --")})

	checkSessionOf(t, f, 2, "B")
	_, err := f.SessionOfUser(t.Context(), 4)
	wantRefusal(t, err, game.CodeNotFound)
}

func TestStore_Sessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("C", "A", "B")
	f.mustDo("A", setStage(game.StageEnd))
	for _, c := range []struct {
		filter game.SessionFilter
		want   []string
	}{
		{game.SessionFilter{}, []string{"C", "A", "B"}},
		{game.SessionFilter{Limit: 1}, []string{"C"}},
		{game.SessionFilter{ID: new("B")}, []string{"B"}},
		{game.SessionFilter{ID: new("D")}, nil},
		{game.SessionFilter{Stage: new(game.StageEnd)}, []string{"A"}},
		{game.SessionFilter{Stage: new(game.StageGame)}, nil},
		{game.SessionFilter{ID: new("B"), Stage: new(game.StageEnd)}, nil},
	} {
		sessions, err := f.Sessions(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range sessions {
			names = append(names, s.ID)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("%+v: got %v, want %v", c.filter, names, c.want)
		}
	}
}

// TestStore_numberOfAnEndedSession: a user's number that a session at End has is
// free for a new registration; the old user can still be read, and deleted once
// the new one is gone.
func TestStore_numberOfAnEndedSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("New", "Old", "Third") // the number's new session is older than its old one
	f.mustDo("Old", createUser(1, "one"))
	wantRefusal(t, f.do("New", createUser(1, "uno")), game.CodeConflict)
	f.mustDo("Old", setStage(game.StageEnd))
	f.mustDo("New", createUser(1, "uno"))
	before := game.User{ID: 1, Username: "one", SessionID: "Old"}
	now := game.User{ID: 1, Username: "uno", SessionID: "New"}

	checkUsers(t, f, game.UserFilter{}, now, before)
	checkUsers(t, f, game.UserFilter{ID: new(int64(1)), Limit: 1}, now)
	checkSessionOf(t, f, 1, "New")
	wantRefusal(t, f.do("Third", createUser(1, "eins")), game.CodeConflict)

	f.mustDo("New", renameUser(1, "ichi"))
	f.mustDo("New", deleteUser(1))
	checkSessionOf(t, f, 1, "Old")
	f.mustDo("Third", createUser(1, "eins"))
	f.mustDo("Old", deleteUser(1)) // not the one that Third has now
	checkSessionOf(t, f, 1, "Third")
	wantRefusal(t, f.do("New", createUser(1, "uno")), game.CodeConflict)
}
