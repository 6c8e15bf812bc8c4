// Package client is a client of the protocol, with a method for each request and a type for each
// broadcast.
//
//	c, err := client.Dial(ctx, "ws://localhost:8000/ws/connect", client.Options{
//		ClientID: "me",
//		OnEvent: func(e client.Event) { … },
//	})
//	if err != nil { … }
//	defer c.Close()
//
// A method sends its request and waits for the answer. Its error is one of these:
//
//	*Error            the server refused the request, with a code
//	*ClosedError      the connection ended before the answer; unless Refused, the request may have been executed
//	ErrClosed         the Client was closed
//	*ContractError    the answer violates the protocol
//	ctx.Err()         the context ended first; other calls are not affected
//
// Methods may be called from several goroutines at the same time. All calls share one connection
// with one writer.
//
// Options.OnEvent gets the events one by one, in the order of the server, and never delays answers.
// Events wait in a queue that is bounded in bytes. If OnEvent is so slow that the queue overflows,
// no event is dropped, but the Client ends with ErrSlow after OnEvent has got all queued events.
//
// A Client is one connection. If the connection ends, the Client ends: Done is closed, Err says
// why, and ClosedError.Final says whether to reconnect. A Client that follows one session knows its
// Position; the next Client can continue from there and gets the missed events. With a ClientKey, a
// call with an unknown outcome can be repeated over the next connection, see WithRequestID.
//
// The TypeScript client does these things automatically: it reconnects, continues after the last
// event, drops duplicate events and repeats unanswered requests. In Go the program does them,
// because it decides whether to wait.
//
// JSON has no NaN and no infinities: they are sent as null. Bytes that are not UTF-8 are sent as
// U+FFFD.
package client
