package ws

import "sync"

const (
	// maxFrames bounds the frames that go out in one write.
	maxFrames = 64
	// maxBatch bounds the bytes of frames that are collected for one write. A longer frame goes out alone.
	maxBatch = 16 << 10
	// keepFrames is the largest capacity of a queue that is kept for another socket.
	keepFrames = 256
)

// writeQueue is a socket's queue of frames and what is known of its being written. The socket's lock guards it.
type writeQueue struct {
	queue    *queue        // nil: no frame waits
	bytes    int           // of the frames that wait
	inFlight int           // bytes that somebody is writing and the kernel has not taken yet
	rest     *partialWrite // what the kernel did not take at once; nil: nothing
	held     bool          // nothing may be written yet: the handshake has not been answered
	// writing: somebody writes, or the socket stands in line for one of the server's writers.
	writing bool
	// waiting: it is a goroutine of the socket's own, which may wait for the client; a deadline bounds its write.
	waiting bool
	idle    chan struct{} // closed when nobody writes any more; nil unless somebody waits for that
	space   chan struct{} // closed when there is room or no hope for any; nil unless somebody waits for that
}

// queue is frames in the order in which they are sent. A socket has one only while frames wait.
type queue struct {
	frames [][]byte
	head   int // frames[:head] are taken
}

// partialWrite is the end of a batch that the kernel has taken in part.
type partialWrite struct {
	data   []byte
	frames int // of the batch
}

// pendingBytes returns how many bytes have been queued and not been taken by the kernel.
func (o *writeQueue) pendingBytes() int { return o.bytes + o.inFlight }

// empty tells whether no frame waits.
func (o *writeQueue) empty() bool { return o.queue == nil }

// hasSpace tells whether little waits: at most a part of the limit.
func (o *writeQueue) hasSpace(limit int) bool { return o.pendingBytes() <= limit/spaceFraction }

// fits tells whether size more bytes may be queued beside what waits already. When little does there may be any number.
func (o *writeQueue) fits(size, limit int) bool {
	return o.hasSpace(limit) || o.pendingBytes()+size <= limit
}

// add queues frames, of so many bytes together.
func (o *writeQueue) add(pool *sync.Pool, size int, frames ...[]byte) {
	if o.queue == nil {
		o.queue, _ = pool.Get().(*queue)
	}
	o.queue.frames = append(o.queue.frames, frames...)
	o.bytes += size
}

// drop forgets what nobody has begun to write.
func (o *writeQueue) drop() { o.queue, o.bytes = nil, 0 }

// take hands the frames of the next write to p: as many as go together, at least one unless none waits.
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
	if cap(q.frames) <= keepFrames {
		q.frames, q.head = q.frames[:0], 0
		pool.Put(q)
	}
}

// end notes that nobody writes any more.
func (o *writeQueue) end() {
	o.writing, o.waiting, o.inFlight, o.rest = false, false, 0, nil
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// sizeOf returns the length of frames together.
func sizeOf(frames [][]byte) int {
	size := 0
	for _, f := range frames {
		size += len(f)
	}
	return size
}
