package contracttest_test

import (
	"context"
	"errors"
	"fmt"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// unimplemented is a handler of all nouns without any method. A call panics, and the dispatcher answers
// with an internal error.
type unimplemented struct {
	route.SystemHandler
	route.UserHandler
	route.SessionHandler
	route.CompanyHandler
	route.FactoryHandler
	route.ExchangeHandler
}

// userHandler implements one request, get-user.
type userHandler struct{ unimplemented }

func (userHandler) GetUser(_ context.Context, _ route.Caller, m *wire.GetUser) (*wire.User, error) {
	if m.ID.Value != 7 {
		return nil, &route.Error{Code: wire.ErrorCodeNotFound, Text: "User not found"}
	}
	return &wire.User{ID: 7, Username: "Ann", SessionID: "GAME_001"}, nil
}

// A dispatcher decodes and validates a text frame, calls the handler, and returns the answer frames.
// Invalid requests reach neither an interceptor nor a handler.
func ExampleNewDispatcher() {
	var u unimplemented
	d := route.NewDispatcher(route.Handlers{
		System: u, User: userHandler{}, Session: u, Company: u, Factory: u, Exchange: u,
	}, route.Options{
		Interceptors: []route.Interceptor{func(ctx context.Context, call *route.Call, next route.Next) error {
			fmt.Println("request:", call.Message.Type)
			return next(ctx, call)
		}},
		Fault: func(_ context.Context, _ *route.Call, err error) string {
			_, panicked := errors.AsType[*route.PanicError](err)
			fmt.Println("internal error, panic:", panicked)
			return "Internal error"
		},
	})
	caller := &route.Caller{ClientID: "client"}
	for _, frame := range []string{
		`{"type":"get-user","request_id":1,"id":7}`,
		`{"type":"get-user","request_id":2,"id":8}`,
		`{"type":"get-user","request_id":3,"id":-1}`,
		`{"type":"get-users","request_id":4}`,
	} {
		for _, answer := range d.Dispatch(context.Background(), caller, []byte(frame)) {
			fmt.Printf("%s\n", answer)
		}
	}
	// Output:
	// request: get-user
	// {"type":"response","request_id":1,"data":{"id":7,"username":"Ann","company_id":0,"session_id":"GAME_001"}}
	// request: get-user
	// {"type":"response","request_id":2,"data":{"error":"User not found","code":"not_found"}}
	// {"type":"response","request_id":3,"data":{"error":"Invalid field: id: must be at least 0","code":"invalid_field","details":[{"path":"/id","message":"must be at least 0"}]}}
	// request: get-users
	// internal error, panic: true
	// {"type":"response","request_id":4,"data":{"error":"Internal error","code":"internal"}}
}
