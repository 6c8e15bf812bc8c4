package hub_test

import (
	"bytes"
	"context"
	"fmt"

	"seg.example/gen/wire"
	"seg.example/internal/hub"
)

// printingSocket prints the frames that it receives. A real socket queues them for the network.
type printingSocket struct{ id uint64 }

func (s printingSocket) ID() uint64       { return s.id }
func (s printingSocket) ClientID() string { return fmt.Sprint("client ", s.id) }
func (printingSocket) Key() string        { return "" }

func (s printingSocket) Send(frames ...[]byte) bool {
	for _, f := range frames {
		fmt.Printf("%s gets %s\n", s.ClientID(), f)
	}
	return true
}

func (s printingSocket) Answer(frame []byte) { s.Send(frame) }

func (printingSocket) WaitWritable(context.Context) error { return nil }
func (printingSocket) CloseSlow()                         {}
func (printingSocket) CloseInternal()                     {}
func (printingSocket) CloseReplaced()                     {}

// emptyLog is the event log of a new session.
type emptyLog struct{}

func (emptyLog) Since(context.Context, string, hub.Position, int) (hub.Missed, error) {
	return hub.Missed{Epoch: "e1", Reason: wire.WelcomeReasonNew}, nil
}

// Client 1 subscribes to a session and sends a command. The hub sends it the answer first and then the
// broadcast. Client 2, which subscribes to another session, gets neither.
func ExampleHub() {
	ctx := context.Background()
	h := hub.New(hub.Options{
		Log: emptyLog{},
		Text: func(text []byte) []byte {
			start, _, cut := bytes.Cut(text, []byte(`,"contract"`))
			if !cut {
				return text
			}
			return append(start, " ..."...)
		},
		Frame: func(session string, e hub.Event, _ int64) []byte {
			return fmt.Appendf(nil, "%s %d of %s", e.Type, e.Seq, session)
		},
	})
	defer h.Close()
	for i, session := range []string{"GAME_001", "GAME_002"} {
		subscription, err := h.Subscribe(ctx, session, hub.Position{})
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := h.Add(printingSocket{uint64(i + 1)}, subscription); err != nil {
			fmt.Println(err)
		}
		subscription.Close()
	}
	h.Publish(hub.Commit{
		Session: "GAME_001", Epoch: "e1", Origin: 1, Answer: []byte("the answer"),
		Events: []hub.Event{{Type: "api-create_user", Seq: 1}},
	})
	// Output:
	// client 1 gets {"type":"welcome","session_id":"GAME_001","epoch":"e1","last_seq":0 ...
	// client 2 gets {"type":"welcome","session_id":"GAME_002","epoch":"e1","last_seq":0 ...
	// client 1 gets the answer
	// client 1 gets api-create_user 1 of GAME_001
}
