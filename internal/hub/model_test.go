package hub_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/hub"
)

// model is a session with known events. Its clients connect, disconnect, stop reading and come
// back.
type model struct {
	log          *fakeLog
	h            *hub.Hub
	exists       bool
	balances     map[string]int
	number       uint64
	events       int // number of "rel" events, which cannot be conflated
	connected    []*client
	disconnected []*client
}

// client is a client and what it knows from the frames that it got.
type client struct {
	*socket

	connectedAt hub.Position // its position when it connected
	// The fields below are up to date after read.
	at       hub.Position
	balances map[string]int
}

func newModel() *model {
	m := &model{log: newFakeLog()}
	m.h = hub.New(options(m.log))
	m.create()
	return m
}

func (m *model) create() {
	m.log.create("s")
	m.exists, m.balances = true, map[string]int{}
	m.h.Publish(m.log.add("s"))
}

// drawEvents draws the events of a command: some that must not be lost, and some balances.
func (m *model) drawEvents(t *rapid.T) []string {
	events := make([]string, rapid.IntRange(0, 4).Draw(t, "events"))
	for i := range events {
		if rapid.Bool().Draw(t, "is a balance") {
			key, to := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "company"), rapid.IntRange(0, 1000).Draw(t, "balance")
			events[i] = fmt.Sprintf("bal %s %d %d", key, m.balances[key], to)
			m.balances[key] = to
		} else {
			m.events++
			events[i] = fmt.Sprintf("rel %d", m.events)
		}
	}
	return events
}

// connect connects a new client, or one that was connected before.
func (m *model) connect(t *rapid.T) {
	c := &client{balances: map[string]int{}}
	if len(m.disconnected) > 0 && rapid.Bool().Draw(t, "comes back") {
		i := rapid.IntRange(0, len(m.disconnected)-1).Draw(t, "who")
		c = m.disconnected[i]
		m.disconnected = append(m.disconnected[:i], m.disconnected[i+1:]...)
	}
	m.number++
	c.connectedAt = c.at
	c.socket = &socket{id: m.number, client: fmt.Sprint("guest ", m.number), limit: rapid.SampledFrom([]int{0, 1, 4, 20}).Draw(t, "room")}
	o, err := m.h.Subscribe(context.Background(), "s", c.at)
	if errors.Is(err, hub.ErrNoSession) && !m.exists {
		m.disconnected = append(m.disconnected, c)
		return
	}
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	defer o.Close()
	// An event that is published now is not in the part of the log that the subscription has read.
	if m.exists && rapid.Bool().Draw(t, "meanwhile") {
		m.h.Publish(m.log.add("s", m.drawEvents(t)...))
	}
	if err := m.h.Add(c.socket, o); err != nil {
		t.Fatalf("add: %v", err)
	}
	m.connected = append(m.connected, c)
}

// drawConnected draws a connected client.
func (m *model) drawConnected(t *rapid.T) (int, *client) {
	if len(m.connected) == 0 {
		t.Skip("no client is connected")
	}
	i := rapid.IntRange(0, len(m.connected)-1).Draw(t, "who")
	return i, m.connected[i]
}

// disconnect ends a connection that may still have queued frames.
func (m *model) disconnect(t *rapid.T) {
	i, c := m.drawConnected(t)
	c.end(m.h)
	m.connected = append(m.connected[:i], m.connected[i+1:]...)
	m.read(t, c)
	m.disconnected = append(m.disconnected, c)
}

// read processes the frames that c got.
func (m *model) read(t testingT, c *client) {
	c.mu.Lock()
	got := c.got
	c.got = nil
	c.mu.Unlock()
	for _, frame := range got {
		n, ok := parseControlFrame(frame)
		switch {
		case ok && n.Type == "welcome" && n.Resumed:
			if c.connectedAt != c.at || n.Epoch != c.at.Epoch || n.From != 0 && n.From != c.at.After+1 || n.From == 0 && n.LastSeq != c.at.After || n.From != 0 && n.To != n.LastSeq {
				t.Fatalf("%s: got welcome %s at position %v", c.client, frame, c.at)
			}
		case ok:
			c.at = hub.Position{Epoch: n.Epoch, After: n.LastSeq}
			c.balances = m.balancesAt(c.at)
		default:
			m.readEvent(t, c, frame)
		}
	}
}

// balancesAt returns the balances that a client would query at p.
func (m *model) balancesAt(p hub.Position) map[string]int {
	balances := map[string]int{}
	for _, e := range m.history(p.Epoch).events[:p.After] {
		var key string
		var older, newer int
		if _, err := fmt.Sscanf(string(e.Data), "%s %d %d", &key, &older, &newer); err == nil && e.Type == "bal" {
			balances[key] = newer
		}
	}
	return balances
}

func (m *model) history(epoch string) *history {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	for _, l := range m.log.histories["s"] {
		if l.epoch == epoch {
			return l
		}
	}
	return nil
}

// readEvent compares an event with what c knows and with the log.
func (m *model) readEvent(t testingT, c *client, frame string) {
	var seq, prev int64
	head, text, _ := strings.Cut(frame, " ")
	if strings.HasPrefix(text, "after") || strings.Contains(head, "(after") {
		var rest string
		if _, err := fmt.Sscanf(frame, "s#%d(after %d)", &seq, &prev); err != nil {
			t.Fatalf("frame %s: %v", frame, err)
		}
		_, rest, _ = strings.Cut(frame, ") ")
		text = rest
	} else if _, err := fmt.Sscanf(head, "s#%d", &seq); err != nil {
		t.Fatalf("frame %s: %v", frame, err)
	}
	events := m.history(c.at.Epoch).events
	switch {
	case prev == 0 && seq != c.at.After+1, prev != 0 && (prev != c.at.After || seq <= prev+1), seq > int64(len(events)):
		t.Fatalf("%s: got event %s at position %v", c.client, frame, c.at)
	}
	for _, left := range events[c.at.After : seq-1] {
		if left.Type != "bal" {
			t.Fatalf("%s: got %[3]s at position %[2]v, want no gap: it leaves out %[4]s %[5]s", c.client, c.at, frame, left.Type, left.Data)
		}
	}
	typ, data, _ := strings.Cut(text, " ")
	e := events[seq-1]
	if typ != "bal" && string(e.Data) != data || typ != e.Type {
		t.Fatalf("%s: got %s, want %s %s", c.client, frame, e.Type, e.Data)
	}
	if typ == "bal" {
		var key string
		var older, newer int
		if _, err := fmt.Sscanf(data, "%s %d %d", &key, &older, &newer); err != nil || c.balances[key] != older {
			t.Fatalf("%s: got %[3]s, which does not follow the known balances %[2]v: %[4]v", c.client, c.balances, frame, err)
		}
		c.balances[key] = newer
	}
	c.at.After = seq
}

// settle lets all clients read, and checks that each has all events.
func (m *model) settle(t *rapid.T) {
	if !m.exists {
		m.create()
	}
	for _, c := range m.connected {
		c.setStuck(false)
	}
	// Events of another program arrive with the next commit of this one.
	m.h.Publish(m.log.add("s", "rel last"))
	awaitLive(t, m.h)
	present := m.log.current("s")
	for _, c := range m.connected {
		m.read(t, c)
		if want := (hub.Position{Epoch: present.epoch, After: int64(len(present.events))}); c.at != want {
			t.Fatalf("%s: got position %v, want %v; it connected at %v", c.client, c.at, want, c.connectedAt)
		}
		if !maps.Equal(c.balances, m.balances) {
			t.Fatalf("%s: got balances %v, want %v", c.client, c.balances, m.balances)
		}
		if c.closedSlow+c.closedInternal+c.closedReplaced > 0 {
			t.Fatalf("%s: got a closed connection, want an open one: %+v", c.client, c.socket)
		}
	}
}

// TestNothingMissed_model runs random operations. Each client must see each event once and in
// order. Only an event that a later one replaces may be left out, and the frame must say so. A
// resync must announce lost events.
func TestNothingMissed_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		defer m.h.Close()
		commit := func(t *rapid.T) {
			if !m.exists {
				t.Skip("no session")
			}
			m.h.Publish(m.log.add("s", m.drawEvents(t)...))
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": commit, "commit again": commit, "commit once more": commit,
			"commit elsewhere": func(t *rapid.T) {
				if !m.exists {
					t.Skip("no session")
				}
				m.log.add("s", m.drawEvents(t)...)
			},
			"connect": m.connect, "connect another": m.connect,
			"leave": m.disconnect,
			"stop reading": func(t *rapid.T) {
				_, c := m.drawConnected(t)
				c.setStuck(true)
			},
			"read some": func(t *rapid.T) {
				_, c := m.drawConnected(t)
				c.readSome(rapid.IntRange(1, 5).Draw(t, "frames"))
			},
			"read on": func(t *rapid.T) {
				_, c := m.drawConnected(t)
				c.setStuck(false)
			},
			"prune": func(t *rapid.T) { m.log.prune("s", rapid.IntRange(0, 10).Draw(t, "kept")) },
			"delete": func(*rapid.T) {
				if !m.exists {
					m.create()
					return
				}
				c := m.log.add("s", "rel deleted")
				m.log.remove("s")
				m.h.Publish(c)
				m.exists = false
			},
			"settle": m.settle,
		})
		m.settle(t)
	})
}
