package client_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

// requestID returns the request_id of a frame as JSON text.
func requestID(t *testing.T, frame string) string {
	t.Helper()
	var m struct {
		ID json.RawMessage `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(frame, "text:")), &m); err != nil {
		t.Fatal(err)
	}
	return string(m.ID)
}

// TestRequestIDs_key: ids started at 1 on every connection, so a server that remembers the ids of a
// client with a key did not execute the first request of the next connection.
func TestRequestIDs_key(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		play(t, client.Options{ClientKey: "12345678"}, func(c *client.Client, s *server) {
			t := s.t // of the synctest bubble
			for range 2 {
				done := begin(func() (any, error) { return nil, c.Forget(t.Context(), &client.None{}) })
				id := requestID(t, s.read())
				if seen[id] {
					t.Errorf("the id %s was used before", id)
				}
				seen[id] = true
				s.send(fmt.Sprintf(`{"type":"response","request_id":%s,"data":null}`, id))
				if got := <-done; got.err != nil {
					t.Error(got.err)
				}
			}
		})
	}
}

// TestWithRequestID: a call has the id of its context, and no two calls in progress have the same
// id.
func TestWithRequestID(t *testing.T) {
	t.Parallel()
	play(t, client.Options{ClientKey: "12345678"}, func(c *client.Client, s *server) {
		t := s.t
		ctx := client.WithRequestID(t.Context(), `mine "1"`)
		done := begin(func() (any, error) { return nil, c.Forget(ctx, &client.None{}) })
		s.want(`text:{"type":"forget","request_id":"mine \"1\""}`)
		if err := c.Forget(ctx, &client.None{}); err == nil || err.Error() != "call forget: a call with this request id is under way" {
			t.Errorf("the same id twice at a time: got %v", err)
		}
		s.send(`{"type":"response","request_id":"mine \"1\"","data":null}`)
		if got := <-done; got.err != nil {
			t.Error(got.err)
		}
	})
}

// broken is a request with a field that is not JSON.
type broken struct{}

func (broken) Append(dst []byte) []byte { return append(dst, `{"n":not json}`...) }

// TestCall_notJSON: a server cannot read the request_id of a frame that is not JSON, so the call
// never ended.
func TestCall_notJSON(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		err := client.Tell(t.Context(), c, "forget", broken{})
		if err == nil || err.Error() != "call forget: a field is not JSON" {
			t.Errorf("got %v, want an error about the field", err)
		}
		done := begin(func() (any, error) { return nil, c.Forget(t.Context(), &client.None{}) })
		id := requestID(t, s.read())
		s.send(fmt.Sprintf(`{"type":"response","request_id":%s,"data":null}`, id))
		if got := <-done; got.err != nil {
			t.Errorf("the connection cannot be used afterwards: %v", got.err)
		}
	})
}
