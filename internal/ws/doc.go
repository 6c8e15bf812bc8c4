// Package ws is the WebSocket layer (RFC 6455): it upgrades HTTP requests, reads whole text messages within limits, hands each to a Dispatcher
// and writes what is to be sent. It knows nothing of what the messages mean.
//
// Each connection is a Socket with one goroutine, which reads; it holds a buffer only while there is something to read. At any time at most
// one goroutine writes to a socket, so frames never interleave: pongs and close frames go through the same queue as answers and broadcasts. Which
// goroutine writes depends on the case:
//
//   - The reading goroutine writes the answer to the message that it has read, because the client waits for it.
//   - A few shared writers serve all sockets in turn with what others send. Frames that wait for one socket go out together. The writers end
//     when nothing is left.
//   - What the kernel does not take at once is left to a goroutine of the socket, under a deadline. Connections that cannot be written to
//     without waiting, such as TLS, always use that goroutine.
//
// The queue is bounded in bytes. Send refuses what does not fit, and its caller decides whether to close the socket (CloseSlow) or to send
// later (WaitWritable). A client that does not take the answers to its own requests is not read from until it does. A client that does not
// answer pings is closed with CloseSlow.
//
// Every connection ends in the same way: what is queued is sent, then a close frame with a code, then the sending half is closed. What still
// arrives is read and dropped for a moment, because closing a connection with unread bytes makes the kernel reset it, and the client would
// never see the code. Refuse ends a connection in this way before anything else happens.
package ws
