package main

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
	// paceEvery is how often the room is looked at.
	paceEvery = 500 * time.Millisecond
	// spaceFor is for how long the room is to last before the next collection.
	spaceFor = time.Second
	// leastSpace and livePart bound the room from below, in bytes and as a part of what is live.
	leastSpace = 3 << 20
	livePart   = 16
	// leastHeap is what the heap may always have at a setting of 100, see runtime/debug.SetGCPercent and "heapMinimum" in the runtime.
	leastHeap = 4 << 20
	// busyParts: a server is busy that allocates more than this part of its room between two looks.
	busyParts = 4
	// mostSpace bounds it from above, unless more than that is live; then it may be as much again, as it is by default.
	mostSpace = 32 << 20
)

// gcSpace returns how much may be allocated, in bytes, before garbage is collected, when so much is live (stacks included) and so much
// was allocated in the time since.
func gcSpace(live, allocated uint64, since time.Duration) uint64 {
	wanted := uint64(float64(allocated) * (float64(spaceFor) / float64(since)))
	return max(leastSpace, live/livePart, min(wanted, max(mostSpace, live)))
}

// gcPercent returns the garbage collector's setting that gives so much room; at least 1. However little is live, the runtime takes the
// setting as the part of 4 MB that a heap may always have.
func gcPercent(space, live uint64) int { return int(max(1, space*100/max(live, leastHeap))) }

// collector is what keeps the garbage collector's room fitting. Only one in a process makes sense.
type collector struct {
	samples   []metrics.Sample
	allocated uint64 // in all, when it was looked at last
	percent   int
	quiet     int // collections since the server was busy last
}

// settling is how many collections it takes until the memory that a busy time has left goes back to the system: the first frees it,
// and the runtime holds what it gives back against what was in use before the last one but one.
const settling = 2

// The samples of a collector, in their order.
const (
	sampleAllocated = iota
	sampleLive
	sampleStacks
	sampleHeap
	sampleFree
)

func newCollector() *collector {
	return &collector{samples: []metrics.Sample{
		sampleAllocated: {Name: "/gc/heap/allocs:bytes"},
		sampleLive:      {Name: "/gc/heap/live:bytes"},
		sampleStacks:    {Name: "/memory/classes/heap/stacks:bytes"},
		sampleHeap:      {Name: "/memory/classes/heap/objects:bytes"},
		sampleFree:      {Name: "/memory/classes/heap/free:bytes"},
	}}
}

// look reads the figures and returns what is live, what is on the heap (garbage too) and what was allocated since the last look.
func (c *collector) look() (live, heap, allocated uint64) {
	metrics.Read(c.samples)
	total := c.samples[sampleAllocated].Value.Uint64()
	allocated, c.allocated = total-c.allocated, total
	return c.samples[sampleLive].Value.Uint64(), c.samples[sampleHeap].Value.Uint64(), allocated
}

// adjust gives the garbage collector the room that fits what has happened since the last look, and collects what is beyond it.
func (c *collector) adjust(since time.Duration) {
	live, heap, allocated := c.look()
	stacks := c.samples[sampleStacks].Value.Uint64()
	space := gcSpace(live+stacks, allocated, since)
	if now := gcPercent(space, live+stacks); 4*now < 3*c.percent || 3*now > 4*c.percent {
		c.percent = now
		debug.SetGCPercent(now)
	}
	switch beyond := heap + c.samples[sampleFree].Value.Uint64(); {
	case allocated > space/busyParts:
		c.quiet = 0
	case c.quiet < settling && beyond > live+space+space/2:
		// The server was busy and is not any more: nobody else would collect for minutes.
		c.quiet++
		runtime.GC()
	}
}

// defaultPercent is the garbage collector's setting where nobody has chosen one.
const defaultPercent = 100

// followLoad lets the garbage collector's room follow what the server does, until stop is called. Whoever has set GOGC or GOMEMLIMIT
// has decided already, and nothing is done.
func followLoad() (stop func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		newCollector().run(end)
	}()
	return func() {
		close(end)
		<-ended
		debug.SetGCPercent(defaultPercent)
	}
}

// run adjusts the garbage collector's room again and again until end is closed.
func (c *collector) run(end <-chan struct{}) {
	c.look()
	ticker := time.NewTicker(paceEvery)
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
