package contracttest_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/contracttest"
	"seg.example/schema"
)

func newJudge(t *testing.T) *contracttest.Judge {
	t.Helper()
	j, err := contracttest.NewJudge(schema.FS)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

const (
	createUser  = `{"type":"create-user","request_id":"r1","user_id":1,"username":"Ann","session_id":"s1","password":"p"}`
	created     = `{"type":"response","request_id":"r1","data":{"session_id":"s1","user":` + ann + `}}`
	ann         = `{"id":1,"username":"Ann","company_id":0,"session_id":"s1"}`
	userCreated = `{"type":"api-create_user","data":{"session_id":"s1","user":` + ann + `},"seq":1,"session_id":"s1","timestamp":1700000000000}`
	missingName = `{"type":"create-user","request_id":"r1","user_id":1,"session_id":"s1","password":"p"}`
	refused     = `{"type":"response","request_id":"r1","data":{"error":"No","code":"CODE"}}`
	hash        = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	pong        = `{"type":"pong","timestamp":"","client_id":"c","content":"Pong!","contract":"` + hash + `"}`
	pongEmpty   = `{"type":"response","request_id":"r1","data":null}`
	getUser     = `{"type":"get-user","request_id":"r1","id":"1"}`
	barter      = `{"type":"create-exchange-offer","request_id":"r1","company_id":1,"session_id":"s1","sell_resource":"stone",` +
		`"sell_amount_per_trade":1,"count_offers":1,"offer_type":"barter","barter_resource":"wood","barter_amount":null,"password":"p"}`
	deleteSession = `{"type":"delete-session","session_id":"s1","really":true,"password":"p"}`
)

// Error frames for invalid requests list all request types.
var (
	unknownType = `{"type":"error","message":"No","error":"No","code":"unknown_type",` + allTypes() + `,"request_id":"r1"}`
	invalidJSON = `{"type":"error","message":"No","error":"No","code":"invalid_json",` + allTypes() + `}`
)

// lacking returns a refusal of the request r1 because of a missing field.
func lacking(path string) string {
	return `{"type":"response","request_id":"r1","data":{"error":"No","code":"missing_field","details":[{"path":"` + path + `","message":"is required"}]}}`
}

func allTypes() string {
	var quoted []string
	for _, m := range route.Messages() {
		quoted = append(quoted, strconv.Quote(m.Type))
	}
	return `"available_types":[` + strings.Join(quoted, ",") + `]`
}

func TestConversation(t *testing.T) {
	t.Parallel()
	seq := func(n string) string { return strings.Replace(userCreated, `"seq":1`, `"seq":`+n, 1) }
	for _, tc := range []struct {
		name     string
		sent     []string
		received []string
		want     string // part of the error for the last received frame; empty: none
	}{
		{"answer and event", []string{createUser}, []string{created, userCreated}, ""},
		{"event first", []string{createUser}, []string{userCreated, created}, ""},
		{"null of a query", []string{getUser}, []string{pongEmpty}, ""},
		{"object of a query", []string{getUser}, []string{`{"type":"response","request_id":"r1","data":` + ann + `}`}, ""},
		{"pong", []string{`{"type":"ping","request_id":"r1","timestamp":null}`}, []string{pong, pongEmpty}, ""},
		{"refusal", []string{createUser}, []string{strings.Replace(refused, "CODE", "conflict", 1)}, ""},
		{"refusal of shape", []string{missingName}, []string{strings.Replace(refused, "CODE", "missing_field", 1)}, ""},
		{"needed beside another", []string{barter}, []string{lacking("/barter_amount")}, ""},
		{"unknown type", []string{`{"type":"nope","request_id":"r1"}`}, []string{unknownType}, ""},
		{"not JSON", []string{`{`}, []string{invalidJSON}, ""},
		{"seqs", []string{createUser}, []string{seq("5"), seq("6"), seq("7"), seq("1")}, ""},
		{"conflated", []string{createUser}, []string{seq("5"), seq(`9,"prev_seq":5`)}, ""},
		{"ids in order", []string{createUser, strings.Replace(createUser, "r1", "r2", 1)}, []string{created, strings.Replace(created, "r1", "r2", 1)}, ""},
		{"ids that are none", []string{strings.Replace(createUser, `"r1"`, "true", 1), createUser}, []string{created}, ""},

		{"not JSON sent", nil, []string{`{"type":`}, "parse JSON"},
		{"array", nil, []string{`[]`}, "not an object"},
		{"not UTF-8", nil, []string{"\"\xff\""}, "not UTF-8"},
		{"frame without type", nil, []string{`{}`}, `frame "" is not sent`},
		{"answer without question", nil, []string{created}, "is pending"},
		{"answer twice", []string{createUser}, []string{created, created}, "is pending"},
		{"answers out of order", []string{createUser, strings.Replace(createUser, "r1", "r2", 1)}, []string{strings.Replace(created, "r1", "r2", 1)}, `is answered before the earlier "r1"`},
		{"id of another type", []string{strings.Replace(createUser, `"r1"`, "1", 1)}, []string{strings.Replace(created, `"r1"`, `"1"`, 1)}, "is pending"},
		{"answer of another shape", []string{createUser}, []string{pongEmpty}, "answer of create-user"},
		{"answer to what has none", []string{deleteUser}, []string{created}, "must be answered with null"},
		{"own frame as data", []string{`{"type":"ping","request_id":"r1"}`}, []string{`{"type":"response","request_id":"r1","data":{"a":1}}`}, "must be answered with null"},
		{"field missing in an answer", []string{createUser}, []string{strings.Replace(created, `"company_id":0,`, "", 1)}, "answer of create-user"},
		{"wrong request accepted", []string{missingName}, []string{created}, "accepted a request that the schema refuses"},
		{"null for required accepted", []string{strings.Replace(createUser, `"Ann"`, "null", 1)}, []string{created}, "accepted a request that the schema refuses"},
		{"right request lacks nothing", []string{createUser}, []string{strings.Replace(refused, "CODE", "missing_field", 1)}, "no field is missing"},
		{"right request lacks what is there", []string{barter}, []string{lacking("/barter_resource")}, "no field is missing"},
		{"right request lacks what there is not", []string{barter}, []string{lacking("/colour")}, "no field is missing"},
		{"code not declared", []string{createUser}, []string{strings.Replace(refused, "CODE", "no_space", 1)}, "x-errors"},
		{"code unknown", []string{createUser}, []string{strings.Replace(refused, "CODE", "oops", 1)}, "refusal of create-user"},
		{"code left out", []string{createUser}, []string{strings.Replace(refused, `,"code":"CODE"`, "", 1)}, "refusal of create-user"},
		{"pong without what is always there", nil, []string{strings.Replace(pong, `,"contract":"`+hash+`"`, "", 1)}, "frame pong"},
		{"types not all", nil, []string{strings.Replace(invalidJSON, `"ping",`, "", 1)}, "available_types are"},
		{"error and message differ", nil, []string{strings.Replace(invalidJSON, `"error":"No"`, `"error":"Yes"`, 1)}, "differ"},
		{"response to no request", []string{`{"type":"nope","request_id":"r1"}`}, []string{strings.Replace(refused, "CODE", "unknown_type", 1)}, "must be an error frame"},
		{"event without cause", []string{getUser}, []string{userCreated}, "is not in the x-emits of any request"},
		{"event of a refused shape", []string{missingName}, []string{userCreated}, "is not in the x-emits of any request"},
		{"event of another request", []string{deleteSession}, []string{userCreated}, "is not in the x-emits of any request"},
		{"event of another shape", []string{createUser}, []string{strings.Replace(userCreated, `"user":`, `"usr":`, 1)}, "data of api-create_user"},
		{"event without seq", []string{createUser}, []string{strings.Replace(userCreated, `"seq":1,`, "", 1)}, "envelope of api-create_user"},
		{"event left out", []string{createUser}, []string{seq("5"), seq("7")}, "seq 7 of session s1 follows 5"},
		{"event twice", []string{createUser}, []string{seq("5"), seq("5")}, "seq 5 of session s1 follows 5"},
		{"conflated over a gap", []string{createUser}, []string{seq("5"), seq(`9,"prev_seq":6`)}, "seq 9 of session s1 follows 5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newJudge(t).Connect()
			for _, frame := range tc.sent {
				c.Sent([]byte(frame))
			}
			for i, frame := range tc.received {
				want := ""
				if i == len(tc.received)-1 {
					want = tc.want
				}
				err := c.Received([]byte(frame))
				if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%s\n got %v\nwant %q", frame, err, want)
				}
			}
			if left := c.Unanswered(); tc.want == "" && len(left) > 0 && strings.Contains(tc.received[0], "response") {
				t.Errorf("got pending requests %v, want none", left)
			}
		})
	}
}

const deleteUser = `{"type":"delete-user","request_id":"r1","user_id":1,"password":"p"}`

func TestJudge_Request(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for frame, want := range map[string]string{
		createUser:                                    "",
		`{"type":"get-user","id":null}`:               "",
		`{"type":"get-nothing"}`:                      "not served",
		`{"type":"ping","content":1e400}`:             contracttest.ErrExtremeNumber.Error(),
		`{"type":"ping","content":[{"a":1e5000000}]}`: contracttest.ErrExtremeNumber.Error(),
		`{"type":"ping","content":1e-99}`:             "",
		`{"type":"get-user","id":-1}`:                 "get-user",
		`{"type":"create-user","user_id":1} {}`:       "more than one value",
		`{"type":"ping"}]`:                            "more than one value", // an extra bracket was once accepted
		`{"type":"ping"}}`:                            "more than one value",
		`{"type":"delete-session","session_id":"s","password":"p","really":false}`: "delete-session",
	} {
		err := j.Request([]byte(frame))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", frame, err, want)
		}
	}
	if err := j.Request([]byte(`{"type":"ping","content":1e400}`)); !errors.Is(err, contracttest.ErrExtremeNumber) {
		t.Errorf("got %v, want ErrExtremeNumber", err)
	}
}

func TestJudge_Caused(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	if err := j.MayCause("delete-session", "api-session_deleted"); err != nil {
		t.Error(err)
	}
	if err := j.MayCause("delete-session", "api-session_deleted", "api-user_deleted"); err == nil || !strings.Contains(err.Error(), "api-user_deleted") {
		t.Errorf("undeclared event: got %v, want an error that names it", err)
	}
	if err := j.MayCause("get-nothing"); err == nil {
		t.Error("unknown request: got no error, want one")
	}
}

func TestJudge_Data(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for data, broadcast := range map[string]string{`{"user_id":1}`: "api-user_deleted", `{"session_id":"s1","user":` + ann + `}`: "api-create_user"} {
		if err := j.Data(broadcast, []byte(data)); err != nil {
			t.Error(err)
		}
		if err := j.Data(broadcast, []byte(`{}`)); err == nil {
			t.Errorf("%s with {}: got no error, want one", broadcast)
		}
	}
	if err := j.Data("api-nothing", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "is not sent") {
		t.Errorf("unknown broadcast: got %v, want an error", err)
	}
}
