package gogen_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/google/go-cmp/cmp"

	"seg.example/tools/schemagen/testdata/chat/gen/client"
	"seg.example/tools/schemagen/testdata/chat/gen/route"
	"seg.example/tools/schemagen/testdata/chat/gen/wire"
)

// ann is the only member.
func ann() *wire.Member {
	return &wire.Member{
		Handle: "ann", ID: "01234567-89ab-cdef-0123-456789abcdef", Role: wire.RoleGuest, Nickname: wire.NotNull("Annie"),
		Joined: "2026-01-01T00:00:00Z", Level: 1,
	}
}

// room is a chat with one room.
type room struct{ said *wire.Say }

func (*room) AreYouThere(_ context.Context, _ route.Caller, m *wire.AreYouThere) (*wire.Here, error) {
	return &wire.Here{Echo: m.Echo}, nil
}

func (*room) Join(_ context.Context, _ route.Caller, m *wire.Join) (*wire.Member, error) {
	if m.Token != "right" {
		return nil, &route.Error{Code: wire.ErrorCodeNotFound, Text: "No such token", Details: []route.Detail{{Path: "/token", Message: "is wrong"}}}
	}
	return ann(), nil
}

func (r *room) Say(_ context.Context, _ route.Caller, m *wire.Say) error {
	r.said = m
	return nil
}

func (*room) GetMembers(context.Context, route.Caller, *wire.GetMembers) (wire.MemberList, error) {
	return wire.MemberList{*ann()}, nil
}

func (*room) FindMember(_ context.Context, _ route.Caller, m *wire.FindMember) (*wire.Member, error) {
	if m.Handle != "ann" {
		return nil, nil //nolint:nilnil // nil is null here
	}
	return ann(), nil
}

// chat connects a client of the chat protocol to a dispatcher, and returns a function that
// broadcasts a frame to the client.
func chat(t *testing.T, r *room, o client.Options) (c *client.Client, tell func(frame []byte)) {
	t.Helper()
	near, far := net.Pipe()
	o.NetDial = func(context.Context, string, string) (net.Conn, error) { return near, nil }
	frames := make(chan []byte)
	served := make(chan struct{})
	dispatcher := route.NewDispatcher(route.Handlers{Room: r}, route.Options{})
	go func() {
		defer close(served)
		if _, err := ws.Upgrade(far); err != nil {
			t.Error(err)
		}
		go func() {
			defer close(frames)
			for {
				text, err := wsutil.ReadClientText(far)
				if err != nil {
					return
				}
				for _, frame := range dispatcher.Dispatch(context.Background(), &route.Caller{}, text) {
					frames <- frame
				}
			}
		}()
		for frame := range frames {
			wsutil.WriteServerText(far, frame)
		}
		far.Close()
	}()
	c, err := client.Dial(t.Context(), "ws://chat.example/", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		<-served
		<-c.Done()
	})
	return c, func(frame []byte) { frames <- frame }
}

// TestClient_againstRoute: the generated client and the generated dispatcher use the same protocol.
func TestClient_againstRoute(t *testing.T) {
	t.Parallel()
	events := make(chan client.Event, 1)
	r := &room{}
	c, tell := chat(t, r, client.Options{Password: "right", OnEvent: func(e client.Event) { events <- e }})
	ctx := t.Context()
	expect := func(what string, got, want any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}

	here, err := c.AreYouThere(ctx, &wire.AreYouThere{Echo: `{"a":[1]}`})
	expect("a frame of its own", here, &wire.Here{Echo: `{"a":[1]}`}, err)
	member, err := c.Join(ctx, &wire.Join{Room: "#a", Handle: "ann"})
	expect("an object", member, ann(), err)
	members, err := c.GetMembers(ctx, &wire.GetMembers{Room: "#a"})
	expect("a list", members, wire.MemberList{*ann()}, err)
	found, err := c.FindMember(ctx, &wire.FindMember{Handle: "ann"})
	expect("an object that could be null", found, ann(), err)
	found, err = c.FindMember(ctx, &wire.FindMember{Handle: "bob"})
	expect("null", found, (*wire.Member)(nil), err)
	say := wire.Say{Room: "#a", Content: wire.Content{Text: &wire.Text{Text: "hi"}}}
	expect("nothing", nil, nil, c.Say(ctx, &say))
	expect("an optional credential", r.said.Token, wire.Some[wire.Secret]("right"), nil)
	expect("the caller's request", say.Token, wire.Opt[wire.Secret]{}, nil)
	raw, err := c.Call(ctx, "get-members", json.RawMessage(`{"room":"#a"}`))
	expect("an answer as JSON", string(raw), string(wire.MemberList{*ann()}.Append(nil)), err)

	_, err = c.Join(ctx, &wire.Join{Room: "#a", Handle: "ann", Token: "wrong"})
	refused, ok := errors.AsType[*client.Error](err)
	want := &client.Error{Code: wire.ErrorCodeNotFound, Text: "No such token", Details: []client.Detail{{Path: "/token", Message: "is wrong"}}}
	if !ok || !cmp.Equal(refused, want) {
		t.Errorf("got error %v", err)
	}
	if _, err = c.Call(ctx, "close-room", nil); err == nil || err.Error() != "unknown_type: Unknown message type: close-room" {
		t.Errorf("a planned request: got %v", err)
	}

	tell(route.BroadcastFrame("typing", (&wire.Typing{Handle: "ann"}).Append(nil), route.Stamp{Seq: 3, SessionID: "s", Time: 5, PrevSeq: 1}))
	typing, ok := (<-events).(*client.Typing)
	if !ok || typing.Data.Handle != "ann" || typing.Seq != 3 || typing.PrevSeq != 1 || typing.SessionID != "s" || typing.Time.UnixMilli() != 5 {
		t.Errorf("got broadcast %v", typing)
	}
}
