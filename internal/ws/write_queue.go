package ws

import "sync"

const (
	// maxFrames limits the number of frames of one write.
	maxFrames = 64
	// maxBatch limits the bytes of one write of several frames. A longer frame is written alone.
	maxBatch = 16 << 10
	// maxPooledFrames is the largest capacity of a queue that returns to the pool.
	maxPooledFrames = 256
)

// writeQueue is the queue of a socket and the state of its writer. The socket's lock guards it.
type writeQueue struct {
	queue    *queue        // nil: no frame is queued
	bytes    int           // of the queued frames
	inFlight int           // bytes that a goroutine is writing and the kernel has not taken yet
	rest     *partialWrite // what the kernel did not take at once; nil: nothing
	corked   bool          // the handshake is not answered yet, so nothing may be written
	// writing: a goroutine writes, or the socket waits for a shared writer.
	writing bool
	// waiting: the goroutine of the socket writes. It may block, and its write has a deadline.
	waiting bool
	idle    chan struct{} // closed when no goroutine writes; nil unless a goroutine waits for that
	space   chan struct{} // closed when there is space or the socket closes; nil unless a goroutine waits for that
}

// queue holds frames in the order in which they are sent. A socket has one only while frames are
// queued.
type queue struct {
	frames [][]byte
	head   int // frames[:head] have been taken
}

// partialWrite is the rest of a batch that the kernel has taken in part.
type partialWrite struct {
	data   []byte
	frames int // of the batch
}

// pendingBytes returns how many bytes are queued or being written.
func (o *writeQueue) pendingBytes() int { return o.bytes + o.inFlight }

// empty reports whether no frame is queued.
func (o *writeQueue) empty() bool { return o.queue == nil }

// hasSpace reports whether at most a quarter of the limit is pending.
func (o *writeQueue) hasSpace(limit int) bool { return o.pendingBytes() <= limit/spaceFraction }

// fits reports whether size more bytes may be queued. They always may if hasSpace.
func (o *writeQueue) fits(size, limit int) bool {
	return o.hasSpace(limit) || o.pendingBytes()+size <= limit
}

// add queues frames; size is their total length.
func (o *writeQueue) add(pool *sync.Pool, size int, frames ...[]byte) {
	if o.queue == nil {
		o.queue, _ = pool.Get().(*queue)
	}
	o.queue.frames = append(o.queue.frames, frames...)
	o.bytes += size
}

// drop drops the queued frames.
func (o *writeQueue) drop() { o.queue, o.bytes = nil, 0 }

// take moves the frames of the next write to p: as many as fit into one write, and at least one if
// any is queued.
func (o *writeQueue) take(pool *sync.Pool, p *writeBatch) {
	if o.queue == nil {
		p.fill(nil, 0)
		return
	}
	q := o.queue
	frames, size := q.frames[q.head:], 0
	for i, f := range frames {
		if i == maxFrames || i > 0 && size+len(f) > maxBatch {
			frames = frames[:i]
			break
		}
		size += len(f)
	}
	p.fill(frames, size)
	clear(frames)
	q.head += len(frames)
	o.bytes -= size
	o.inFlight = size
	if q.head < len(q.frames) {
		if q.head > len(q.frames)/2 {
			q.frames = append(q.frames[:0], q.frames[q.head:]...)
			q.head = 0
		}
		return
	}
	o.queue = nil
	if cap(q.frames) <= maxPooledFrames {
		q.frames, q.head = q.frames[:0], 0
		pool.Put(q)
	}
}

// end records that no goroutine writes.
func (o *writeQueue) end() {
	o.writing, o.waiting, o.inFlight, o.rest = false, false, 0, nil
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// sizeOf returns the total length of frames.
func sizeOf(frames [][]byte) int {
	size := 0
	for _, f := range frames {
		size += len(f)
	}
	return size
}
