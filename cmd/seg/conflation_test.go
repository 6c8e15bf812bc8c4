package main

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestConflation: a client stops reading while a balance changes thousands of times. Later it gets
// few of the changes, but they add up to the current balance. It gets every event of other types.
func TestConflation(t *testing.T) {
	t.Parallel()
	const changes, names = 1500, 30
	s := start(t, append([]string{"--max-queue", "16384"}, noRateLimits...)...)
	c := s.connect(t, "writer", "")
	request := 0
	call := func(format string, args ...any) json.RawMessage {
		t.Helper()
		request++
		c.send(fmt.Sprintf(`{"password":%q,"request_id":%d,`, password, request) + fmt.Sprintf(format, args...) + "}")
		for {
			if got := c.receive(); got.Type == "response" {
				if got.Code != "" {
					t.Fatal(got.Raw)
				}
				return got.Data
			}
		}
	}
	call(`"type":"create-session","session_id":%q`, longSession)
	call(`"type":"create-user","user_id":1,"username":"a","session_id":%q`, longSession)
	var made struct{ Company struct{ ID, Balance int64 } }
	if err := json.Unmarshal(call(`"type":"create-company","name":"A","who_create":1`), &made); err != nil {
		t.Fatal(err)
	}
	balance, renamed := made.Company.Balance, 0
	f := &follower{addr: s.addr, session: longSession, client: "slow", onEvent: func(got frame) {
		var data struct {
			Old    int64 `json:"old_balance"`
			New    int64 `json:"new_balance"`
			Change int64 `json:"change"`
		}
		switch got.Type {
		case "api-company_name_updated":
			renamed++
		case "api-company_balance_changed":
			if err := json.Unmarshal(got.Data, &data); err != nil || data.Old != balance || data.Old+data.Change != data.New {
				t.Errorf("at %d: %s, %v", balance, got.Data, err)
			}
			balance = data.New
		default:
			t.Errorf("an event %s", got.Type)
		}
	}}
	if err := f.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := f.seq + changes + names
	for n := range changes {
		call(`"type":"notforgame-update-company-balance","company_id":%d,"balance_change":%d`, made.Company.ID, n%7+1)
		if n%(changes/names) == 0 {
			call(`"type":"notforgame-update-company-name","company_id":%d,"new_name":"A%d"`, made.Company.ID, n)
		}
	}
	if err := f.follow(last, -1); err != nil {
		t.Fatal(err)
	}
	f.conn.Close()
	// 1 + ... + 7 is 28; 1500 changes are 214 times seven, and 1 + 2.
	if want := made.Company.Balance + 214*28 + 3; balance != want {
		t.Errorf("in the end it knows of %d, want %d", balance, want)
	}
	t.Logf("%d events, %d of them left out; %d that each matter", changes+names, f.conflated, renamed)
	if f.conflated == 0 || renamed != names || f.resyncs > 0 || len(f.problems) > 0 {
		t.Errorf("%d resyncs: %v", f.resyncs, f.problems)
	}
}
