package hub_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"seg.example/internal/hub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// socket notes what it is sent.
type socket struct {
	number          uint64
	client, session string
	key             string

	mu       sync.Mutex
	got      []string
	backing  []*byte // where the first byte of each frame lies
	replaced int
}

func (s *socket) Number() uint64    { return s.number }
func (s *socket) ClientID() string  { return s.client }
func (s *socket) Key() string       { return s.key }
func (s *socket) SessionID() string { return s.session }

func (s *socket) Send(frames ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range frames {
		s.got = append(s.got, string(f))
		s.backing = append(s.backing, &f[0])
	}
}

func (s *socket) Replaced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced++
}

func (s *socket) wantGot(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Errorf("%s got %q, want %q", s.client, s.got, want)
	}
}

// add adds a socket that nothing stands in the way of.
func add(t interface{ Error(args ...any) }, h *hub.Hub, s *socket) {
	if err := h.Add(s); err != nil {
		t.Error(err)
	}
}

// bracket stands for the framing of a real socket.
func bracket(text []byte) []byte { return fmt.Appendf(nil, "[%s]", text) }

func texts(t ...string) [][]byte {
	var all [][]byte
	for _, s := range t {
		all = append(all, []byte(s))
	}
	return all
}

func TestPublish(t *testing.T) {
	t.Parallel()
	h := hub.New(bracket)
	all := &socket{number: 1, client: "all"}
	one := &socket{number: 2, client: "one", session: "s1"}
	other := &socket{number: 3, client: "other", session: "s2"}
	for _, s := range []*socket{all, one, other} {
		add(t, h, s)
	}
	h.Publish(hub.Commit{Session: "s1", Origin: 2, Answer: []byte("answer"), Events: texts("a", "b")})
	h.Publish(hub.Commit{Session: "s1", Origin: 3, Answer: []byte("to a stranger"), Events: texts("c")})
	h.Publish(hub.Commit{Session: "s2", Origin: 99, Answer: []byte("to nobody"), Events: texts("d")})
	h.Publish(hub.Commit{Session: "s1", Events: texts("of a timer")})
	h.Publish(hub.Commit{Session: "s1", Origin: 1, Answer: []byte("no events")})
	all.wantGot(t, "[a]", "[b]", "[c]", "[d]", "[of a timer]", "[no events]")
	one.wantGot(t, "[answer]", "[a]", "[b]", "[c]", "[of a timer]")
	other.wantGot(t, "[to a stranger]", "[d]")
	if all.backing[0] != one.backing[1] {
		t.Error("the event was framed more than once")
	}
}

func TestReplacing(t *testing.T) {
	t.Parallel()
	h := hub.New(bracket)
	older, newer := &socket{number: 1, client: "c"}, &socket{number: 2, client: "c", session: "s"}
	add(t, h, older)
	add(t, h, newer)
	if older.replaced != 1 || newer.replaced != 0 {
		t.Errorf("replaced: the older %d times, the newer %d times", older.replaced, newer.replaced)
	}
	// The older one's command was under way: it is answered, but hears nothing else.
	h.Publish(hub.Commit{Session: "s", Origin: 1, Answer: []byte("answer"), Events: texts("event")})
	older.wantGot(t, "[answer]")
	newer.wantGot(t, "[event]")
	h.Remove(older)
	if got := h.IDs(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after the older one has gone: %q", got)
	}
	h.Publish(hub.Commit{Session: "s", Origin: 1, Answer: []byte("too late"), Events: texts("more")})
	older.wantGot(t, "[answer]")
	newer.wantGot(t, "[event]", "[more]")
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
		h := hub.New(bracket)
		older, newer := &socket{number: 1, client: "c", key: tt.older}, &socket{number: 2, client: "c", key: tt.newer}
		add(t, h, older)
		err := h.Add(newer)
		if replaced := older.replaced == 1; replaced != tt.replaces || errors.Is(err, hub.ErrTaken) == tt.replaces {
			t.Errorf("%q by %q: replaced %t, %v", tt.older, tt.newer, replaced, err)
		}
		h.Publish(hub.Commit{Session: "s", Events: texts("e")})
		if tt.replaces {
			newer.wantGot(t, "[e]")
			older.wantGot(t)
			continue
		}
		older.wantGot(t, "[e]")
		newer.wantGot(t)
		h.Remove(newer) // it never was one of the hub's
		if h.Count() != 1 {
			t.Errorf("%d clients after one that was refused has gone", h.Count())
		}
		h.Remove(older)
		add(t, h, newer)
	}
}

// TestAgainstAModel runs random commands against the hub and against a plain list of what should be.
func TestAgainstAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := hub.New(bracket)
		var sockets []*socket          // registered and not removed
		newest := map[string]*socket{} // of each client that is connected
		want := map[*socket][]string{} // what each has been sent
		number := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				number++
				s := &socket{
					number: number, client: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "client"),
					session: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "session"),
				}
				add(t, h, s)
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
				c := hub.Commit{
					Session: rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "session"), Answer: []byte("answer"),
					Origin: rapid.Uint64Range(0, number).Draw(t, "origin"), Events: texts("e1", "e2"),
				}
				h.Publish(c)
				for _, s := range sockets {
					if s.number == c.Origin {
						want[s] = append(want[s], "[answer]")
					}
					if newest[s.client] == s && (s.session == "" || s.session == c.Session) {
						want[s] = append(want[s], "[e1]", "[e2]")
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
	h := hub.New(bracket)
	const sessions, each = 4, 300
	steady := &socket{number: 1, client: "steady"}
	add(t, h, steady)
	var publishers, guests sync.WaitGroup
	for i := range sessions {
		publishers.Go(func() {
			for n := range each {
				h.Publish(hub.Commit{Session: fmt.Sprint(i), Origin: 1, Answer: fmt.Appendf(nil, "%d.%d answer", i, n), Events: texts(fmt.Sprintf("%d.%d", i, n))})
			}
		})
	}
	for i := range 4 {
		guests.Go(func() {
			for n := range each {
				s := &socket{number: uint64(10 + i*each + n), client: fmt.Sprint("guest", n%3), session: fmt.Sprint(i)}
				add(t, h, s)
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
		if _, err := fmt.Sscanf(f, "[%1s.%d", &session, &n); err != nil {
			t.Fatal(err)
		}
		if f == fmt.Sprintf("[%s.%d answer]", session, n) {
			if n != next[session] {
				t.Fatalf("frame %d: answer %s out of order", i, f)
			}
			continue
		}
		if n != next[session] {
			t.Fatalf("frame %d: %s, want number %d", i, f, next[session])
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
