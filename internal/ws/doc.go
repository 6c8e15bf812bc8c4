// Package ws carries frames: it upgrades HTTP requests to WebSocket connections (RFC 6455), reads whole text messages within
// limits, hands each to a Dispatcher and writes what is to be sent. It knows nothing of what the messages mean.
//
// Each connection is a Socket with one goroutine that reads and, only while something is queued, one that writes. Nothing else
// touches the connection: pongs and close frames go through the same queue as answers and broadcasts, so frames never interleave.
// The queue is bounded in bytes; a client that does not keep up is closed with CloseSlow, and so is one that does not answer pings.
//
// A connection ends in the same way whoever asks for it: what is queued is sent, then a close frame with a code, then the sending
// half is closed, and what still arrives is thrown away for a moment, because closing a connection with unread bytes makes the
// kernel reset it and the client would never see the code.
package ws
