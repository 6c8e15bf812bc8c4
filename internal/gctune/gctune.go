package gctune

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// By default, the heap may grow by the size of the live data, stacks included, before the next
// collection. For a small server that means a collection every 4 MB, 20 times a second when it is
// busy. For 10,000 idle connections it means 40 MB of garbage. So the tuner chooses the room for
// new allocations by the rate of allocation.
const (
	// interval is the time between two adjustments.
	interval = 500 * time.Millisecond
	// roomDuration is how long the room should last before the next collection.
	roomDuration = time.Second
	// minRoom and the live data divided by minRoomDivisor are lower bounds of the room. minRoom is
	// in bytes.
	minRoom        = 3 << 20
	minRoomDivisor = 16
	// minHeap is the heap size, in bytes, below which the runtime does not collect at GOGC=100. See
	// heapMinimum in the runtime and runtime/debug.SetGCPercent.
	minHeap = 4 << 20
	// A server is busy if it allocates more than the room divided by busyDivisor between two
	// adjustments.
	busyDivisor = 4
	// maxRoom is the upper bound of the room, in bytes. If more than maxRoom is live, the upper
	// bound is the size of the live data, which is the default of the runtime.
	maxRoom = 32 << 20
)

// roomFor returns how many bytes may be allocated before the next collection. live is the size of
// the live data, including stacks; allocated is what was allocated in the time since.
func roomFor(live, allocated uint64, since time.Duration) uint64 {
	wanted := uint64(float64(allocated) * (float64(roomDuration) / float64(since)))
	return max(minRoom, live/minRoomDivisor, min(wanted, max(maxRoom, live)))
}

// percentFor returns the value of GOGC that gives this much room; at least 1. The runtime applies
// GOGC to at least minHeap, even if less is live.
func percentFor(space, live uint64) int { return int(max(1, space*100/max(live, minHeap))) }

// tuner adjusts GOGC. A process must have only one.
type tuner struct {
	samples         []metrics.Sample
	allocated       uint64 // in total, at the last adjustment
	percent         int
	idleCollections int // collections since the server was last busy
}

// shrinkCollections is how many collections it takes to return memory to the system after a busy
// time. The first one frees the memory. The runtime then returns it according to the heap size of
// earlier collections.
const shrinkCollections = 2

// Indexes of tuner.samples.
const (
	sampleAllocated = iota
	sampleLive
	sampleStacks
	sampleHeap
	sampleFree
)

func newTuner() *tuner {
	return &tuner{samples: []metrics.Sample{
		sampleAllocated: {Name: "/gc/heap/allocs:bytes"},
		sampleLive:      {Name: "/gc/heap/live:bytes"},
		sampleStacks:    {Name: "/memory/classes/heap/stacks:bytes"},
		sampleHeap:      {Name: "/memory/classes/heap/objects:bytes"},
		sampleFree:      {Name: "/memory/classes/heap/free:bytes"},
	}}
}

// sample reads the runtime metrics. It returns the size of the live data, of the heap with its
// garbage, and of what was allocated since the last call.
func (c *tuner) sample() (live, heap, allocated uint64) {
	metrics.Read(c.samples)
	total := c.samples[sampleAllocated].Value.Uint64()
	allocated, c.allocated = total-c.allocated, total
	return c.samples[sampleLive].Value.Uint64(), c.samples[sampleHeap].Value.Uint64(), allocated
}

// adjust sets GOGC for the load since the last adjustment. It collects if an idle heap is too
// large.
func (c *tuner) adjust(since time.Duration) {
	live, heap, allocated := c.sample()
	stacks := c.samples[sampleStacks].Value.Uint64()
	space := roomFor(live+stacks, allocated, since)
	if now := percentFor(space, live+stacks); 4*now < 3*c.percent || 3*now > 4*c.percent {
		c.percent = now
		debug.SetGCPercent(now)
	}
	switch beyond := heap + c.samples[sampleFree].Value.Uint64(); {
	case allocated > space/busyDivisor:
		c.idleCollections = 0
	case c.idleCollections < shrinkCollections && beyond > live+space+space/2:
		// The server was busy and is idle now. Without this, the next collection may be minutes
		// away.
		c.idleCollections++
		runtime.GC()
	}
}

// defaultPercent is the default of GOGC.
const defaultPercent = 100

// Start adjusts GOGC to the load until stop is called, which restores the default. It does nothing
// if GOGC or GOMEMLIMIT is set.
func Start() (stop func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		newTuner().run(end)
	}()
	return func() {
		close(end)
		<-ended
		debug.SetGCPercent(defaultPercent)
	}
}

// run adjusts GOGC at every interval until end is closed.
func (c *tuner) run(end <-chan struct{}) {
	c.sample()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case now := <-ticker.C:
			c.adjust(now.Sub(last))
			last = now
		case <-end:
			return
		}
	}
}
