// Package clientrt is a client of the protocol: one method for each request, one type for each broadcast.
//
//	c, err := clientrt.Dial(ctx, "ws://localhost:8000/ws/connect", clientrt.Options{
//		ClientID: "me",
//		OnEvent: func(e clientrt.Event) { … },
//	})
//	if err != nil { … }
//	defer c.Close()
//
// A method sends its request and waits for the answer. It fails with
//
//	*Error            the server refused the request, with a code
//	*ClosedError      the connection ended before the answer came; whether the request was carried out is not known, unless Refused
//	ErrClosed         the Client was closed
//	*ContractError    the answer is not what the protocol says
//	ctx.Err()         the context ended first; nothing else is disturbed by that
//
// Any number of goroutines may call methods at the same time. One connection carries all of them, with one writer.
//
// Events come to Options.OnEvent one by one, in the order in which the server sent them, and never hold an answer up: what has not
// been listened to yet waits in a queue that is bounded in bytes. A listener that lets it overflow loses the connection rather than
// events: the Client ends with ErrSlow, after OnEvent has got everything that was queued.
//
// A Client is one connection. When that ends the Client has ended: Done is closed, and Err tells why, and whether to connect again (see
// ClosedError.Final). A Client that listens to one session knows how far it has come, see Position: the next one goes on from there, and gets
// what was missed between them. A call whose outcome is not known is made again over the next one with WithRequestID, if there is a ClientKey.
//
// The TypeScript client does these three things by itself: it connects again, goes on behind the last event, leaves out events that it has had, and
// sends again what was not answered. This package leaves them to the program, which knows whether it wants to wait.
//
// JSON has neither NaN nor infinities: they are sent as null. Bytes that are not UTF-8 are sent as U+FFFD.
package clientrt
