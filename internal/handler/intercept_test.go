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

// example returns the fields of a valid request, from the schema's first example, with a
// request_id.
func example(t *testing.T, typ string) map[string]any {
	t.Helper()
	files, err := fs.Glob(schema.FS, "examples/"+typ+"/request-ok-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("schema/examples/%s: got no request-ok-….json (error %v), want one", typ, err)
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

// TestPassword: every command requires the password except the two switches of a factory. For these
// and for queries it is optional.
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
			t.Errorf("%s: got auth %s, want %s", m.Type, m.Auth, want)
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
		// Field errors come first: a missing password, and a wrong field with a wrong password.
		delete(fields, "password")
		if want == route.AuthRequired {
			s.want(encode(t, fields), response(`{"error":"Missing required field: password","code":"missing_field",`+
				`"details":[{"path":"/password","message":"is required"}]}`))
		} else {
			s.want(encode(t, fields), refusal("not_found", "Factory not found"))
		}
		if got := s.send(`{"type":"` + m.Type + `","request_id":"r","password":"wrong","session_id":7,"user_id":[]}`); !strings.Contains(got[0], `_field"`) {
			t.Errorf("%s: a wrong field and a wrong password: got %s, want an error about the field", m.Type, got)
		}
	}
	if s.caller.Trusted {
		t.Error("after wrong passwords: got a trusted caller, want an untrusted one")
	}
	s.want(`{"type":"create-user","request_id":"r","session_id":"none","user_id":1,"username":"x","password":"secret"}`,
		refusal("not_found", "Session not found"))
	if !s.caller.Trusted {
		t.Error("after the right password: got an untrusted caller, want a trusted one")
	}
}

// TestPassword_afterShape: errors about fields come before the password, also for rules that the
// schema cannot express, and the password of such a request is not checked.
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
			t.Errorf("%s: got %s after %d attempts, want %s after 0", c.fields, got, attempts, want)
		}
	}
	s.want(`{`+offer+`"offer_type":"money","price":1,"password":"wrong","request_id":"r"}`, refusal("unauthorized", "Password is incorrect"))
}

// TestPassword_ofReads: a query with the right password makes its connection trusted, starting with
// its own answer. A wrong password changes nothing, but counts as an attempt.
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
		}, s.store, handler.Options{RequireSwitchPassword: true}), // does not affect queries
	})
	code := s.code(1)
	codeIs := func(fields string, want int64) {
		t.Helper()
		if got := s.send(`{"type":"get-company","id":1,"request_id":"r"` + fields + `}`); !strings.Contains(got[0], fmt.Sprintf(`"secret_code":%d,`, want)) {
			t.Errorf("with %s: got %s, want secret_code %d", fields, got, want)
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
		for _, wrong := range []string{"", "wrong", "again"} { // "again" gives TooMany
			fields["password"] = wrong
			before := attempts
			if got := s.send(encode(t, fields)); !slices.Equal(got, without) || s.caller.Trusted || attempts != before+1 {
				t.Errorf("%s with the password %q: got %s, trusted %v, %d attempts, want %s, untrusted, 1", m.Type, wrong, got, s.caller.Trusted, attempts-before, without)
			}
		}
		fields["password"] = "secret"
		if s.send(encode(t, fields)); !s.caller.Trusted {
			t.Errorf("%s with the password: got an untrusted caller, want a trusted one", m.Type)
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
