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

// world is a session whose events are known, with clients that come, go, stop reading and come back.
type world struct {
	j        *journal
	h        *hub.Hub
	exists   bool
	balances map[string]int
	number   uint64
	events   int // that each matter
	here     []*guest
	away     []*guest
}

// guest is a client: what it knows is what it was sent.
type guest struct {
	*socket

	came hub.Position // where it was when it connected
	// What follows is known after it has read what it was sent.
	at       hub.Position
	balances map[string]int
}

func newWorld() *world {
	w := &world{j: newJournal()}
	w.h = hub.New(options(w.j))
	w.create()
	return w
}

func (w *world) create() {
	w.j.create("s")
	w.exists, w.balances = true, map[string]int{}
	w.h.Publish(w.j.add("s"))
}

// draw draws the events of a command: some that each matter, some that tell of a balance.
func (w *world) draw(t *rapid.T) []string {
	events := make([]string, rapid.IntRange(0, 4).Draw(t, "events"))
	for i := range events {
		if rapid.Bool().Draw(t, "is a balance") {
			key, to := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "company"), rapid.IntRange(0, 1000).Draw(t, "balance")
			events[i] = fmt.Sprintf("bal %s %d %d", key, w.balances[key], to)
			w.balances[key] = to
		} else {
			w.events++
			events[i] = fmt.Sprintf("rel %d", w.events)
		}
	}
	return events
}

// connect lets a guest come: a new one, or one that was here.
func (w *world) connect(t *rapid.T) {
	g := &guest{balances: map[string]int{}}
	if len(w.away) > 0 && rapid.Bool().Draw(t, "comes back") {
		i := rapid.IntRange(0, len(w.away)-1).Draw(t, "who")
		g = w.away[i]
		w.away = append(w.away[:i], w.away[i+1:]...)
	}
	w.number++
	g.came = g.at
	g.socket = &socket{number: w.number, client: fmt.Sprint("guest ", w.number), limit: rapid.SampledFrom([]int{0, 1, 4, 20}).Draw(t, "room")}
	o, err := w.h.Subscribe(context.Background(), "s", g.at)
	if errors.Is(err, hub.ErrNoSession) && !w.exists {
		w.away = append(w.away, g)
		return
	}
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer o.Close()
	// What is published now belongs to nobody's view of the log.
	if w.exists && rapid.Bool().Draw(t, "meanwhile") {
		w.h.Publish(w.j.add("s", w.draw(t)...))
	}
	if err := w.h.Add(g.socket, o); err != nil {
		t.Fatalf("add: %v", err)
	}
	w.here = append(w.here, g)
}

// guestHere draws one of those who are here.
func (w *world) guestHere(t *rapid.T) (int, *guest) {
	if len(w.here) == 0 {
		t.Skip("nobody is here")
	}
	i := rapid.IntRange(0, len(w.here)-1).Draw(t, "who")
	return i, w.here[i]
}

// leave lets a guest go in the middle of what it is sent.
func (w *world) leave(t *rapid.T) {
	i, g := w.guestHere(t)
	g.end(w.h)
	w.here = append(w.here[:i], w.here[i+1:]...)
	w.read(t, g)
	w.away = append(w.away, g)
}

// read lets g take in what it has got, frame by frame.
func (w *world) read(t failer, g *guest) {
	g.mu.Lock()
	got := g.got
	g.got = nil
	g.mu.Unlock()
	for _, frame := range got {
		n, ok := readNotice(frame)
		switch {
		case ok && n.Type == "welcome" && n.Resumed:
			if g.came != g.at || n.Epoch != g.at.Epoch || n.From != 0 && n.From != g.at.After+1 || n.From == 0 && n.LastSeq != g.at.After || n.From != 0 && n.To != n.LastSeq {
				t.Fatalf("%s is at %v and gets %s", g.client, g.at, frame)
			}
		case ok:
			g.at = hub.Position{Epoch: n.Epoch, After: n.LastSeq}
			g.balances = w.balancesAt(g.at)
		default:
			w.readEvent(t, g, frame)
		}
	}
}

// balancesAt is the state that a client would read at p.
func (w *world) balancesAt(p hub.Position) map[string]int {
	balances := map[string]int{}
	for _, e := range w.life(p.Epoch).events[:p.After] {
		var key string
		var older, newer int
		if _, err := fmt.Sscanf(string(e.Data), "%s %d %d", &key, &older, &newer); err == nil && e.Type == "bal" {
			balances[key] = newer
		}
	}
	return balances
}

func (w *world) life(epoch string) *life {
	w.j.mu.Lock()
	defer w.j.mu.Unlock()
	for _, l := range w.j.lives["s"] {
		if l.epoch == epoch {
			return l
		}
	}
	return nil
}

// readEvent holds an event against what g knows, and against the log.
func (w *world) readEvent(t failer, g *guest, frame string) {
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
	events := w.life(g.at.Epoch).events
	switch {
	case prev == 0 && seq != g.at.After+1, prev != 0 && (prev != g.at.After || seq <= prev+1), seq > int64(len(events)):
		t.Fatalf("%s is at %v and gets %s", g.client, g.at, frame)
	}
	for _, left := range events[g.at.After : seq-1] {
		if left.Type != "bal" {
			t.Fatalf("%s is at %v and gets %s, which leaves out %s %s", g.client, g.at, frame, left.Type, left.Data)
		}
	}
	typ, data, _ := strings.Cut(text, " ")
	e := events[seq-1]
	if typ != "bal" && string(e.Data) != data || typ != e.Type {
		t.Fatalf("%s gets %s for %s %s", g.client, frame, e.Type, e.Data)
	}
	if typ == "bal" {
		var key string
		var older, newer int
		if _, err := fmt.Sscanf(data, "%s %d %d", &key, &older, &newer); err != nil || g.balances[key] != older {
			t.Fatalf("%s knows %v and gets %s: %v", g.client, g.balances, frame, err)
		}
		g.balances[key] = newer
	}
	g.at.After = seq
}

// settle lets everybody read and waits until all that has happened has come to everybody who is here.
func (w *world) settle(t *rapid.T) {
	if !w.exists {
		w.create()
	}
	for _, g := range w.here {
		g.stick(false)
	}
	// What another program has committed shows with the next commit here.
	w.h.Publish(w.j.add("s", "rel last"))
	awaitLive(t, w.h)
	present := w.j.present("s")
	for _, g := range w.here {
		w.read(t, g)
		if want := (hub.Position{Epoch: present.epoch, After: int64(len(present.events))}); g.at != want {
			t.Fatalf("%s has come to %v of %v; came at %v", g.client, g.at, want, g.came)
		}
		if !maps.Equal(g.balances, w.balances) {
			t.Fatalf("%s knows %v, want %v", g.client, g.balances, w.balances)
		}
		if g.slow+g.failed+g.replaced > 0 {
			t.Fatalf("%s was sent away: %+v", g.client, g.socket)
		}
	}
}

// TestNothingMissed_model: whatever happens, in whatever order, each client sees each event of a session once and in order; only such
// events are left out for which a later one speaks, and the frame says so; and what is lost altogether is told.
func TestNothingMissed_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		defer w.h.Close()
		commit := func(t *rapid.T) {
			if !w.exists {
				t.Skip("there is no session")
			}
			w.h.Publish(w.j.add("s", w.draw(t)...))
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": commit, "commit again": commit, "commit once more": commit,
			"commit elsewhere": func(t *rapid.T) {
				if !w.exists {
					t.Skip("there is no session")
				}
				w.j.add("s", w.draw(t)...)
			},
			"connect": w.connect, "connect another": w.connect,
			"leave": w.leave,
			"stop reading": func(t *rapid.T) {
				_, g := w.guestHere(t)
				g.stick(true)
			},
			"read some": func(t *rapid.T) {
				_, g := w.guestHere(t)
				g.readSome(rapid.IntRange(1, 5).Draw(t, "frames"))
			},
			"read on": func(t *rapid.T) {
				_, g := w.guestHere(t)
				g.stick(false)
			},
			"prune": func(t *rapid.T) { w.j.prune("s", rapid.IntRange(0, 10).Draw(t, "kept")) },
			"delete": func(*rapid.T) {
				if !w.exists {
					w.create()
					return
				}
				c := w.j.add("s", "rel deleted")
				w.j.remove("s")
				w.h.Publish(c)
				w.exists = false
			},
			"settle": w.settle,
		})
		w.settle(t)
	})
}
