package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
)

// dialRemote connects with the generated client.
func dialRemote(t *testing.T, s *server, o remote.Options) *remote.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	o.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &searchedConn{Conn: conn, in: searchReader(t, conn)}, nil
	}
	c, err := remote.Dial(ctx, s.url(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		<-c.Done()
	})
	return c
}

// TestClient uses the generated client as a program would.
func TestClient(t *testing.T) {
	t.Parallel()
	s := start(t)
	events := make(chan remote.Event, 10)
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	c := dialRemote(t, s, remote.Options{ClientID: "me", Password: wire.Secret(password)})

	pong, err := c.Ping(ctx, &wire.Ping{Content: `{"a":1}`})
	if err != nil || pong.ClientID != "me" || pong.Content != `{"a":1}` || pong.Contract != wire.Hash {
		t.Errorf("ping: %v, %v", pong, err)
	}
	made, err := c.CreateSession(ctx, &wire.CreateSession{SessionID: wire.Some("G1")})
	if err != nil || made.Session.SessionID != "G1" || made.Session.Stage != wire.StageFreeUserConnect {
		t.Errorf("create-session: %v, %v", made, err)
	}
	dialRemote(t, s, remote.Options{ClientID: "watcher", SessionID: "G1", OnEvent: func(e remote.Event) { events <- e }})
	user := wire.User{ID: 7, Username: "Ann", SessionID: "G1"}
	joined, err := c.CreateUser(ctx, &wire.CreateUser{UserID: 7, Username: "Ann", SessionID: "G1"})
	if err != nil || joined.User != user {
		t.Errorf("create-user: %v, %v", joined, err)
	}
	if users, err := c.GetUsers(ctx, &wire.GetUsers{SessionID: wire.Some("G1")}); err != nil || len(users) != 1 || users[0] != user {
		t.Errorf("get-users: %v, %v", users, err)
	}
	if found, err := c.GetUser(ctx, &wire.GetUser{ID: wire.Some[int64](8)}); err != nil || found != nil {
		t.Errorf("get-user of nobody: %v, %v", found, err)
	}
	_, err = c.CreateUser(ctx, &wire.CreateUser{UserID: 7, Username: "Bob", SessionID: "G1"})
	if refused, ok := errors.AsType[*remote.Error](err); !ok || refused.Code != wire.ErrorCodeConflict {
		t.Errorf("the same user again: %v", err)
	}
	_, err = c.CreateUser(ctx, &wire.CreateUser{UserID: 8, SessionID: "G1", Username: "Bob", Password: "wrong"})
	if refused, ok := errors.AsType[*remote.Error](err); !ok || refused.Code != wire.ErrorCodeUnauthorized {
		t.Errorf("a wrong password: %v", err)
	}
	_, err = c.CreateUser(ctx, &wire.CreateUser{})
	if refused, ok := errors.AsType[*remote.Error](err); !ok || refused.Code != wire.ErrorCodeInvalidField || len(refused.Details) != 1 {
		t.Errorf("an empty request: %v", err)
	}
	if err := c.DeleteUser(ctx, &wire.DeleteUser{UserID: 7}); err != nil {
		t.Errorf("delete-user: %v", err)
	}

	welcome, ok := (<-events).(*remote.Welcome)
	if !ok || welcome.Resumed || welcome.Reason != "new" || welcome.SessionID != "G1" || welcome.Position.Epoch == "" || welcome.Position.Seq != 0 {
		t.Errorf("the first event is %v", welcome)
	}
	created, ok := (<-events).(*remote.UserCreated)
	if !ok || created.Seq != 1 || created.SessionID != "G1" || created.Data.User != user || time.Since(created.Time).Abs() > time.Minute {
		t.Errorf("the second event is %v", created)
	}
	if deleted, ok := (<-events).(*remote.UserDeleted); !ok || deleted.Seq != 2 || deleted.Data.UserID != 7 {
		t.Errorf("the third event is %v", deleted)
	}
}

// TestClient_manyAtOnce shares one connection among goroutines. Each gets its own answer, and all
// events arrive in order.
func TestClient_manyAtOnce(t *testing.T) {
	t.Parallel()
	const n = 20
	s := start(t)
	seqs := make(chan int64, n)
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	c := dialRemote(t, s, remote.Options{ClientID: "me", Password: wire.Secret(password), OnEvent: func(e remote.Event) { seqs <- e.At().Seq }})
	if _, err := c.CreateSession(ctx, &wire.CreateSession{SessionID: wire.Some("G1")}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range int64(n) {
		all.Go(func() {
			joined, err := c.CreateUser(ctx, &wire.CreateUser{UserID: i + 1, Username: fmt.Sprintf("user %d", i), SessionID: "G1"})
			if err != nil || joined.User.ID != i+1 {
				t.Errorf("user %d: %v, %v", i+1, joined, err)
			}
		})
	}
	all.Wait()
	for want := range int64(n) {
		if got := <-seqs; got != want+1 {
			t.Errorf("event %d came when %d was due", got, want+1)
		}
	}
}

// TestClient_serverEnds: clients of a draining server get its close code, and a wrong token is
// refused during the handshake.
func TestClient_serverEnds(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := dialRemote(t, s, remote.Options{ClientID: "me"})
	_, err := remote.Dial(t.Context(), s.url(), remote.Options{ClientID: "x", HTTPHeader: map[string][]string{"Authorization": {"Bearer wrong"}}})
	if refused, ok := errors.AsType[*remote.HandshakeError](err); !ok || refused.Status != 401 || refused.Refusal == nil || refused.Refusal.Code != wire.ErrorCodeUnauthorized {
		t.Errorf("a wrong token: %v", err)
	}
	newer := dialRemote(t, s, remote.Options{ClientID: "me"})
	select {
	case <-c.Done():
	case <-time.After(waitTimeout):
		t.Fatal("the replaced client was not closed")
	}
	if closed, ok := errors.AsType[*remote.ClosedError](c.Err()); !ok || closed.Code != 4001 {
		t.Errorf("the replaced client ended with %v", c.Err())
	}
	s.stop()
	<-newer.Done()
	if closed, ok := errors.AsType[*remote.ClosedError](newer.Err()); !ok || closed.Code != 4000 {
		t.Errorf("the client ended with %v", newer.Err())
	}
}
