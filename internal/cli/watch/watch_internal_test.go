package watch

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	remote "seg.example/gen/client"
)

func TestRetriable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{&remote.HandshakeError{Status: 503}, true},
		{&remote.HandshakeError{Status: 429}, true},
		{&remote.HandshakeError{Status: 404}, false},
		{&remote.HandshakeError{Status: 409}, false},
	} {
		if got := retriable(errors.Join(row.err)); got != row.want {
			t.Errorf("%v: %t", row.err, got)
		}
	}
}

func TestWatch_print(t *testing.T) {
	t.Parallel()
	at := remote.Stamp{
		Seq: 3, SessionID: "G\x1b1", Time: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
		Frame: json.RawMessage("{ \"type\":\"later\",\n\"data\": {\"a\": \"\u009b\"} }"),
	}
	for _, row := range []struct {
		w    watcher
		e    remote.Event
		want string
	}{
		{watcher{}, &remote.Unknown{Stamp: at, Name: "later"}, "03:04:05.006  G\\x1b1  #3  later  {\"a\":\"\\u009b\"}\n"},
		{watcher{json: true}, &remote.Unknown{Stamp: at, Name: "later"}, "{\"type\":\"later\",\"data\":{\"a\":\"\u009b\"}}\n"},
		{watcher{types: []string{"api-create_user"}}, &remote.Unknown{Stamp: at, Name: "later"}, ""},
		{
			watcher{types: []string{"api-create_user"}},
			&remote.Refused{Stamp: remote.Stamp{Frame: json.RawMessage(`{"type":"error","error":"No"}`)}},
			"-  -  -  error  {\"type\":\"error\",\"error\":\"No\"}\n",
		},
		{
			watcher{types: []string{"api-create_user"}},
			&remote.Resync{Position: remote.Position{Epoch: "e", Seq: 4}, Reason: "too_old"},
			"-  -  -  resync  epoch e, #4: broadcasts were lost (too_old)\n",
		},
		{
			watcher{},
			&remote.Welcome{Position: remote.Position{Epoch: "e", Seq: 4}, Resumed: true, From: 3, To: 4},
			"-  -  -  welcome  epoch e, #4: #3 to #4 were missed and follow\n",
		},
		{watcher{}, &remote.Welcome{Position: remote.Position{Epoch: "e", Seq: 4}, Resumed: true}, "-  -  -  welcome  epoch e, #4: nothing was missed\n"},
	} {
		var out strings.Builder
		if err := row.w.printEvent(&out, row.e); err != nil || out.String() != row.want {
			t.Errorf("%v: %v\n%q\nwant\n%q", row.e, err, out.String(), row.want)
		}
	}
	broken := errors.New("nobody reads")
	if err := (&watcher{}).printEvent(failing{broken}, &remote.Unknown{Stamp: at}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// failing is a writer that always fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
