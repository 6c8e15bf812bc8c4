package handler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/auth"
	"seg.example/internal/handler"
	"seg.example/internal/ruleset"
	"seg.example/schema"
)

// example returns the fields of a right request, with a request_id: those of the
// first of the schema's examples.
func example(t *testing.T, typ string) map[string]any {
	t.Helper()
	files, err := fs.Glob(schema.FS, "examples/"+typ+"/request-ok-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("schema/examples/%s has no request-ok-….json: %v", typ, err)
	}
	text, err := schema.FS.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	fields["request_id"] = "r"
	return fields
}

func encode(t *testing.T, fields map[string]any) string {
	t.Helper()
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPassword holds every message to the password that it declares: whatever
// changes something asks for it, but for the two switches of a factory, which can
// go without one, as whatever only reads can.
func TestPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, m := range route.Messages() {
		want := route.AuthOptional
		if m.Mutates {
			want = route.AuthRequired
		}
		switch m.Type {
		case "factory-set-produce", "factory-set-auto":
			want = route.AuthOptional
		case "ping":
			want = route.AuthNone
		}
		if m.Auth != want {
			t.Errorf("%s: auth is %s", m.Type, m.Auth)
		}
		if !m.Mutates {
			continue
		}
		fields := example(t, m.Type)
		for _, wrong := range []string{"", "Secret", "secret ", strings.Repeat("x", 256)} {
			fields["password"] = wrong
			s.want(encode(t, fields), refusal("unauthorized", "Password is incorrect"))
		}
		fields["password"] = "again"
		s.want(encode(t, fields), refusal("rate_limited", "Too many wrong passwords; try again later"))
		// Shape comes first: a missing password, and a wrong field beside a wrong password.
		delete(fields, "password")
		if want == route.AuthRequired {
			s.want(encode(t, fields), response(`{"error":"Missing required field: password","code":"missing_field",`+
				`"details":[{"path":"/password","message":"is required"}]}`))
		} else {
			s.want(encode(t, fields), refusal("not_found", "Factory not found"))
		}
		if got := s.send(`{"type":"` + m.Type + `","request_id":"r","password":"wrong","session_id":7,"user_id":[]}`); !strings.Contains(got[0], `_field"`) {
			t.Errorf("%s: a wrong field with a wrong password: %s", m.Type, got)
		}
	}
	if s.caller.Trusted {
		t.Error("who has presented wrong passwords is trusted")
	}
	s.want(`{"type":"create-user","request_id":"r","session_id":"none","user_id":1,"username":"x","password":"secret"}`,
		refusal("not_found", "Session not found"))
	if !s.caller.Trusted {
		t.Error("who has presented the password is not trusted")
	}
}

// TestPassword_afterShape: what a schema cannot say of a message's shape was judged behind the password, and what it can say before, so
// that who had made two mistakes was told of one or of the other. A password beside a wrong shape does not count as an attempt either.
func TestPassword_afterShape(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var attempts int
	s.d = route.NewDispatcher(handler.New(s.store, nil, handler.Options{Cells: handler.CellColon, Now: s.now}), route.Options{
		Interceptors: handler.Interceptors(func(context.Context, string) auth.Verdict {
			attempts++
			return auth.Wrong
		}, s.store, handler.Options{}),
	})
	const offer = `"type":"create-exchange-offer","company_id":1,"session_id":"A","sell_resource":"iron","sell_amount_per_trade":1,"count_offers":1,`
	for _, c := range []struct{ fields, code, text string }{
		{offer + `"offer_type":"money"`, "missing_field", "Missing required field: price"},
		{offer + `"offer_type":"money","price":1,"barter_amount":1`, "invalid_field", "Invalid field: barter_amount: must not stand in an offer for money"},
		{offer + `"offer_type":"barter"`, "missing_field", "Missing required fields: barter_resource, barter_amount"},
		{offer + `"offer_type":"barter","price":1,"barter_resource":"iron","barter_amount":1`, "invalid_field", "Invalid field: price: must not stand in a barter"},
		{`"type":"notforgame-update-company-balance","company_id":1,"balance_change":0`, "invalid_field", "Invalid field: balance_change: must not be 0"},
		{`"type":"notforgame-update-company-items","company_id":1,"item_id":"iron","quantity_change":0`, "invalid_field", "Invalid field: quantity_change: must not be 0"},
	} {
		got := s.send(`{` + c.fields + `,"password":"wrong","request_id":"r"}`)
		if want := `"data":{"error":"` + c.text + `","code":"` + c.code + `"`; len(got) != 1 || !strings.Contains(got[0], want) || attempts != 0 {
			t.Errorf("%s: %s after %d attempts, want %s", c.fields, got, attempts, want)
		}
	}
	s.want(`{`+offer+`"offer_type":"money","price":1,"password":"wrong","request_id":"r"}`, refusal("unauthorized", "Password is incorrect"))
}

// TestPassword_ofReads: a read may carry the password, and its connection is trusted from then on, this answer included. A wrong
// one changes nothing, also while others are refused for too many of them; it has been judged all the same, and so counts.
func TestPassword_ofReads(t *testing.T) {
	t.Parallel()
	s := withCompanies(t)
	rulesets, err := ruleset.BuiltIn("classic")
	if err != nil {
		t.Fatal(err)
	}
	var attempts int
	s.d = route.NewDispatcher(handler.New(s.store, rulesets, handler.Options{Cells: handler.CellColon, Now: s.now}), route.Options{
		Interceptors: handler.Interceptors(func(ctx context.Context, attempt string) auth.Verdict {
			attempts++
			return passwords(ctx, attempt)
		}, s.store, handler.Options{RequireSwitchPassword: true}), // which closes no read
	})
	code := s.code(1)
	codeIs := func(fields string, want int64) {
		t.Helper()
		if got := s.send(`{"type":"get-company","id":1,"request_id":"r"` + fields + `}`); !strings.Contains(got[0], fmt.Sprintf(`"secret_code":%d,`, want)) {
			t.Errorf("with %s: %s", fields, got)
		}
	}
	for _, m := range route.Messages() {
		if m.Mutates || m.Type == "ping" {
			continue
		}
		fields := example(t, m.Type)
		s.caller.Trusted = false
		delete(fields, "password")
		without := s.send(encode(t, fields))
		for _, wrong := range []string{"", "wrong", "again"} { // "again" is one too many
			fields["password"] = wrong
			before := attempts
			if got := s.send(encode(t, fields)); !slices.Equal(got, without) || s.caller.Trusted || attempts != before+1 {
				t.Errorf("%s with the password %q: trusted %v, %d attempts, %s\nwithout one: %s", m.Type, wrong, s.caller.Trusted, attempts-before, got, without)
			}
		}
		fields["password"] = "secret"
		if s.send(encode(t, fields)); !s.caller.Trusted {
			t.Errorf("%s with the password has not made who sent it trusted", m.Type)
		}
	}
	s.caller.Trusted = false
	codeIs(``, 0)
	codeIs(`,"password":null`, 0)
	codeIs(`,"password":"wrong"`, 0)
	codeIs(`,"password":"secret"`, code)
	codeIs(``, code)
	codeIs(`,"password":"wrong"`, code)
}
