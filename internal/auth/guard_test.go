package auth_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"seg.example/internal/auth"
)

// fakeClock is a clock that moves only with advance.
type fakeClock struct{ time time.Time }

func (c *fakeClock) now() time.Time          { return c.time }
func (c *fakeClock) advance(d time.Duration) { c.time = c.time.Add(d) }

func source(n uint32) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))), 32)
}

func TestGuardDelays(t *testing.T) {
	t.Parallel()
	c := &fakeClock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 3, c.now)
	check := func(attempt string, want auth.Verdict) {
		t.Helper()
		if got := g.Check(source(1), attempt); got != want {
			t.Fatalf("%s: got verdict %d, want %d", attempt, got, want)
		}
	}
	check("wrong", auth.Wrong)
	check("right", auth.Right) // does not reset the count
	check("wrong", auth.Wrong)
	check("wrong", auth.Wrong)
	delay := time.Second
	for range 12 {
		if got := g.Delay(source(1)); got != delay {
			t.Fatalf("got a delay of %s, want %s", got, delay)
		}
		c.advance(delay - 1)
		check("right", auth.TooMany)
		check("wrong", auth.TooMany) // does not count
		if got := g.Check(source(2), "right"); got != auth.Right {
			t.Fatalf("another source: got verdict %d, want %d", got, auth.Right)
		}
		c.advance(1)
		check("right", auth.Right)
		check("wrong", auth.Wrong)
		delay = min(2*delay, auth.LongestDelay)
	}
	c.advance(auth.LongestDelay + auth.ForgetAfter + 1)
	check("wrong", auth.Wrong)
	check("wrong", auth.Wrong)
	check("right", auth.Right)
}

// TestGuardRecheck: guesses from an address do not lock out connections from the same address that
// have presented the right password before.
func TestGuardRecheck(t *testing.T) {
	t.Parallel()
	c := &fakeClock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 2, c.now)
	g.Check(source(1), "wrong")
	g.Check(source(1), "wrong")
	for _, row := range []struct {
		name    string
		verdict auth.Verdict
		want    auth.Verdict
	}{
		{"new connection, right password", g.Check(source(1), "right"), auth.TooMany},
		{"known connection, right password", g.Recheck(source(1), "right"), auth.Right},
		{"known connection, wrong password", g.Recheck(source(1), "wrong"), auth.TooMany},
		{"delays off", auth.NewGuard(auth.New("right"), 0, c.now).Recheck(source(1), "wrong"), auth.Wrong},
	} {
		if row.verdict != row.want {
			t.Errorf("%s: got verdict %d, want %d", row.name, row.verdict, row.want)
		}
	}
}

func TestGuardOff(t *testing.T) {
	t.Parallel()
	g := auth.NewGuard(auth.New("right"), 0, time.Now)
	for range 100 {
		if got := g.Check(source(1), "wrong"); got != auth.Wrong {
			t.Fatalf("got verdict %d, want %d", got, auth.Wrong)
		}
	}
	if got, delay := g.Check(source(1), "right"), g.Delay(source(1)); got != auth.Right || delay != 0 {
		t.Errorf("got verdict %d and a delay of %s, want %d and no delay", got, delay, auth.Right)
	}
}

// TestGuardConcurrent: concurrent attempts get no more than the free attempts.
func TestGuardConcurrent(t *testing.T) {
	t.Parallel()
	c := &fakeClock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 5, c.now)
	var guesses sync.WaitGroup
	var mu sync.Mutex
	counts := map[auth.Verdict]int{}
	for range 1000 {
		guesses.Go(func() {
			v := g.Check(netip.Prefix{}, "wrong")
			mu.Lock()
			defer mu.Unlock()
			counts[v]++
		})
	}
	guesses.Wait()
	if counts[auth.Wrong] != 5 || counts[auth.TooMany] != 995 {
		t.Errorf("got verdicts %v, want 5 wrong and 995 too many", counts)
	}
}

// TestGuardMemory: many sources do not take unlimited memory, and a source with a delay is not evicted
// while there are others to evict.
func TestGuardMemory(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	c := &fakeClock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 1, c.now)
	const sources = 1 << 18
	heapInUse := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heapInUse()
	for i := range uint32(sources) {
		if i == 1<<16 {
			c.advance(time.Hour)
		}
		if got := g.Check(source(i), "wrong"); got != auth.Wrong {
			t.Fatalf("source %d: got verdict %d, want %d", i, got, auth.Wrong)
		}
		if i == 1<<16 && g.Check(source(i), "wrong") != auth.TooMany {
			t.Fatal("a source with a delay was evicted, want one without evicted")
		}
	}
	if grown := heapInUse() - before; grown > 32<<20 {
		t.Errorf("%d sources took %d bytes, want at most %d", sources, grown, 32<<20)
	}
	runtime.KeepAlive(g)
}

// TestGuardOnDelay: OnDelay is called once per delay, not for attempts during it, so that guessing does
// not fill the log. (Once the operator could not see that somebody was guessing.)
func TestGuardOnDelay(t *testing.T) {
	t.Parallel()
	c := &fakeClock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 2, c.now)
	type delay struct {
		source netip.Prefix
		wrong  int
		wait   time.Duration
	}
	var got []delay
	g.OnDelay = func(source netip.Prefix, wrong int, wait time.Duration) {
		got = append(got, delay{source, wrong, wait})
		g.Delay(source) // must not deadlock: the lock is not held
	}
	g.Check(source(1), "wrong")
	g.Check(source(2), "wrong")
	g.Check(source(1), "right")
	for range 3 {
		for range 10 {
			g.Check(source(1), "wrong")
		}
		c.advance(g.Delay(source(1)))
	}
	g.Recheck(source(2), "wrong")
	want := []delay{{source(1), 2, time.Second}, {source(1), 3, 2 * time.Second}, {source(1), 4, 4 * time.Second}, {source(2), 2, time.Second}}
	if !slices.Equal(got, want) {
		t.Errorf("got delays %v, want %v", got, want)
	}
}
