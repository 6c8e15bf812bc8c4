// Package ws carries frames: it upgrades HTTP requests to WebSocket connections (RFC 6455), reads whole text messages within
// limits, hands each to a Dispatcher and writes what is to be sent. It knows nothing of what the messages mean.
//
// Each connection is a Socket with one goroutine, which reads; it holds a buffer only while there is something to read. At any
// time at most one goroutine writes to a socket, so frames never interleave: pongs and close frames go through the same queue as
// answers and broadcasts. Who that is depends. The reading goroutine writes the answer to what it has read, since the client waits
// for it. What others send is written by a few goroutines that serve all sockets in turn and end when there is nothing to write; by
// the time a socket's turn comes several frames may wait, and they go out together. Neither waits for a client: what the kernel does
// not take at once is left to a goroutine of the socket's own, under a deadline. Connections that one cannot write to without
// waiting, TLS among them, always have that goroutine write.
//
// The queue is bounded in bytes: Send does not take what does not fit, and its caller decides whether to close the socket (TooSlow)
// or to send later (AwaitRoom). A client that does not take the answers to its own requests is not listened to until it does; one
// that does not answer pings is closed with CloseSlow.
//
// A connection ends in the same way whoever asks for it: what is queued is sent, then a close frame with a code, then the sending
// half is closed, and what still arrives is thrown away for a moment, because closing a connection with unread bytes makes the
// kernel reset it and the client would never see the code. Refuse ends one in this way before anything else happens.
package ws
