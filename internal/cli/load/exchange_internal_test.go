package load

import (
	"fmt"
	"testing"
)

func TestCallExchange(t *testing.T) {
	t.Parallel()
	x, err := newCallExchange("create-user", []string{"user_id=1{n}", "username=a {n}{n}", "session_id=12"}, "p\"w", 7)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"create-user","request_id":9,"password":"p\"w","user_id":19,"username":"a 99","session_id":"12"}`
	if got := string(x.request(nil, 2)); got != want {
		t.Errorf("request\n %s, want\n %s", got, want)
	}
	for frame, want := range map[string]string{
		`{"type":"response","request_id":9,"data":null}`:                             "true ",
		`{"type":"response","request_id":9,"data":{"error":"no","code":"conflict"}}`: "true conflict",
		`{"type":"response","data":{"error":"no","code":"conflict"},"request_id":9}`: "true conflict",
		`{"type":"response","data":{"a":1},"request_id":9}`:                          "true ",
		`{"type":"response","request_id":90,"data":null}`:                            "false ",
		`{"type":"response","request_id":8,"data":{"error":"no","code":"conflict"}}`: "false ",
		`{"type":"api-create_user","data":{},"seq":1}`:                               "false ",
		`{"type":"error","message":"m","error":"m","code":"rate_limited"}`:           "true rate_limited",
	} {
		answered, code := x.answers([]byte(frame), 2)
		if got := fmt.Sprint(answered, " ", code); got != want {
			t.Errorf("%s: %s, want %s", frame, got, want)
		}
	}
	for _, row := range []struct {
		typ    string
		fields []string
		want   string
	}{
		{"get-sessions", nil, `{"type":"get-sessions","request_id":0}`},
		{"ping", []string{"content:=[{n}]"}, `{"type":"ping","request_id":0,"content":[0]}`},
		{"delete-user", []string{"password=mine", "user_id=1"}, `{"type":"delete-user","request_id":0,"password":"mine","user_id":1}`},
	} {
		x, err := newCallExchange(row.typ, row.fields, "other", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(x.request(nil, 0)); got != row.want {
			t.Errorf("request\n %s, want\n %s", got, row.want)
		}
	}
}
