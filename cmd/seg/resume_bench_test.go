package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// missed is the number of events that a client in BenchmarkResume has missed.
const missed = 1000

// BenchmarkResume measures how fast a client gets its missed events, from the connect request to
// the last byte, compared with a loop that writes the same bytes as fast as it can.
func BenchmarkResume(b *testing.B) {
	s := start(b, noRateLimits...)
	r := startStream(b, s, "RESUME", 1, 0)
	for deadline := time.Now().Add(time.Minute); r.acked.Load() < missed && time.Now().Before(deadline); {
		sleep(b.Context(), time.Millisecond)
	}
	r.end()
	f := &follower{addr: s.addr, session: "RESUME", client: "follower", history: new(history)}
	if err := f.connect(b.Context()); err != nil {
		b.Fatal(err)
	}
	f.conn.Close()
	request := fmt.Appendf(nil, "GET /ws/connect?client_id=back&session_id=RESUME&epoch=%s&after=%d HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", f.epoch, f.seq-missed)
	all := resumeWhole(b, s.addr, request)
	raw := serveRaw(b, all)
	var resumes, raws []float64
	for b.Loop() {
		resumes = append(resumes, missed/timeBytes(b, s.addr, request, len(all)).Seconds())
		raws = append(raws, missed/timeBytes(b, raw, request, len(all)).Seconds())
	}
	slices.Sort(resumes)
	slices.Sort(raws)
	resume, loop := resumes[len(resumes)/2], raws[len(raws)/2]
	b.ReportMetric(resume, "events/s")
	b.ReportMetric(loop, "raw-events/s")
	b.ReportMetric(resume/loop, "of-raw")
	b.ReportMetric(float64(len(all))/missed, "B/event")
}

// resumeWhole resumes once and returns everything that the server sent, including the HTTP header,
// up to the last missed event.
func resumeWhole(b *testing.B, addr string, request []byte) []byte {
	b.Helper()
	conn := dialRaw(b, addr)
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		b.Fatal(err)
	}
	var all bytes.Buffer
	in := io.TeeReader(conn, &all)
	for one := make([]byte, 1); !bytes.HasSuffix(all.Bytes(), []byte("\r\n\r\n")); {
		if _, err := in.Read(one); err != nil {
			b.Fatal(err)
		}
	}
	for range 1 + missed { // the welcome is first
		header, err := ws.ReadHeader(in)
		if err == nil {
			_, err = io.CopyN(io.Discard, in, header.Length)
		}
		if err != nil || header.OpCode != ws.OpText {
			b.Fatalf("a frame of opcode %v behind %d bytes: %v", header.OpCode, all.Len(), err)
		}
	}
	return all.Bytes()
}

// serveRaw returns the address of a server that answers each connection with all, in as few writes
// as possible.
func serveRaw(b *testing.B, all []byte) string {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	b.Cleanup(func() {
		listener.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := conn.Read(make([]byte, 4096)); err == nil {
				// Errors appear at the client.
				_, _ = conn.Write(all)
			}
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func dialRaw(b *testing.B, addr string) net.Conn {
	b.Helper()
	conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(waitTimeout)); err != nil {
		b.Fatal(err)
	}
	return conn
}

// timeBytes sends request and returns the time until n bytes have arrived.
func timeBytes(b *testing.B, addr string, request []byte, n int) time.Duration {
	b.Helper()
	conn := dialRaw(b, addr)
	defer conn.Close()
	buffer := make([]byte, 64<<10)
	began := time.Now()
	if _, err := conn.Write(request); err != nil {
		b.Fatal(err)
	}
	for got := 0; got < n; {
		m, err := conn.Read(buffer[:min(len(buffer), n-got)])
		if err != nil {
			b.Fatalf("%v behind %d of %d bytes", err, got, n)
		}
		got += m
	}
	return time.Since(began)
}
