package hub_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"seg.example/internal/hub"
	"seg.example/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestPublish(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s1")
	log.create("s2")
	h := newHub(t, options(log))
	all, one, other := &socket{id: 1, client: "all"}, &socket{id: 2, client: "one"}, &socket{id: 3, client: "other"}
	subscribeAll(t, h, all)
	subscribe(t, h, one, "s1", hub.Position{})
	subscribe(t, h, other, "s2", hub.Position{})
	publish := func(session string, origin uint64, answer string, events ...string) {
		c := log.add(session, events...)
		c.Origin, c.Answer = origin, []byte(answer)
		h.Publish(c)
	}
	publish("s1", 2, "answer", "a 1", "b 2")
	publish("s1", 3, "to a stranger", "c 3")
	publish("s2", 99, "to nobody", "d 4")
	publish("s1", 0, "", "of a timer")
	publish("s1", 1, "no events")
	all.wantGot(t, "s1#1 a 1", "s1#2 b 2", "s1#3 c 3", "s2#1 d 4", "s1#4 of a timer", "[no events]")
	one.wantGot(t, welcomeFrame("s1", "e1", 0, newClient), "[answer]", "s1#1 a 1", "s1#2 b 2", "s1#3 c 3", "s1#4 of a timer")
	other.wantGot(t, welcomeFrame("s2", "e2", 0, newClient), "[to a stranger]", "s2#1 d 4")
	if all.firstBytes[0] != one.firstBytes[2] {
		t.Error("the frames of an event have different addresses, want one frame for all sockets")
	}
}

func TestAdd_replacesSameClient(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := newHub(t, options(log))
	older, newer := &socket{id: 1, client: "c"}, &socket{id: 2, client: "c"}
	subscribeAll(t, h, older)
	subscribe(t, h, newer, "s", hub.Position{})
	if older.closedReplaced != 1 || newer.closedReplaced != 0 {
		t.Errorf("got the older socket replaced %d times and the newer %d times, want 1 and 0", older.closedReplaced, newer.closedReplaced)
	}
	// The older socket's command was running: it gets the answer, but no events.
	c := log.add("s", "event 1")
	c.Origin, c.Answer = 1, []byte("answer")
	h.Publish(c)
	older.wantGot(t, "[answer]")
	newer.wantGot(t, welcomeFrame("s", "e1", 0, newClient), "s#1 event 1")
	h.Remove(older)
	if got := h.IDs(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after the older socket was removed: got clients %q, want [c]", got)
	}
	c = log.add("s", "more 2")
	c.Origin, c.Answer = 1, []byte("too late")
	h.Publish(c)
	older.wantGot(t, "[answer]")
	newer.wantGot(t, welcomeFrame("s", "e1", 0, newClient), "s#1 event 1", "s#2 more 2")
	h.Remove(newer)
	h.Remove(newer)
	if got := h.Count(); got != 0 {
		t.Errorf("got %d clients after all were removed, want 0", got)
	}
}

// TestAdd_clientKey: a client with a key is replaced only by one with the same key. After it has
// gone, its id is free.
func TestAdd_clientKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		older, newer string
		replaces     bool
	}{
		{"", "", true}, {"", "a", true}, {"a", "a", true}, {"a", "", false}, {"a", "b", false}, {"a", "aa", false},
	} {
		log := newFakeLog()
		log.create("s")
		h := newHub(t, options(log))
		older, newer := &socket{id: 1, client: "c", key: tt.older}, &socket{id: 2, client: "c", key: tt.newer}
		subscribeAll(t, h, older)
		err := h.Add(newer, nil)
		if replaced := older.closedReplaced == 1; replaced != tt.replaces || errors.Is(err, hub.ErrTaken) == tt.replaces {
			t.Errorf("key %q by key %q: got replaced %t and error %v, want replaced %t", tt.older, tt.newer, replaced, err, tt.replaces)
		}
		h.Publish(log.add("s", "e 1"))
		if tt.replaces {
			newer.wantGot(t, "s#1 e 1")
			older.wantGot(t)
			continue
		}
		older.wantGot(t, "s#1 e 1")
		newer.wantGot(t)
		h.Remove(newer) // it was never added
		if h.Count() != 1 {
			t.Errorf("got %d clients after a refused socket was removed, want 1", h.Count())
		}
		h.Remove(older)
		subscribeAll(t, h, newer)
	}
}

// TestRegister_model runs random operations on a hub and compares it with a list.
func TestRegister_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		log := newFakeLog()
		log.create("x")
		log.create("y")
		log.create("z")
		h := hub.New(options(log))
		defer h.Close()
		var sockets []*socket                // registered and not removed
		newest := map[string]*socket{}       // newest socket of each connected client
		subscription := map[*socket]string{} // session of each socket; empty: all
		want := map[*socket][]string{}       // frames that each socket should have got
		number, published := uint64(0), map[string]int64{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				number++
				s := &socket{id: number, client: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "client")}
				subscription[s] = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "session")
				if subscription[s] == "" {
					subscribeAll(t, h, s)
				} else {
					subscribe(t, h, s, subscription[s], hub.Position{})
					epoch := map[string]string{"x": "e1", "y": "e2"}[subscription[s]]
					want[s] = append(want[s], welcomeFrame(subscription[s], epoch, published[subscription[s]], newClient))
				}
				sockets = append(sockets, s)
				newest[s.client] = s
			},
			"remove": func(t *rapid.T) {
				if len(sockets) == 0 {
					t.Skip("no socket")
				}
				i := rapid.IntRange(0, len(sockets)-1).Draw(t, "which")
				s := sockets[i]
				h.Remove(s)
				sockets = slices.Delete(sockets, i, i+1)
				if newest[s.client] == s {
					delete(newest, s.client)
				}
			},
			"publish": func(t *rapid.T) {
				c := log.add(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "session"), "e 1", "e 2")
				c.Answer, c.Origin = []byte("answer"), rapid.Uint64Range(0, number).Draw(t, "origin")
				h.Publish(c)
				first := published[c.Session] + 1
				published[c.Session] += 2
				for _, s := range sockets {
					if s.id == c.Origin {
						want[s] = append(want[s], "[answer]")
					}
					if newest[s.client] == s && (subscription[s] == "" || subscription[s] == c.Session) {
						want[s] = append(want[s], fmt.Sprintf("%s#%d e 1", c.Session, first), fmt.Sprintf("%s#%d e 2", c.Session, first+1))
					}
				}
			},
			"": func(t *rapid.T) {
				for _, s := range sockets {
					if !slices.Equal(s.got, want[s]) {
						t.Fatalf("socket %d got %q, want %q", s.id, s.got, want[s])
					}
				}
				if ids := slices.Sorted(maps.Keys(newest)); !slices.Equal(h.IDs(), ids) || h.Count() != len(ids) {
					t.Fatalf("hub knows %d clients %q, want %q", h.Count(), h.IDs(), ids)
				}
			},
		})
	})
}

// TestOrderUnderConcurrency publishes to many sessions at once while clients come and go. A
// subscriber must see the events of each session in order, and all of them if it subscribed first.
func TestOrderUnderConcurrency(t *testing.T) {
	t.Parallel()
	const sessions, each = 4, 300
	log := newFakeLog()
	for i := range sessions {
		log.create(fmt.Sprint(i))
	}
	h := newHub(t, options(log))
	steady := &socket{id: 1, client: "steady"}
	subscribeAll(t, h, steady)
	var publishers, visitors sync.WaitGroup
	for i := range sessions {
		publishers.Go(func() {
			for n := range each {
				c := log.add(fmt.Sprint(i), "e")
				c.Origin, c.Answer = 1, fmt.Appendf(nil, "%d.%d answer", i, n)
				h.Publish(c)
			}
		})
	}
	for i := range 4 {
		visitors.Go(func() {
			for n := range each {
				s := &socket{id: uint64(10 + i*each + n), client: fmt.Sprint("guest", n%3)}
				subscribe(t, h, s, fmt.Sprint(i), hub.Position{})
				h.IDs()
				h.Remove(s)
			}
		})
	}
	publishers.Wait()
	visitors.Wait()
	next := map[string]int{}
	for i, f := range steady.got {
		var session string
		var n int
		if _, err := fmt.Sscanf(f, "[%1s.%d answer]", &session, &n); err == nil {
			if n != next[session] {
				t.Fatalf("frame %d: got answer %s, want number %d", i, f, next[session])
			}
			continue
		}
		if _, err := fmt.Sscanf(f, "%1s#%d e ", &session, &n); err != nil {
			t.Fatal("frame", f, err)
		}
		if n != next[session]+1 {
			t.Fatalf("frame %d: got %s, want number %d", i, f, next[session]+1)
		}
		next[session]++
	}
	for i := range sessions {
		if next[fmt.Sprint(i)] != each {
			t.Errorf("session %d: got %d events, want %d", i, next[fmt.Sprint(i)], each)
		}
	}
	if h.Count() != 1 {
		t.Errorf("got clients %q, want only steady", h.IDs())
	}
}

// TestClosedHub: after Close nothing catches up, and Add, Publish and Remove still work.
func TestClosedHub(t *testing.T) {
	t.Parallel()
	log := newFakeLog()
	log.create("s")
	h := hub.New(options(log))
	s := &socket{id: 1, client: "c", limit: 1, stuck: true}
	subscribe(t, h, s, "s", hub.Position{})
	h.Publish(log.add("s", "a 1")) // the queue is full, so a catch-up starts
	h.Close()
	h.Publish(log.add("s", "b 2"))
	late := &socket{id: 2, client: "late"}
	o, err := h.Subscribe(context.Background(), "s", hub.Position{Epoch: "e1"})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	h.Publish(log.add("s", "c 3")) // the prepared subscription has not read this event
	if err := h.Add(late, o); err != nil {
		t.Error(err)
	}
	h.Remove(s)
	h.Remove(late)
	h.Close()
	if got := h.Stats().Behind; got != 0 {
		t.Errorf("got %d subscribers behind, want 0", got)
	}
}
