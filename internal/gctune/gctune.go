package gctune

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The garbage collector's pace. Left alone it lets the heap grow by what is live, stacks included, before it collects: that is every
// 4 MB for a small server, twenty times a second when it is busy; and 40 MB of garbage for ten thousand sockets that do nothing.
// So the room it gets follows what the server does with it.
const (
	// interval is how often the room is looked at.
	interval = 500 * time.Millisecond
	// roomDuration is for how long the room is to last before the next collection.
	roomDuration = time.Second
	// minRoom and livePart bound the room from below, in bytes and as a part of what is live.
	minRoom        = 3 << 20
	minRoomDivisor = 16
	// minHeap is what the heap may always have at a setting of 100, see runtime/debug.SetGCPercent and "heapMinimum" in the runtime.
	minHeap = 4 << 20
	// busyParts: a server is busy that allocates more than this part of its room between two looks.
	busyDivisor = 4
	// maxRoom bounds it from above, unless more than that is live; then it may be as much again, as it is by default.
	maxRoom = 32 << 20
)

// roomFor returns how much may be allocated, in bytes, before garbage is collected, when so much is live (stacks included) and so much
// was allocated in the time since.
func roomFor(live, allocated uint64, since time.Duration) uint64 {
	wanted := uint64(float64(allocated) * (float64(roomDuration) / float64(since)))
	return max(minRoom, live/minRoomDivisor, min(wanted, max(maxRoom, live)))
}

// percentFor returns the garbage collector's setting that gives so much room; at least 1. However little is live, the runtime takes the
// setting as the part of 4 MB that a heap may always have.
func percentFor(space, live uint64) int { return int(max(1, space*100/max(live, minHeap))) }

// tuner is what keeps the garbage collector's room fitting. Only one in a process makes sense.
type tuner struct {
	samples         []metrics.Sample
	allocated       uint64 // in all, when it was looked at last
	percent         int
	idleCollections int // collections since the server was busy last
}

// shrinkCollections is how many collections it takes until the memory that a busy time has left goes back to the system: the first frees it,
// and the runtime holds what it gives back against what was in use before the last one but one.
const shrinkCollections = 2

// The samples of a collector, in their order.
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

// sample reads the figures and returns what is live, what is on the heap (garbage too) and what was allocated since the last look.
func (c *tuner) sample() (live, heap, allocated uint64) {
	metrics.Read(c.samples)
	total := c.samples[sampleAllocated].Value.Uint64()
	allocated, c.allocated = total-c.allocated, total
	return c.samples[sampleLive].Value.Uint64(), c.samples[sampleHeap].Value.Uint64(), allocated
}

// adjust gives the garbage collector the room that fits what has happened since the last look, and collects what is beyond it.
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
		// The server was busy and is not any more: nobody else would collect for minutes.
		c.idleCollections++
		runtime.GC()
	}
}

// defaultPercent is the garbage collector's setting where nobody has chosen one.
const defaultPercent = 100

// Start lets the garbage collector's room follow what the server does, until stop is called. Whoever has set GOGC or GOMEMLIMIT
// has decided already, and nothing is done.
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

// run adjusts the garbage collector's room again and again until end is closed.
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
