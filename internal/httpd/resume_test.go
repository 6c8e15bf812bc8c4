package httpd_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/gen/wire"
	"seg.example/internal/httpd"
	"seg.example/internal/hub"
	"seg.example/internal/ws"
)

// longestSessionID is a session id of the greatest length.
var longestSessionID = strings.Repeat("s", 64)

// fakeLog is an event log with some sessions. Each has three events, in epoch e1.
type fakeLog struct{}

func (fakeLog) Since(_ context.Context, session string, p hub.Position, _ int) (hub.Missed, error) {
	switch session {
	case "GAME_001", "S_1", longestSessionID:
	case "broken":
		return hub.Missed{}, errors.New("the disk is gone")
	default:
		return hub.Missed{}, fmt.Errorf("%w: %s", hub.ErrNoSession, session)
	}
	m := hub.Missed{Epoch: "e1", LastSeq: 3}
	switch {
	case p.Epoch == "":
		m.Reason = wire.WelcomeReasonNew
	case p.Epoch != m.Epoch:
		m.Reason = wire.WelcomeReasonEpoch
	default:
		for seq := p.After + 1; seq <= m.LastSeq; seq++ {
			m.Events = append(m.Events, hub.Event{Data: fmt.Appendf(nil, "event %d", seq), Seq: seq})
		}
	}
	return m, nil
}

// getOnly is a connection of which something may have been read already.
func getOnly(conn net.Conn, early *bufio.Reader) io.ReadWriter {
	if early == nil {
		return conn
	}
	return struct {
		io.Reader
		io.Writer
	}{early, conn}
}

// TestResume: the welcome and the missed broadcasts come first, before any answer.
func TestResume(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	for query, want := range map[string][]string{
		"":                  {`"resumed":false,"reason":"new"`},
		"&epoch=e0&after=1": {`"resumed":false,"reason":"epoch"`},
		"&epoch=e1&after=1": {`"resumed":true,"from":2,"to":3`, "event 2", "event 3"},
		"&epoch=e1&after=3": {`"resumed":true`},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			conn, early, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+"/ws/connect?session_id=S_1&client_id=c"+url.QueryEscape(query)+query)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := getOnly(conn, early)
			if err := wsutil.WriteClientText(conn, []byte("who am I")); err != nil {
				t.Fatal(err)
			}
			want[0] = `{"type":"welcome","session_id":"S_1","epoch":"e1","last_seq":3,"contract":"` + wire.Hash + `",` + want[0] + "}"
			for _, w := range want {
				if got, err := wsutil.ReadServerText(in); err != nil || string(got) != w {
					t.Errorf("got %s, error %v\nwant %s", got, err, w)
				}
			}
			if got, err := wsutil.ReadServerText(in); err != nil || !strings.HasPrefix(string(got), "c") {
				t.Errorf("got %s, error %v, want the answer", got, err)
			}
		})
	}
}

// TestRefusedAfterSubscribe: a connection that is refused after subscribing leaves no subscription.
func TestRefusedAfterSubscribe(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	const target = "/ws/connect?client_id=c&session_id=S_1&client_key="
	conn, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+target+url.QueryEscape(clientKey))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wantClosed(t, s, target+"another+key", ws.CloseOtherKey, "")
	if got := s.clients.Stats().Welcomes[wire.WelcomeReasonNew]; got != 1 {
		t.Errorf("got %d welcomes, want 1", got)
	}
}
