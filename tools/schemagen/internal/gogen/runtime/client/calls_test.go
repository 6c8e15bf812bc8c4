package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

// number is the result of a call, as tests compare it: 0 means null.
func number(n *client.Number, err error) (any, error) {
	if n == nil {
		return int64(0), err
	}
	return n.N, err
}

func TestCalls(t *testing.T) {
	t.Parallel()
	add := func(ctx context.Context, c *client.Client) (any, error) {
		return number(c.Add(ctx, &client.Number{N: 1}))
	}
	find := func(ctx context.Context, c *client.Client) (any, error) {
		return number(c.Find(ctx, &client.Number{N: 1}))
	}
	all := func(ctx context.Context, c *client.Client) (any, error) { return c.All(ctx, &client.None{}) }
	forget := func(ctx context.Context, c *client.Client) (any, error) { return nil, c.Forget(ctx, &client.None{}) }
	ping := func(ctx context.Context, c *client.Client) (any, error) {
		return number(c.Ping(ctx, &client.Number{N: 7}))
	}
	for _, tc := range []struct {
		name   string
		call   func(context.Context, *client.Client) (any, error)
		sent   string
		frames []string
		want   any
		err    string
	}{
		{"answered", add, `{"type":"add","request_id":1,"n":1}`, []string{`{"type":"response","request_id":1,"data":{"n":2}}`}, int64(2), ""},
		{"white space", add, `{"type":"add","request_id":1,"n":1}`, []string{" {\n\"data\" : { \"n\" : 2 } ,\t\"request_id\" : 1 , \"type\" : \"response\" }\r\n"}, int64(2), ""},
		{"null", find, `{"type":"find","request_id":1,"n":1}`, []string{`{"type":"response","request_id":1,"data":null}`}, int64(0), ""},
		{"a list", all, `{"type":"all","request_id":1}`, []string{`{"type":"response","request_id":1,"data":[1,2]}`}, client.Numbers{1, 2}, ""},
		{"nothing", forget, `{"type":"forget","request_id":1}`, []string{`{"type":"response","request_id":1,"data":null}`}, nil, ""},
		{
			"a frame of its own", ping, `{"type":"ping","request_id":1,"n":7}`,
			[]string{`{"type":"pong","n":8}`, `{"type":"response","request_id":1,"data":null}`},
			int64(8), "",
		},
		{
			"others' answers before", add, `{"type":"add","request_id":1,"n":1}`,
			[]string{
				`{"type":"response","request_id":2,"data":{"n":9}}`, `{"type":"response","request_id":"x","data":{"n":9}}`,
				`{"type":"response","data":{"n":9}}`, `{"type":"pong","n":8}`, `{"type":"response","request_id":1,"data":{"n":2}}`,
			},
			int64(2), "",
		},
		{
			"refused", add, `{"type":"add","request_id":1,"n":1}`,
			[]string{`{"type":"response","request_id":1,"data":{"error":"No","code":"not_found","details":[{"path":"/n","message":"why"}]}}`},
			int64(0), `*client.Error not_found: No [{/n why}]`,
		},
		{
			"refused without a code", forget, `{"type":"forget","request_id":1}`,
			[]string{`{"type":"response","request_id":1,"data":{"error":"No"}}`},
			nil, `*client.Error No []`,
		},
		{
			"refused with a frame", ping, `{"type":"ping","request_id":1,"n":7}`,
			[]string{`{"type":"error","message":"No","error":"No","code":"unknown_type","available_types":[],"request_id":1}`},
			int64(0), `*client.Error unknown_type: No []`,
		},
		{
			"null where there must be an answer", add, `{"type":"add","request_id":1,"n":1}`,
			[]string{`{"type":"response","request_id":1,"data":null}`},
			int64(0), `*client.ContractError the server broke the protocol: add: null where there must be an answer`,
		},
		{
			"a wrong answer", add, `{"type":"add","request_id":1,"n":1}`,
			[]string{`{"type":"response","request_id":1,"data":{"m":2}}`},
			int64(0), `*client.ContractError the server broke the protocol: add: n is required`,
		},
		{
			"the frame of its own is missing", ping, `{"type":"ping","request_id":1,"n":7}`,
			[]string{`{"type":"response","request_id":1,"data":null}`},
			int64(0), `*client.ContractError the server broke the protocol: pong: the response came, but not this frame before it`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			play(t, client.Options{}, func(c *client.Client, s *server) {
				t := s.t
				go s.answer(map[string][]string{"text:" + tc.sent: tc.frames})
				got, err := tc.call(t.Context(), c)
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Error(diff)
				}
				if text := errorText(err); text != tc.err {
					t.Errorf("error %s, want %s", text, tc.err)
				}
			})
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	text := fmt.Sprintf("%T %v", err, err)
	if refused, ok := errors.AsType[*client.Error](err); ok {
		text += fmt.Sprintf(" %v", refused.Details)
	}
	return text
}

func TestCall(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, typ, fields string
		password          wire.Secret
		sent              string // empty: refused before it is sent
		answer            string
	}{
		{"no fields", "all", "", "", `{"type":"all","request_id":1}`, `[1,2]`},
		{"fields", "find", ` { "n" : 1 } `, "", `{"type":"find","request_id":1, "n" : 1 }`, `{"n":1}`},
		{"a type with quotes", "a\"b", `{}`, "", `{"type":"a\"b","request_id":1}`, `null`},
		{"a frame of its own", "ping", `{"n":1}`, "", `{"type":"ping","request_id":1,"n":1}`, `{"type":"pong","n":2}`},
		{"with password", "add", `{"n":1}`, `se"cret`, `{"type":"add","request_id":1,"password":"se\"cret","n":1}`, `{"n":2}`},
		{"with password only", "add", `{ }`, "secret", `{"type":"add","request_id":1,"password":"secret"}`, `{"n":2}`},
		{"with a password of its own", "add", `{"n":1,"password":"own"}`, "secret", `{"type":"add","request_id":1,"n":1,"password":"own"}`, `{"n":2}`},
		{"where none is taken", "find", `{"n":1}`, "secret", `{"type":"find","request_id":1,"n":1}`, `null`},
		{"not JSON", "find", `{"n":1`, "", "", "the fields are not a JSON object"},
		{"no object", "find", `[{}]`, "", "", "the fields are not a JSON object"},
		{"a type among the fields", "find", `{"type":"add"}`, "", "", `the fields must not contain "type"`},
		{"a request_id among the fields", "find", `{"request_id":9}`, "", "", `the fields must not contain "request_id"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			play(t, client.Options{Password: tc.password}, func(c *client.Client, s *server) {
				t := s.t
				frames := []string{`{"type":"response","request_id":1,"data":` + tc.answer + `}`}
				if tc.typ == "ping" {
					frames = []string{tc.answer, `{"type":"response","request_id":1,"data":null}`}
				}
				go s.answer(map[string][]string{"text:" + tc.sent: frames})
				got, err := c.Call(t.Context(), tc.typ, json.RawMessage(tc.fields))
				switch {
				case tc.sent == "" && (err == nil || !strings.Contains(err.Error(), tc.answer)):
					t.Errorf("error %v, want %s", err, tc.answer)
				case tc.sent != "" && (err != nil || string(got) != tc.answer):
					t.Errorf("got %s, %v; want %s", got, err, tc.answer)
				}
			})
		})
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	play(t, client.Options{Password: "secret"}, func(c *client.Client, s *server) {
		t := s.t
		go s.answer(map[string][]string{
			`text:{"type":"add","request_id":1,"n":1,"password":"secret"}`: {`{"type":"response","request_id":1,"data":{"n":2}}`},
			`text:{"type":"add","request_id":2,"n":1,"password":"own"}`:    {`{"type":"response","request_id":2,"data":{"n":2}}`},
		})
		m := &client.Number{N: 1}
		if _, err := c.Add(t.Context(), m); err != nil {
			t.Error(err)
		}
		if m.Password != "" {
			t.Error("the caller's request has been changed")
		}
		if _, err := c.Add(t.Context(), &client.Number{N: 1, Password: "own"}); err != nil {
			t.Error(err)
		}
	})
}

// TestCalls_anyOrder: answers reach their calls in any order.
func TestCalls_anyOrder(t *testing.T) {
	t.Parallel()
	const n = 200
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		go func() {
			var asked []string
			for range n {
				asked = append(asked, strings.TrimPrefix(s.read(), "text:"))
			}
			for i := n - 1; i >= 0; i-- {
				var m struct {
					ID int `json:"request_id"`
					N  int
				}
				json.Unmarshal([]byte(asked[i]), &m)
				s.send(fmt.Sprintf(`{"type":"response","request_id":%d,"data":{"n":%d}}`, m.ID, m.N+1))
			}
		}()
		var all []<-chan result
		for i := range int64(n) {
			all = append(all, begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{N: i})) }))
		}
		for i, done := range all {
			if got := <-done; got.err != nil || got.value != int64(i+1) {
				t.Errorf("call %d got %v", i, got)
			}
		}
	})
}

// TestCancel: a call whose context ends does not affect other calls; if it is still queued, it is
// never sent.
func TestCancel(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		// The server does not read, and a pipe has no buffer: the first request is being written,
		// the others are queued.
		first := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{N: 1})) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		second := begin(func() (any, error) { return number(c.Find(ctx, &client.Number{N: 2})) })
		synctest.Wait()
		third := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{N: 3})) })
		synctest.Wait()
		cancel()
		if got := <-second; !errors.Is(got.err, context.Canceled) {
			t.Errorf("the second got %v", got)
		}
		s.want(`text:{"type":"find","request_id":1,"n":1}`)
		s.want(`text:{"type":"find","request_id":3,"n":3}`)
		s.send(`{"type":"response","request_id":2,"data":{"n":9}}`, `{"type":"response","request_id":3,"data":{"n":4}}`)
		if got := <-third; got.err != nil || got.value != int64(4) {
			t.Errorf("the third got %v", got)
		}
		s.send(`{"type":"response","request_id":1,"data":{"n":2}}`)
		if got := <-first; got.err != nil || got.value != int64(2) {
			t.Errorf("the first got %v", got)
		}
		if _, err := c.Find(ctx, &client.Number{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a call with an ended context: got %v", err)
		}
	})
}

func TestCancel_deadline(t *testing.T) {
	t.Parallel()
	play(t, client.Options{}, func(c *client.Client, s *server) {
		t := s.t
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := begin(func() (any, error) { return number(c.Find(ctx, &client.Number{})) })
		s.want(`text:{"type":"find","request_id":1,"n":0}`)
		if got := <-done; !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("got %v", got)
		}
	})
}
