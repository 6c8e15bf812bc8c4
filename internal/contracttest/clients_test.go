package contracttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/gen/client"
	"seg.example/gen/wire"
)

// clientWait limits each wait of these tests. It matters only if they fail.
const clientWait = time.Minute

// clientStep is a step of a case in testdata/clients.json. That file explains the steps.
type clientStep struct {
	Connect *struct {
		Key, Session string
		Since        struct {
			Epoch string
			Seq   int64
		}
	}
	Query  map[string]string
	Call   string
	Type   string
	Fields json.RawMessage
	Expect map[string]any
	ID     string
	Send   json.RawMessage

	Answered    string
	Value       json.RawMessage
	Error, Text string
	Path        string

	Close          int
	Reason         string
	Cut            bool
	Again          string
	Ended          int
	Final, Refused bool
	Events         [][]any
	Position       *client.Position
	Contract       string
	Same           []string
	Different      []string
}

// clientCall is a running call.
type clientCall struct {
	typ    string
	fields json.RawMessage
	id     string // request_id, as the server received it
	result chan clientResult
}

type clientResult struct {
	data json.RawMessage
	err  error
}

// scenario runs one case. It is the server and the user of the client.
type scenario struct {
	t        *testing.T
	address  string
	accepted chan accepted
	client   *client.Client
	conn     net.Conn // the server's end
	options  client.Options
	calls    map[string]*clientCall
	unseen   []*clientCall // not seen by the server yet
	ids      map[string]json.RawMessage

	mu     sync.Mutex
	events [][]any
	hash   string
}

// accepted is an upgraded connection of the server.
type accepted struct {
	conn  net.Conn
	query url.Values
}

// TestClients runs the cases of testdata/clients.json with the Go client. tools/node runs the same cases
// with the TypeScript client.
func TestClients(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/clients.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name  string
			Steps []clientStep
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 15 {
		t.Fatalf("got %d cases, want at least 15", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			p := newScenario(t)
			for i := range c.Steps {
				p.step(&c.Steps[i])
				if t.Failed() {
					t.Fatalf("at step %d", i)
				}
			}
		})
	}
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	p := &scenario{t: t, accepted: make(chan accepted, 1), calls: map[string]*clientCall{}, ids: map[string]json.RawMessage{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		p.accepted <- accepted{conn, r.URL.Query()}
	}))
	p.address = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		if p.client != nil {
			p.conn.Close()
			p.client.Close()
			<-p.client.Done()
		}
		server.Close()
	})
	return p
}

func (p *scenario) step(s *clientStep) {
	p.t.Helper()
	switch {
	case s.Connect != nil:
		p.options = client.Options{
			ClientID: "me", ClientKey: wire.Secret(s.Connect.Key), SessionID: s.Connect.Session, KeepAlive: -1, OnEvent: p.onEvent,
			Since: client.Position{Epoch: s.Connect.Since.Epoch, Seq: s.Connect.Since.Seq},
		}
		p.connect(s.Query)
	case s.Call != "":
		c := &clientCall{typ: s.Type, fields: s.Fields, result: make(chan clientResult, 1)}
		p.calls[s.Call] = c
		p.startCall(p.t.Context(), c)
	case s.Expect != nil:
		p.expect(s)
	case s.Send != nil:
		p.send(s.Send)
	case s.Answered != "":
		p.answered(s)
	case s.Close != 0:
		body := ws.NewCloseFrameBody(ws.StatusCode(s.Close), s.Reason)
		if err := ws.WriteFrame(p.conn, ws.NewCloseFrame(body)); err != nil {
			p.t.Error(err)
		}
	case s.Cut:
		p.conn.Close()
	case s.Again != "":
		<-p.client.Done()
		p.connect(nil)
		c := p.calls[s.Again]
		<-c.result
		p.startCall(client.WithRequestID(p.t.Context(), c.id), c)
	case s.Ended != 0:
		p.ended(s)
	case s.Events != nil:
		p.await("events", func() (any, any) { return p.events, s.Events })
	case s.Position != nil:
		p.await("position", func() (any, any) { return p.client.Position(), *s.Position })
	case s.Contract != "":
		p.await("contract", func() (any, any) { return p.hash, s.Contract })
	case s.Same != nil, s.Different != nil:
		pair, want := s.Same, true
		if pair == nil {
			pair, want = s.Different, false
		}
		if got := bytes.Equal(p.ids[pair[0]], p.ids[pair[1]]); got != want {
			p.t.Errorf("the ids %s and %s: got same %v, want %v", p.ids[pair[0]], p.ids[pair[1]], got, want)
		}
	default:
		p.t.Errorf("got an empty step %+v, want an action", s)
	}
}

// connect closes the previous client and connects a new one.
func (p *scenario) connect(query map[string]string) {
	p.t.Helper()
	if p.client != nil {
		p.conn.Close()
		p.client.Close()
		<-p.client.Done()
	}
	p.mu.Lock()
	p.events, p.hash = nil, ""
	p.mu.Unlock()
	c, err := client.Dial(p.t.Context(), p.address, p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	got := <-p.accepted
	p.client, p.conn = c, got.conn
	for name, want := range query {
		if got := got.query.Get(name); got != want {
			p.t.Errorf("parameter %s: got %q, want %q", name, got, want)
		}
	}
}

func (p *scenario) startCall(ctx context.Context, c *clientCall) {
	caller := p.client
	p.unseen = append(p.unseen, c)
	go func() {
		data, err := caller.Call(ctx, c.typ, c.fields)
		c.result <- clientResult{data, err}
	}()
}

func (p *scenario) onEvent(e client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case *client.Welcome:
		p.hash = e.Contract
	case *client.Resync:
		p.events = append(p.events, []any{e.Type(), float64(e.Position.Seq)})
	case *client.Unknown:
	default:
		p.events = append(p.events, []any{e.Type(), float64(e.At().Seq)})
	}
}

// expect reads and checks the next request on the server.
func (p *scenario) expect(s *clientStep) {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(clientWait)); err != nil {
		p.t.Fatal(err)
	}
	text, err := wsutil.ReadClientText(p.conn)
	if err != nil {
		p.t.Fatal(err)
	}
	var got map[string]any
	var envelope struct {
		ID json.RawMessage `json:"request_id"`
	}
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(text, &envelope)); err != nil {
		p.t.Fatal(err)
	}
	for name, want := range s.Expect {
		if !reflect.DeepEqual(got[name], want) {
			p.t.Errorf("the request %s: got %s %v, want %v", text, name, got[name], want)
		}
	}
	p.ids[s.ID] = envelope.ID
	if id, ok := got["request_id"].(string); ok {
		p.unseen[0].id = id
	}
	p.unseen = p.unseen[1:]
}

// send sends a frame from the server. It replaces "$name" by the request_id with that name.
func (p *scenario) send(frame json.RawMessage) {
	p.t.Helper()
	for name, id := range p.ids {
		frame = bytes.ReplaceAll(frame, []byte(`"$`+name+`"`), id)
	}
	if err := wsutil.WriteServerText(p.conn, frame); err != nil {
		p.t.Error(err)
	}
}

// answered waits for the answer of a call and checks it.
func (p *scenario) answered(s *clientStep) {
	p.t.Helper()
	var got clientResult
	select {
	case got = <-p.calls[s.Answered].result:
	case <-time.After(clientWait):
		p.t.Fatalf("call %s: got no answer, want one", s.Answered)
	}
	refusal, closed := new(client.Error), new(client.ClosedError)
	switch {
	case s.Error == "closed":
		if !errors.As(got.err, &closed) {
			p.t.Errorf("got %v, want a ClosedError", got.err)
		}
	case s.Error != "":
		if !errors.As(got.err, &refusal) || string(refusal.Code) != s.Error || refusal.Text != s.Text ||
			s.Path != "" && (len(refusal.Details) != 1 || refusal.Details[0].Path != s.Path) {
			p.t.Errorf("got %#v, want %s: %s at %q", got.err, s.Error, s.Text, s.Path)
		}
	default:
		p.value(got, s.Value)
	}
}

func (p *scenario) value(got clientResult, wanted json.RawMessage) {
	p.t.Helper()
	var have, want any
	if err := errors.Join(got.err, json.Unmarshal(got.data, &have), json.Unmarshal(wanted, &want)); err != nil {
		p.t.Fatal(err)
	}
	if frame, ok := have.(map[string]any); ok {
		delete(frame, "type") // Call returns the whole frame where the answer is one
	}
	if !reflect.DeepEqual(have, want) {
		p.t.Errorf("got %v, want %v", have, want)
	}
}

// ended waits until the client ends and checks its error.
func (p *scenario) ended(s *clientStep) {
	p.t.Helper()
	select {
	case <-p.client.Done():
	case <-time.After(clientWait):
		p.t.Fatal("the client is connected, want it ended")
	}
	closed := new(client.ClosedError)
	if !errors.As(p.client.Err(), &closed) {
		p.t.Fatalf("got %v, want a ClosedError", p.client.Err())
	}
	if closed.Code != s.Ended || closed.Final() != s.Final || closed.Refused() != s.Refused {
		p.t.Errorf("got %d, final %v, refused %v, want %d, %v, %v", closed.Code, closed.Final(), closed.Refused(), s.Ended, s.Final, s.Refused)
	}
}

// await waits until two values are equal.
func (p *scenario) await(what string, values func() (got, want any)) {
	p.t.Helper()
	for deadline := time.Now().Add(clientWait); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		got, want := values()
		p.mu.Unlock()
		if reflect.DeepEqual(got, want) {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: got %v, want %v", what, got, want)
		}
	}
}
