package gctune

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestRoomFor compares the room with values calculated by hand. 1 MB is 1<<20 bytes here.
func TestRoomFor(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, tt := range []struct {
		name            string
		live, allocated uint64
		since           time.Duration
		room            uint64
		percent         int
	}{
		{"nothing happens", 2 * mb, 0, time.Second / 2, 3 * mb, 75},                    // the minimum is 3 MB, of at least 4 MB
		{"a little happens", 2 * mb, 3 * mb, time.Second / 2, 6 * mb, 150},             // 6 MB a second
		{"much happens", 6 * mb, 40 * mb, time.Second / 2, 32 * mb, 533},               // 80 MB a second, but the maximum is 32 MB; 3200/6
		{"much is live", 40 * mb, 0, time.Second / 2, 3 * mb, 7},                       // a sixteenth is less than 3 MB; 300/40
		{"very much is live", 160 * mb, 0, time.Second / 2, 10 * mb, 6},                // a sixteenth; 1000/160
		{"much is live and much happens", 40 * mb, 90 * mb, time.Second, 40 * mb, 100}, // as much as is live
		{"nothing is live", 0, 90 * mb, time.Second, 32 * mb, 800},                     // 3200/4
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := roomFor(tt.live, tt.allocated, tt.since)
			if p := percentFor(got, tt.live); got != tt.room || p != tt.percent {
				t.Errorf("room %d, %d %%, want %d, %d %%", got, p, tt.room, tt.percent)
			}
		})
	}
}

// TestTuner_followsAllocation: a busy process gets more room than the default. When it is idle
// again, the garbage is collected although nothing is allocated.
func TestTuner_followsAllocation(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	defer debug.SetGCPercent(debug.SetGCPercent(defaultPercent))
	runtime.GC()
	c := newTuner()
	c.sample()
	allocateGarbage(64 << 20)
	runtime.GC() // on a busy machine the last collection may count as live what was allocated while it ran
	c.adjust(interval)
	if c.percent <= defaultPercent {
		t.Errorf("got GOGC=%d at 128 MB a second, want more than %d", c.percent, defaultPercent)
	}
	debug.SetGCPercent(-1) // so that the garbage is not collected before adjust
	allocateGarbage(64 << 20)
	if busy := heapBytes(); busy < 64<<20 {
		t.Fatalf("%d MB are on the heap, with 64 MB of litter", busy>>20)
	}
	for range 2 * shrinkCollections {
		c.adjust(interval)
	}
	if quiet := heapBytes(); quiet > 32<<20 {
		t.Errorf("%d MB are on the heap when it is quiet", quiet>>20)
	}
	if c.percent > defaultPercent {
		t.Errorf("%d %% when it is quiet", c.percent)
	}
}

// allocateGarbage allocates size bytes and drops them.
func allocateGarbage(size int) {
	for range size >> 16 {
		sink = make([]byte, 1<<16)
	}
	sink = nil
}

func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// sink keeps the compiler from removing the allocations.
var sink []byte

// TestStart_keepsUserSettings: Start changes nothing if GOGC is set.
func TestStart_keepsUserSettings(t *testing.T) {
	t.Setenv("GOGC", "77")
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	Start()()
	if got := debug.SetGCPercent(77); got != 77 || os.Getenv("GOGC") != "77" {
		t.Errorf("the collector is set to %d", got)
	}
}
