package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Verdict is the result of checking a password.
type Verdict int

const (
	// Wrong means that the password is wrong. The attempt counts.
	Wrong Verdict = iota
	// Right means that the password is right.
	Right
	// TooMany means that the source must wait after too many wrong passwords. It says
	// nothing about this password.
	TooMany
)

// Limits of a Guard.
const (
	// FirstDelay is the delay after the last free attempt. Each further wrong password doubles it.
	FirstDelay = time.Second
	// LongestDelay is the upper bound of the delay.
	LongestDelay = 5 * time.Minute
	// ForgetAfter is how long after the end of its delay a source gets all its free attempts back.
	ForgetAfter = 15 * time.Minute

	// maxSources limits the number of sources in memory: an attacker can use many addresses.
	maxSources = 1 << 16
)

// Guard checks passwords and slows down guessing: a source that has presented too many wrong
// passwords must wait before its next attempt. It is safe for concurrent use.
//
// A right password does not end a delay. Otherwise an attacker behind the same address as real users
// could guess between their requests.
type Guard struct {
	// OnDelay, if not nil, is called when a delay begins: with the source, its number of wrong
	// passwords and the delay. The guard's lock is not held. Set it before the first check.
	OnDelay func(source netip.Prefix, wrong int, wait time.Duration)

	password     Password
	freeAttempts int
	now          func() time.Time

	mu        sync.Mutex
	sources   map[netip.Prefix]failures
	lastSweep time.Time // when evict last visited all sources
}

// failures are the wrong passwords of one source.
type failures struct {
	count        int
	blockedUntil time.Time
}

// NewGuard returns a guard for password. Each source has freeAttempts wrong passwords; the last of
// them starts the first delay. With 0 or less there are no delays. now returns the time.
func NewGuard(password Password, freeAttempts int, now func() time.Time) *Guard {
	return &Guard{password: password, freeAttempts: freeAttempts, now: now, sources: map[netip.Prefix]failures{}}
}

// Check judges a password from source. Use the zero prefix for connections without an address.
func (g *Guard) Check(source netip.Prefix, attempt string) Verdict {
	verdict := Wrong
	if g.password.Check(attempt) { // before the lock, so that hashing a long attempt blocks nobody
		verdict = Right
	}
	if g.freeAttempts <= 0 {
		return verdict
	}
	return g.applyDelay(source, verdict)
}

// Recheck judges a password on a connection that has presented the right one before. The right
// password passes also during a delay, so that an attacker at the same address cannot lock this
// connection out. A wrong one counts as in Check.
func (g *Guard) Recheck(source netip.Prefix, attempt string) Verdict {
	if g.password.Check(attempt) {
		return Right
	}
	if g.freeAttempts <= 0 {
		return Wrong
	}
	return g.applyDelay(source, Wrong)
}

// applyDelay turns verdict into TooMany during a delay of source, records a wrong password, and
// calls OnDelay if a delay begins.
func (g *Guard) applyDelay(source netip.Prefix, verdict Verdict) Verdict {
	verdict, wrong, wait := g.record(source, verdict)
	if wait > 0 && g.OnDelay != nil {
		g.OnDelay(source, wrong, wait)
	}
	return verdict
}

// record is applyDelay without the callback. If a delay begins, it returns the number of wrong
// passwords and the delay.
func (g *Guard) record(source netip.Prefix, verdict Verdict) (_ Verdict, wrong int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, found := g.sources[source]
	if verdict == Right && !found {
		return Right, 0, 0
	}
	now := g.now()
	if now.Before(f.blockedUntil) {
		return TooMany, 0, 0
	}
	if verdict == Right {
		return Right, 0, 0
	}
	if now.Sub(f.blockedUntil) > ForgetAfter {
		f = failures{}
	}
	f = g.addFailure(f, now)
	g.store(source, f, now)
	return Wrong, f.count, f.blockedUntil.Sub(now)
}

// Delay returns how long source must wait before its next attempt; 0 if it need not wait.
func (g *Guard) Delay(source netip.Prefix) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(0, g.sources[source].blockedUntil.Sub(g.now()))
}

// addFailure returns f with one more wrong password. Without a delay, blockedUntil is now.
func (g *Guard) addFailure(f failures, now time.Time) failures {
	f.count++
	f.blockedUntil = now
	if f.count >= g.freeAttempts {
		f.blockedUntil = now.Add(delayAfter(f.count - g.freeAttempts))
	}
	return f
}

// delayAfter returns the delay after the last free attempt and extra further wrong passwords.
func delayAfter(extra int) time.Duration {
	const doublings = 20 // far beyond LongestDelay, far below an overflow
	return min(FirstDelay<<min(extra, doublings), LongestDelay)
}

// store keeps f. The lock is held.
func (g *Guard) store(source netip.Prefix, f failures, now time.Time) {
	if _, found := g.sources[source]; !found && len(g.sources) >= maxSources {
		g.evict(now)
	}
	g.sources[source] = f
}

// evict makes room for one source. It removes sources past ForgetAfter, at most once per FirstDelay;
// if there are none, any source. The lock is held.
func (g *Guard) evict(now time.Time) {
	if now.Sub(g.lastSweep) > FirstDelay {
		g.lastSweep = now
		for other, f := range g.sources {
			if now.Sub(f.blockedUntil) > ForgetAfter {
				delete(g.sources, other)
			}
		}
	}
	for other := range g.sources {
		if len(g.sources) < maxSources {
			return
		}
		delete(g.sources, other)
	}
}
