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
	j := newJournal()
	j.create("s1")
	j.create("s2")
	h := newHub(t, options(j))
	all, one, other := &socket{number: 1, client: "all"}, &socket{number: 2, client: "one"}, &socket{number: 3, client: "other"}
	listenAll(t, h, all)
	listen(t, h, one, "s1", hub.Position{})
	listen(t, h, other, "s2", hub.Position{})
	publish := func(session string, origin uint64, answer string, events ...string) {
		c := j.add(session, events...)
		c.Origin, c.Answer = origin, []byte(answer)
		h.Publish(c)
	}
	publish("s1", 2, "answer", "a 1", "b 2")
	publish("s1", 3, "to a stranger", "c 3")
	publish("s2", 99, "to nobody", "d 4")
	publish("s1", 0, "", "of a timer")
	publish("s1", 1, "no events")
	all.wantGot(t, "s1#1 a 1", "s1#2 b 2", "s1#3 c 3", "s2#1 d 4", "s1#4 of a timer", "[no events]")
	one.wantGot(t, welcomed("s1", "e1", 0, asNew), "[answer]", "s1#1 a 1", "s1#2 b 2", "s1#3 c 3", "s1#4 of a timer")
	other.wantGot(t, welcomed("s2", "e2", 0, asNew), "[to a stranger]", "s2#1 d 4")
	if all.backing[0] != one.backing[2] {
		t.Error("the event was framed more than once")
	}
}

func TestReplacing(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := newHub(t, options(j))
	older, newer := &socket{number: 1, client: "c"}, &socket{number: 2, client: "c"}
	listenAll(t, h, older)
	listen(t, h, newer, "s", hub.Position{})
	if older.replaced != 1 || newer.replaced != 0 {
		t.Errorf("replaced: the older %d times, the newer %d times", older.replaced, newer.replaced)
	}
	// The older one's command was under way: it is answered, but hears nothing else.
	c := j.add("s", "event 1")
	c.Origin, c.Answer = 1, []byte("answer")
	h.Publish(c)
	older.wantGot(t, "[answer]")
	newer.wantGot(t, welcomed("s", "e1", 0, asNew), "s#1 event 1")
	h.Remove(older)
	if got := h.IDs(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after the older one has gone: %q", got)
	}
	c = j.add("s", "more 2")
	c.Origin, c.Answer = 1, []byte("too late")
	h.Publish(c)
	older.wantGot(t, "[answer]")
	newer.wantGot(t, welcomed("s", "e1", 0, asNew), "s#1 event 1", "s#2 more 2")
	h.Remove(newer)
	h.Remove(newer)
	if got := h.Count(); got != 0 {
		t.Errorf("%d clients in an empty hub", got)
	}
}

// TestKeyProtectsAClient: whoever gave a key is replaced only by somebody with the same; after it has gone its name is free.
func TestKeyProtectsAClient(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		older, newer string
		replaces     bool
	}{
		{"", "", true}, {"", "a", true}, {"a", "a", true}, {"a", "", false}, {"a", "b", false}, {"a", "aa", false},
	} {
		j := newJournal()
		j.create("s")
		h := newHub(t, options(j))
		older, newer := &socket{number: 1, client: "c", key: tt.older}, &socket{number: 2, client: "c", key: tt.newer}
		listenAll(t, h, older)
		err := h.Add(newer, nil)
		if replaced := older.replaced == 1; replaced != tt.replaces || errors.Is(err, hub.ErrTaken) == tt.replaces {
			t.Errorf("%q by %q: replaced %t, %v", tt.older, tt.newer, replaced, err)
		}
		h.Publish(j.add("s", "e 1"))
		if tt.replaces {
			newer.wantGot(t, "s#1 e 1")
			older.wantGot(t)
			continue
		}
		older.wantGot(t, "s#1 e 1")
		newer.wantGot(t)
		h.Remove(newer) // it never was one of the hub's
		if h.Count() != 1 {
			t.Errorf("%d clients after one that was refused has gone", h.Count())
		}
		h.Remove(older)
		listenAll(t, h, newer)
	}
}

// TestRegister_model runs random commands against the register and against a plain list of what should be.
func TestRegister_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := newJournal()
		j.create("x")
		j.create("y")
		j.create("z")
		h := hub.New(options(j))
		defer h.Close()
		var sockets []*socket          // registered and not removed
		newest := map[string]*socket{} // of each client that is connected
		hears := map[*socket]string{}  // session
		want := map[*socket][]string{} // what each has been sent
		number, published := uint64(0), map[string]int64{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				number++
				s := &socket{number: number, client: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "client")}
				hears[s] = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "session")
				if hears[s] == "" {
					listenAll(t, h, s)
				} else {
					listen(t, h, s, hears[s], hub.Position{})
					epoch := map[string]string{"x": "e1", "y": "e2"}[hears[s]]
					want[s] = append(want[s], welcomed(hears[s], epoch, published[hears[s]], asNew))
				}
				sockets = append(sockets, s)
				newest[s.client] = s
			},
			"remove": func(t *rapid.T) {
				if len(sockets) == 0 {
					t.Skip("nobody there")
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
				c := j.add(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "session"), "e 1", "e 2")
				c.Answer, c.Origin = []byte("answer"), rapid.Uint64Range(0, number).Draw(t, "origin")
				h.Publish(c)
				first := published[c.Session] + 1
				published[c.Session] += 2
				for _, s := range sockets {
					if s.number == c.Origin {
						want[s] = append(want[s], "[answer]")
					}
					if newest[s.client] == s && (hears[s] == "" || hears[s] == c.Session) {
						want[s] = append(want[s], fmt.Sprintf("%s#%d e 1", c.Session, first), fmt.Sprintf("%s#%d e 2", c.Session, first+1))
					}
				}
			},
			"": func(t *rapid.T) {
				for _, s := range sockets {
					if !slices.Equal(s.got, want[s]) {
						t.Fatalf("socket %d got %q, want %q", s.number, s.got, want[s])
					}
				}
				if ids := slices.Sorted(maps.Keys(newest)); !slices.Equal(h.IDs(), ids) || h.Count() != len(ids) {
					t.Fatalf("hub knows %d clients %q, want %q", h.Count(), h.IDs(), ids)
				}
			},
		})
	})
}

// TestOrderUnderConcurrency publishes many sessions at once while clients come and go. Each listener must see each session's events
// in order; one that listens from the beginning must see all of them.
func TestOrderUnderConcurrency(t *testing.T) {
	t.Parallel()
	const sessions, each = 4, 300
	j := newJournal()
	for i := range sessions {
		j.create(fmt.Sprint(i))
	}
	h := newHub(t, options(j))
	steady := &socket{number: 1, client: "steady"}
	listenAll(t, h, steady)
	var publishers, guests sync.WaitGroup
	for i := range sessions {
		publishers.Go(func() {
			for n := range each {
				c := j.add(fmt.Sprint(i), "e")
				c.Origin, c.Answer = 1, fmt.Appendf(nil, "%d.%d answer", i, n)
				h.Publish(c)
			}
		})
	}
	for i := range 4 {
		guests.Go(func() {
			for n := range each {
				s := &socket{number: uint64(10 + i*each + n), client: fmt.Sprint("guest", n%3)}
				listen(t, h, s, fmt.Sprint(i), hub.Position{})
				h.IDs()
				h.Remove(s)
			}
		})
	}
	publishers.Wait()
	guests.Wait()
	next := map[string]int{}
	for i, f := range steady.got {
		var session string
		var n int
		if _, err := fmt.Sscanf(f, "[%1s.%d answer]", &session, &n); err == nil {
			if n != next[session] {
				t.Fatalf("frame %d: answer %s out of order", i, f)
			}
			continue
		}
		if _, err := fmt.Sscanf(f, "%1s#%d e ", &session, &n); err != nil {
			t.Fatal(f, err)
		}
		if n != next[session]+1 {
			t.Fatalf("frame %d: %s, want number %d", i, f, next[session]+1)
		}
		next[session]++
	}
	for i := range sessions {
		if next[fmt.Sprint(i)] != each {
			t.Errorf("session %d: %d events, want %d", i, next[fmt.Sprint(i)], each)
		}
	}
	if h.Count() != 1 {
		t.Errorf("%q are left", h.IDs())
	}
}

// TestClosedHub: nobody catches up any more, and whoever still comes or goes does no harm.
func TestClosedHub(t *testing.T) {
	t.Parallel()
	j := newJournal()
	j.create("s")
	h := hub.New(options(j))
	s := &socket{number: 1, client: "c", limit: 1, stuck: true}
	listen(t, h, s, "s", hub.Position{})
	h.Publish(j.add("s", "a 1")) // there is no room, so the log is read on
	h.Close()
	h.Publish(j.add("s", "b 2"))
	late := &socket{number: 2, client: "late"}
	o, err := h.Subscribe(context.Background(), "s", hub.Position{Epoch: "e1"})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	h.Publish(j.add("s", "c 3")) // the one who is about to listen has not seen it
	if err := h.Add(late, o); err != nil {
		t.Error(err)
	}
	h.Remove(s)
	h.Remove(late)
	h.Close()
	if got := h.Stats().Behind; got != 0 {
		t.Errorf("%d are behind", got)
	}
}
