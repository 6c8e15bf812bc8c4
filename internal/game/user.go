package game

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the greatest length of a name, in characters.
const MaxName = 32

// User is one player in a session.
type User struct {
	ID        int64 // the caller's own number, unique on the server
	Username  string
	CompanyID int64 // 0: in no company
	SessionID string
}

// CleanName returns name without the white space around it, and whether that
// may be a name: 1-MaxName characters, no control character among them.
func CleanName(name string) (clean string, ok bool) {
	clean = strings.TrimSpace(name)
	n := utf8.RuneCountInString(clean)
	return clean, n >= 1 && n <= MaxName && !strings.ContainsFunc(clean, unicode.IsControl)
}

// CreateUser lets a user join s. It refuses, in this order: another stage than
// FreeUserConnect (CodeWrongStage), a name that breaks the rules
// (CodeInvalidField), a number or a name that s has already (CodeConflict).
// Whether another session has the number is for the store to say.
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

// UserChange is what is to change of a user; what is nil stays.
type UserChange struct {
	Username  *string
	CompanyID *int64 // 0: leave the present one, and join none

	ExpectedCompany *int64 // the company that the caller has seen the user in, 0 for none; nil: any
}

// UpdateUser changes a user of s. Who goes to another company leaves the present
// one first, with all that leaving causes. It refuses, in this order: an unknown
// user or company (CodeNotFound), the stage End, and a company to join in another
// stage than FreeUserConnect (CodeWrongStage), a user in another company than
// expected (CodeConflict), a name that breaks the rules (CodeInvalidField), a change that changes nothing, a name that another user of
// s has (CodeConflict), and one player more in the company than the ruleset
// allows (CodeLimit).
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

// joins tells whether the user goes into a company.
func (u *UserUpdated) joins() bool {
	return u.New.CompanyID != 0 && u.New.CompanyID != u.Old.CompanyID
}

// checkUpdate gives u the username of c, nil for the one that it has, and tells
// whether s allows that change.
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

// updateUser carries out what has been checked, for the user at i.
func (s *Session) updateUser(i int, u UserUpdated) []Event {
	d := s.begin(Env{})
	d.tell(u)
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

// DeleteUser removes a user from s, in any stage, and from its company, with all
// that leaving causes. expectedCompany is the company that the caller has seen
// the user in, 0 for none; nil: any. It refuses, in this order: an unknown user
// (CodeNotFound), a user in another company than expected (CodeConflict).
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
	d.tell(UserDeleted{UserID: id})
	if company != 0 {
		d.leave(id, company)
	}
	return d.events, nil
}

// checkCompany refuses a command whose caller expects u in another company, 0 for none.
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

// find returns where the user id stands in s.Users, or would stand.
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

// UserFilter says which users are asked for; what is nil is not looked at.
type UserFilter struct {
	ID, CompanyID       *int64
	Username, SessionID *string
	Limit               int // at most so many; 0: all
}
