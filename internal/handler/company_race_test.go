package handler_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
)

// race sends requests concurrently and returns the number of answers by error code, "" for success.
func (s *server) race(frames ...string) map[string]int {
	s.t.Helper()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		ended = map[string]int{}
		start = make(chan struct{})
	)
	for _, frame := range frames {
		wg.Go(func() {
			<-start
			caller := route.Caller{ClientID: "racer"}
			got := s.d.Dispatch(s.t.Context(), &caller, []byte(frame))
			code := ""
			if _, rest, refused := strings.Cut(string(got[0]), `"code":"`); refused {
				code, _, _ = strings.Cut(rest, `"`)
			}
			mu.Lock()
			defer mu.Unlock()
			ended[code]++
		})
	}
	close(start)
	wg.Wait()
	for _, err := range s.faults {
		s.t.Errorf("got internal error %v, want none", err)
	}
	return ended
}

// serverWithUsers returns a server whose session A has the users 1 to n.
func serverWithUsers(t *testing.T, n int) *server {
	t.Helper()
	s := newServer(t)
	s.send(`{"type":"create-session","session_id":"A","password":"secret"}`)
	for i := range n {
		s.send(fmt.Sprintf(`{"type":"create-user","user_id":%d,"username":"user %d","session_id":"A","password":"secret"}`, i+1, i+1))
	}
	return s
}

// TestCreateCompany_race: 20 concurrent requests create a company with the same name, and one
// succeeds.
func TestCreateCompany_race(t *testing.T) {
	t.Parallel()
	s := serverWithUsers(t, 20)
	var frames []string
	for i := range 20 {
		frames = append(frames, fmt.Sprintf(`{"type":"create-company","name":"Tech Corp","who_create":%d,"password":"secret","request_id":"r"}`, i+1))
	}
	if ended := s.race(frames...); ended[""] != 1 || ended["conflict"] != 19 {
		t.Errorf("got %v, want 1 success and 19 conflicts", ended)
	}
	if found, err := s.store.Companies(t.Context(), game.CompanyFilter{}); err != nil || len(found) != 1 {
		t.Errorf("got companies %v, error %v, want one company", found, err)
	}
}

// TestUpdateCompanyAddUser_race: a company with one of five members is joined by 20 users
// concurrently, with and without the code. Four succeed.
func TestUpdateCompanyAddUser_race(t *testing.T) {
	t.Parallel()
	s := serverWithUsers(t, 21)
	s.send(`{"type":"create-company","name":"Tech Corp","who_create":21,"password":"secret","request_id":"r"}`)
	code := s.code(1)
	var frames []string
	for i := range 10 {
		frames = append(frames,
			fmt.Sprintf(`{"type":"update-company-add-user","user_id":%d,"secret_code":%d,"password":"secret","request_id":"r"}`, 2*i+1, code),
			fmt.Sprintf(`{"type":"update-user","user_id":%d,"company_id":1,"password":"secret","request_id":"r"}`, 2*i+2))
	}
	if ended := s.race(frames...); ended[""] != 4 || ended["limit_reached"] != 16 {
		t.Errorf("got %v, want 4 successes and 16 times limit_reached", ended)
	}
	one := int64(1)
	if found, err := s.store.Users(t.Context(), game.UserFilter{CompanyID: &one}); err != nil || len(found) != 5 {
		t.Errorf("got users %v, error %v, want 5", found, err)
	}
}

// TestSetCompanyPosition_race: 20 companies pick the same cell concurrently, and one succeeds.
func TestSetCompanyPosition_race(t *testing.T) {
	t.Parallel()
	s := serverWithUsers(t, 20)
	for i := range 20 {
		s.send(fmt.Sprintf(`{"type":"create-company","name":"firm %d","who_create":%d,"password":"secret","request_id":"r"}`, i+1, i+1))
	}
	s.send(`{"type":"update-session-stage","session_id":"A","stage":"CellSelect","password":"secret","request_id":"r"}`)
	free, err := s.store.Session(t.Context(), "A")
	if err != nil {
		t.Fatal(err)
	}
	at := free.FreeCells()[0]
	var frames []string
	for i := range 20 {
		frames = append(frames, fmt.Sprintf(`{"type":"set-company-position","company_id":%d,"x":%d,"y":%d,"password":"secret","request_id":"r"}`, i+1, at.X, at.Y))
	}
	if ended := s.race(frames...); ended[""] != 1 || ended["conflict"] != 19 {
		t.Errorf("got %v, want 1 success and 19 conflicts", ended)
	}
	if found, err := s.store.Companies(t.Context(), game.CompanyFilter{Cell: &game.Cell{Position: at}}); err != nil || len(found) != 1 {
		t.Errorf("got companies %v, error %v, want one company", found, err)
	}
}
