// Package ws is the WebSocket layer (RFC 6455). It upgrades HTTP requests, reads text messages
// within limits, passes each to a Dispatcher and writes answers and broadcasts. It does not
// interpret messages.
//
// Each connection is a Socket. One goroutine reads it, and holds a buffer only while there is
// unread input. At most one goroutine writes to a socket at any time, so frames never interleave:
// pongs and close frames use the same queue as answers and broadcasts. Which goroutine writes
// depends on the case:
//
//   - The reading goroutine writes the answer to the message that it has read. This is faster than
//     waking another goroutine.
//   - A few shared writers write what other goroutines send. They serve the sockets in turn, and
//     write the queued frames of a socket together. They end when no socket has queued frames.
//   - If the kernel does not take everything at once, a goroutine of the socket writes the rest,
//     under a deadline. A connection without non-blocking writes, such as TLS, always uses this
//     goroutine.
//
// The queue is limited in bytes. Send refuses frames that do not fit. Its caller either closes the
// socket (CloseSlow) or waits (WaitWritable). The server stops reading from a client that does not
// read its answers. It closes a client that does not answer pings with CloseSlow.
//
// Every connection ends in the same way: the server sends the queued frames, then a close frame,
// then closes the sending half. It reads and drops further input for a moment, because closing a
// connection with unread input makes the kernel reset it, and then the client would not see the
// close code. Refuse ends a connection in this way right after the handshake.
package ws
