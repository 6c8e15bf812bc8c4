package store

import (
	"sync"

	"github.com/golang/groupcache/lru"

	"seg.example/internal/game"
)

// aggregate is a session as it is stored, with everything in it. It must not be changed.
type aggregate struct {
	row     sessionRow
	session *game.Session
}

// cache holds the sessions that were used last, by name. The holder of a session's lock may read
// and replace its entry. An entry may be outdated, because another program may have changed the
// session; the caller must check.
type cache struct {
	mu       sync.Mutex
	sessions *lru.Cache // name to *aggregate
}

func newCache(size int) *cache { return &cache{sessions: lru.New(size)} }

// get returns the session called name, or nil if it is not cached.
func (c *cache) get(name string) *aggregate {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, _ := c.sessions.Get(name)
	a, _ := v.(*aggregate)
	return a
}

// put adds a or replaces the entry of its name. It removes the entry that was not used for the
// longest time if the cache is full.
func (c *cache) put(a *aggregate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions.Add(a.row.Name, a)
}

// drop removes the session called name.
func (c *cache) drop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions.Remove(name)
}
