package ws_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/internal/ws"
)

// attackers is the number of connections that attack at once.
const attackers = 30

// memoryBound limits the memory that the server may hold for all attackers together, in bytes. 256
// KiB for each is far more than it needs and far less than what they send.
const memoryBound = attackers * 256 << 10

// TestHostileClients runs each kind of attack with many clients at once. The server must hold
// little memory for them, end each with the right code, and still answer other clients.
//
//nolint:paralleltest // it measures the memory of the whole process, one attack after the other
func TestHostileClients(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	// Limits that end an attack are short. All others are as long as a slow machine may need. A
	// flood exceeds this rate also on a machine that could not reach the default rate.
	flood := ws.Config{Rate: 1, Burst: 200}
	unread := ws.Config{Rate: -1, WriteTimeout: 300 * time.Millisecond}
	unfinished := ws.Config{MessageTimeout: 300 * time.Millisecond}
	for _, attack := range []attack{
		{name: "ping flood", limits: flood, again: ping("flood"), want: "close:1008"},
		{name: "ping flood, not reading", limits: unread, again: ping(a(125)), noRead: true},
		{name: "pong flood", limits: flood, again: frame(fin|opPong, a(125)), want: "close:1008"},
		{name: "message flood", limits: flood, again: text("flood"), want: "close:1008"},
		{name: "message flood, not reading", limits: unread, again: text(a(60_000)), noRead: true},
		{name: "empty fragments", once: frame(opText, "a"), again: frame(opCont, ""), want: "close:1008"},
		{name: "fragments of an endless message", once: frame(opText, "a"), again: frame(opCont, a(4000)), want: "close:1009"},
		{name: "message byte by byte", limits: unfinished, once: text(a(60_000))[:8], again: []byte("x"), pause: 10 * time.Millisecond, want: "close:1008"},
		{name: "half a header", limits: unfinished, once: []byte{fin | opText, 0x80 | 126}, pause: 10 * time.Millisecond, want: "close:1008"},
		{name: "long message announced, nothing sent", limits: unfinished, once: text(a(60_000))[:8], pause: 10 * time.Millisecond, want: "close:1008"},
		{name: "silent fragments, pinging", limits: unfinished, once: frame(opText, "a"), again: ping(""), pause: 10 * time.Millisecond, want: "close:1008"},
	} {
		t.Run(attack.name, func(t *testing.T) {
			config := attack.limits
			config.MaxQueue = 64 << 10
			server, address := serve(t, dispatch(echo), config)
			before := held()
			ends := make(chan string, attackers)
			for range attackers {
				p := dial(t, address, "evil", attack.once)
				if tcp, ok := p.Conn.(*net.TCPConn); ok && attack.noRead {
					tcp.SetReadBuffer(4 << 10) // so that the kernel does not read megabytes for it
				}
				go attack.run(p, ends)
			}
			rounds, most := witness(t, address, ends, attack.want)
			if most -= min(most, before); most > memoryBound {
				t.Errorf("got %d bytes in use for %d attackers, want at most %d", most, attackers, memoryBound)
			}
			t.Logf("%d rounds of the witness, %d KiB held at most", rounds, most>>10)
			waitUntil(t, func() bool { return server.Stats().Open == 0 })
		})
	}
}

// attack is a way to attack the server.
type attack struct {
	name   string
	limits ws.Config // of the server
	// once is sent first, then again, if set, until the server closes the connection, with a pause
	// in between.
	once, again []byte
	pause       time.Duration
	noRead      bool   // does not read
	want        string // how the connection ends; a client that does not read sees only the end of the stream
}

// run attacks until the server closes the connection, and sends how it ended to ends.
func (a attack) run(p *peer, ends chan<- string) {
	p.SetDeadline(time.Now().Add(10 * timeout)) // 30 attackers and the server share a busy machine
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			if _, err := p.Write(a.again); err != nil {
				return
			}
			if a.pause > 0 {
				time.Sleep(a.pause) // the pace of the attack; nothing is waited for
			}
		}
	})
	end := ""
	if !a.noRead {
		for !strings.HasPrefix(end, "close") && !strings.HasPrefix(end, "end") {
			end = p.read()
		}
		p.Close()
	}
	writer.Wait()
	p.Close()
	ends <- end
}

// witness connects and exchanges messages like any client until all attackers have ended as wanted.
// It returns the number of rounds and the most memory that was in use.
func witness(t *testing.T, address string, ends <-chan string, want string) (rounds int, most uint64) {
	t.Helper()
	for ended := 0; ended < attackers; rounds++ {
		p := dial(t, address, "witness")
		message := fmt.Sprintf("round %d", rounds)
		p.send(t, text(message))
		if got := p.read(); got != "text:"+message {
			t.Fatalf("witness: got %q, want the echo of %s", got, message)
		}
		most = max(most, held())
		p.Close()
		select {
		case end := <-ends:
			if !matches(end, want) && want != "" {
				t.Errorf("attacker: got the end %q, want %q", end, want)
			}
			ended++
		case <-time.After(20 * time.Millisecond): // the pace of the witness
		}
	}
	return rounds, most
}

// held returns the memory in use, including stacks.
func held() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}

// TestClientsThatDoNotRead sends more than they take to clients that do not read, with different
// bytes for each. They must be closed when their queue is full. A client that reads must get
// everything.
func TestClientsThatDoNotRead(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	const size, each = 4000, 2000 // 8 MB for each, far more than queue and kernel hold
	sockets := make(chan *ws.Socket, attackers+1)
	server, address := serve(t, dispatch(echo), ws.Config{
		Opened: func(s *ws.Socket) error { sockets <- s; return nil }, MaxQueue: 128 << 10, WriteTimeout: 300 * time.Millisecond,
	})
	for range attackers {
		dial(t, address, "deaf")
	}
	listener := dial(t, address, "listener")
	before, most := held(), uint64(0)
	var deaf []*ws.Socket
	var hearing *ws.Socket
	for range attackers + 1 {
		if s := <-sockets; s.ClientID() == "listener" {
			hearing = s
		} else {
			deaf = append(deaf, s)
		}
	}
	for i := range each {
		listener.SetDeadline(time.Now().Add(timeout)) // dial sets one for the whole test
		hearing.Send(ws.TextFrame([]byte(a(size))))
		for _, s := range deaf {
			if !s.Send(ws.TextFrame([]byte(a(size)))) {
				s.CloseSlow()
			}
		}
		listener.want(t, fmt.Sprintf("text#%d", size))
		if i < 100 || i%100 == 0 {
			most = max(most, held())
		}
	}
	// The limit of the queue, and as much again for overhead.
	if most -= min(most, before); most > attackers*2*(128<<10) {
		t.Errorf("got %d bytes in use for %d clients that do not read", most, attackers)
	}
	t.Logf("%d KiB held at most", most>>10)
	listener.Close()
	waitUntil(t, func() bool { return server.Stats().Open == 0 })
	// Full queues end in CloseSlow, write timeouts in no code; the reader closed without a frame.
	if got := server.Stats().Ended; got[ws.CloseSlow]+got[ws.CloseLost] != attackers+1 {
		t.Errorf("got endings %v, want none but CloseSlow and CloseLost", got)
	}
}
