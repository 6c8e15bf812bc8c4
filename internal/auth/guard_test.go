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

// clock is a time that only moves when it is told to.
type clock struct{ now time.Time }

func (c *clock) time() time.Time           { return c.now }
func (c *clock) passes(some time.Duration) { c.now = c.now.Add(some) }

func source(n uint32) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))), 32)
}

func TestGuardDelays(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 3, c.time)
	want := func(attempt string, want auth.Verdict) {
		t.Helper()
		if got := g.Check(source(1), attempt); got != want {
			t.Fatalf("%s: verdict %d, want %d", attempt, got, want)
		}
	}
	want("wrong", auth.Wrong)
	want("right", auth.Right) // which does not make up for the wrong ones
	want("wrong", auth.Wrong)
	want("wrong", auth.Wrong)
	delay := time.Second
	for range 12 {
		if got := g.Delay(source(1)); got != delay {
			t.Fatalf("a delay of %s, want %s", got, delay)
		}
		c.passes(delay - 1)
		want("right", auth.TooMany)
		want("wrong", auth.TooMany) // and does not count
		if got := g.Check(source(2), "right"); got != auth.Right {
			t.Fatalf("another source: %d", got)
		}
		c.passes(1)
		want("right", auth.Right)
		want("wrong", auth.Wrong)
		delay = min(2*delay, auth.LongestDelay)
	}
	c.passes(auth.LongestDelay + auth.ForgetAfter + 1)
	want("wrong", auth.Wrong)
	want("wrong", auth.Wrong)
	want("right", auth.Right)
}

// TestGuardLocksNobodyOut: guesses from an address must not stop those at the same address who have shown that they know.
func TestGuardLocksNobodyOut(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 2, c.time)
	g.Check(source(1), "wrong")
	g.Check(source(1), "wrong")
	for _, row := range []struct {
		name    string
		verdict auth.Verdict
		want    auth.Verdict
	}{
		{"a stranger with the right one", g.Check(source(1), "right"), auth.TooMany},
		{"who knew it before", g.Again(source(1), "right"), auth.Right},
		{"who knew it before and guesses", g.Again(source(1), "wrong"), auth.TooMany},
		{"without a delay", auth.NewGuard(auth.New("right"), 0, c.time).Again(source(1), "wrong"), auth.Wrong},
	} {
		if row.verdict != row.want {
			t.Errorf("%s: verdict %d, want %d", row.name, row.verdict, row.want)
		}
	}
}

func TestGuardOff(t *testing.T) {
	t.Parallel()
	g := auth.NewGuard(auth.New("right"), 0, time.Now)
	for range 100 {
		if got := g.Check(source(1), "wrong"); got != auth.Wrong {
			t.Fatalf("verdict %d", got)
		}
	}
	if g.Check(source(1), "right") != auth.Right || g.Delay(source(1)) != 0 {
		t.Error("a guard that is off slows down")
	}
}

// TestGuardUnderConcurrency: however many guess at once, no more are looked at than may be.
func TestGuardUnderConcurrency(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 5, c.time)
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
		t.Errorf("%v", counts)
	}
}

// TestGuardForgets: strangers, however many, cannot make it remember without end, nor make it forget one who has to wait as long
// as there are others to forget.
func TestGuardForgets(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	c := &clock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 1, c.time)
	const sources = 1 << 18
	held := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := held()
	for i := range uint32(sources) {
		if i == 1<<16 {
			c.passes(time.Hour)
		}
		if got := g.Check(source(i), "wrong"); got != auth.Wrong {
			t.Fatalf("source %d: %d", i, got)
		}
		if i == 1<<16 && g.Check(source(i), "wrong") != auth.TooMany {
			t.Fatal("one who has to wait was forgotten instead of those who have not")
		}
	}
	if grown := held() - before; grown > 32<<20 {
		t.Errorf("%d bytes are kept of %d sources", grown, sources)
	}
	runtime.KeepAlive(g)
}

// TestGuardTellsOfDelays: whoever runs the server could not see that somebody was guessing, nor from where. Each delay is told of, what
// comes while it lasts is not, so that guessing does not fill a log.
func TestGuardTellsOfDelays(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(0, 0)}
	g := auth.NewGuard(auth.New("right"), 2, c.time)
	type delay struct {
		source netip.Prefix
		wrong  int
		wait   time.Duration
	}
	var told []delay
	g.Delayed = func(source netip.Prefix, wrong int, wait time.Duration) {
		told = append(told, delay{source, wrong, wait})
		g.Delay(source) // it may ask: the lock is not held
	}
	g.Check(source(1), "wrong")
	g.Check(source(2), "wrong")
	g.Check(source(1), "right")
	for range 3 {
		for range 10 {
			g.Check(source(1), "wrong")
		}
		c.passes(g.Delay(source(1)))
	}
	g.Again(source(2), "wrong")
	want := []delay{{source(1), 2, time.Second}, {source(1), 3, 2 * time.Second}, {source(1), 4, 4 * time.Second}, {source(2), 2, time.Second}}
	if !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
}
