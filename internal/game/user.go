package game

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the maximum length of a name, in characters.
const MaxName = 32

// User is one player in a session.
type User struct {
	ID        int64 // chosen by the client, unique on the server
	Username  string
	CompanyID int64 // 0: in no company
	SessionID string
}

// CleanName returns name without leading and trailing white space, and reports whether the result
// is valid: 1-MaxName characters without control characters.
func CleanName(name string) (clean string, ok bool) {
	clean = strings.TrimSpace(name)
	n := utf8.RuneCountInString(clean)
	return clean, n >= 1 && n <= MaxName && !strings.ContainsFunc(clean, unicode.IsControl)
}

// CreateUser adds a user to s. It refuses, in this order: another stage than FreeUserConnect
// (CodeWrongStage), an invalid name (CodeInvalidField), an id or a name that another user of s has
// (CodeConflict). The store checks whether another session has the id.
func (s *Session) CreateUser(id int64, username string) (User, []Event, error) {
	if s.Stage != StageFreeUserConnect {
		return User{}, nil, Refuse(CodeWrongStage, "Users can join only in stage %s", StageFreeUserConnect)
	}
	name, err := cleanUsername(username)
	if err != nil {
		return User{}, nil, err
	}
	i, exists := s.find(id)
	if exists {
		return User{}, nil, UserExists(id)
	}
	if s.nameTaken(name) {
		return User{}, nil, usernameTaken(name)
	}
	u := User{ID: id, Username: name, SessionID: s.ID}
	s.Users = slices.Insert(s.Users, i, u)
	return u, []Event{UserCreated{User: u}}, nil
}

// UserChange lists the changes to a user. A nil field stays as it is.
type UserChange struct {
	Username  *string
	CompanyID *int64 // 0: leave the present company without joining another

	ExpectedCompany *int64 // the company that the caller has seen the user in, 0 for none; nil: any
}

// UpdateUser changes a user of s. A user who moves to another company leaves the present one first,
// with the same consequences as LeaveCompany. It refuses, in this order: an unknown user or company
// (CodeNotFound), the stage End, joining a company in another stage than FreeUserConnect
// (CodeWrongStage), a user in another company than expected (CodeConflict), an invalid name
// (CodeInvalidField), a change without effect, a name that another user of s has (CodeConflict),
// and more players in the company than the ruleset allows (CodeLimit).
func (s *Session) UpdateUser(id int64, c UserChange) (UserUpdated, []Event, error) {
	i, exists := s.find(id)
	if !exists {
		return UserUpdated{}, nil, UserNotFound()
	}
	u := UserUpdated{Old: s.Users[i], New: s.Users[i]}
	if c.CompanyID != nil {
		u.New.CompanyID = *c.CompanyID
	}
	if u.joins() && s.Company(u.New.CompanyID) == nil {
		return UserUpdated{}, nil, CompanyNotFound()
	}
	if s.Stage == StageEnd {
		return UserUpdated{}, nil, Refuse(CodeWrongStage, "Users cannot be changed in stage %s", StageEnd)
	}
	if err := s.checkUpdate(&u, c); err != nil {
		return UserUpdated{}, nil, err
	}
	return u, s.updateUser(i, u), nil
}

// joins reports whether the user joins a company.
func (u *UserUpdated) joins() bool {
	return u.New.CompanyID != 0 && u.New.CompanyID != u.Old.CompanyID
}

// checkUpdate sets the username of u.New if c changes it, and refuses a change that s does not
// allow.
func (s *Session) checkUpdate(u *UserUpdated, c UserChange) error {
	if u.joins() {
		if err := s.checkJoinStage(); err != nil {
			return err
		}
	}
	if err := u.Old.checkCompany(c.ExpectedCompany); err != nil {
		return err
	}
	if c.Username != nil {
		name, err := cleanUsername(*c.Username)
		if err != nil {
			return err
		}
		u.New.Username = name
	}
	if u.New == u.Old {
		return Refuse(CodeConflict, "Nothing to change")
	}
	if u.New.Username != u.Old.Username && s.nameTaken(u.New.Username) {
		return usernameTaken(u.New.Username)
	}
	if u.joins() {
		return s.checkSeat(u.New.CompanyID)
	}
	return nil
}

// updateUser applies a checked change to the user at index i.
func (s *Session) updateUser(i int, u UserUpdated) []Event {
	d := s.begin(Env{})
	d.emit(u)
	d.Users[i] = u.New
	if u.New.CompanyID == u.Old.CompanyID {
		return d.events
	}
	if u.Old.CompanyID != 0 {
		d.leave(u.Old.ID, u.Old.CompanyID)
	}
	if u.New.CompanyID != 0 {
		d.join(i, u.New.CompanyID)
	}
	return d.events
}

// DeleteUser removes a user from s, in any stage, and from its company, with the same consequences
// as LeaveCompany. expectedCompany is the company that the caller has seen the user in, 0 for none;
// nil accepts any. It refuses, in this order: an unknown user (CodeNotFound), a user in another
// company than expected (CodeConflict).
func (s *Session) DeleteUser(id int64, expectedCompany *int64) ([]Event, error) {
	i, exists := s.find(id)
	if !exists {
		return nil, UserNotFound()
	}
	if err := s.Users[i].checkCompany(expectedCompany); err != nil {
		return nil, err
	}
	d, company := s.begin(Env{}), s.Users[i].CompanyID
	d.Users = slices.Delete(d.Users, i, i+1)
	d.emit(UserDeleted{UserID: id})
	if company != 0 {
		d.leave(id, company)
	}
	return d.events, nil
}

// checkCompany refuses a command whose caller expects u to be in another company, 0 for none.
func (u *User) checkCompany(expected *int64) error {
	if !differs(expected, u.CompanyID) {
		return nil
	}
	company := func(id int64) string {
		if id == 0 {
			return "no company"
		}
		return fmt.Sprintf("company %d", id)
	}
	return Outdated("expected_company_id", "User %d is in %s, not in %s", u.ID, company(u.CompanyID), company(*expected))
}

// find returns the index of the user with this id in s.Users, or where it would be inserted.
func (s *Session) find(id int64) (int, bool) {
	return slices.BinarySearchFunc(s.Users, id, func(u User, id int64) int { return cmp.Compare(u.ID, id) })
}

func (s *Session) nameTaken(name string) bool {
	return slices.ContainsFunc(s.Users, func(u User) bool { return u.Username == name })
}

func cleanUsername(raw string) (string, error) {
	name, ok := CleanName(raw)
	if !ok {
		return "", Refuse(CodeInvalidField, "A username has 1-%d characters and no control characters", MaxName)
	}
	return name, nil
}

func usernameTaken(name string) *Refusal {
	return Refuse(CodeConflict, "Username %s is taken in this session", name)
}

// UserFilter selects users. A nil field matches every user.
type UserFilter struct {
	ID, CompanyID       *int64
	Username, SessionID *string
	Limit               int // maximum number of results; 0: all
}
