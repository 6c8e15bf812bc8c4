package store

import (
	"container/list"
	"sync"

	"seg.example/internal/game"
)

// aggregate is a session as it is stored, with everything in it. Who has one only reads it.
type aggregate struct {
	row     sessionRow
	session *game.Session
}

// cache keeps the sessions used last, by name. Whoever holds the lock of a session may read and replace its entry. An entry is
// what was stored when it was put; that it still is must be checked, since another program may have changed the session.
type cache struct {
	size int

	mu    sync.Mutex
	named map[string]*list.Element
	order list.List // the one used last in front; values are *aggregate
}

func newCache(size int) *cache { return &cache{size: size, named: map[string]*list.Element{}} }

// get returns the session called name, nil when it is not kept.
func (c *cache) get(name string) *aggregate {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.named[name]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	a, _ := e.Value.(*aggregate)
	return a
}

// put keeps a in place of what was kept under its name; the one that was not used for the longest time may have to go.
func (c *cache) put(a *aggregate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.named[a.row.Name])
	c.named[a.row.Name] = c.order.PushFront(a)
	if c.order.Len() > c.size {
		c.remove(c.order.Back())
	}
}

// drop forgets the session called name.
func (c *cache) drop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.named[name])
}

// remove takes e out, if there is one; c.mu is held.
func (c *cache) remove(e *list.Element) {
	if e == nil {
		return
	}
	if a, ok := c.order.Remove(e).(*aggregate); ok {
		delete(c.named, a.row.Name)
	}
}
