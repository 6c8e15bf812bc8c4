package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Verdict is what comes of presenting a password.
type Verdict int

const (
	// Wrong says that it is not the password. The attempt counts.
	Wrong Verdict = iota
	// Right says that it is the password.
	Right
	// TooMany says that the source has to wait, since there were too many wrong ones, and nothing about what was presented.
	TooMany
)

// Limits of a Guard.
const (
	// FirstDelay is how long a source waits after the first wrong password that is one too many. Each further one doubles it.
	FirstDelay = time.Second
	// LongestDelay bounds the delay.
	LongestDelay = 5 * time.Minute
	// ForgetAfter is how long a source must be without a wrong password, its delay over, to begin anew.
	ForgetAfter = 15 * time.Minute

	// maxSources bounds how many sources are remembered, and so the memory that strangers can take.
	maxSources = 1 << 16
)

// Guard checks passwords and slows down whoever guesses: after some wrong ones a source of connections has to wait before it may
// present another, longer and longer. It is safe for concurrent use.
//
// A right password does not shorten a delay. Otherwise somebody who shares an address with those who know the password could guess
// between their requests.
type Guard struct {
	// Delayed, unless it is nil, is told of each source that has to wait from now on, for how long, and after how many wrong
	// passwords. It is set before the guard is used.
	Delayed func(source netip.Prefix, wrong int, wait time.Duration)

	password Password
	free     int
	now      func() time.Time

	mu      sync.Mutex
	sources map[netip.Prefix]record
	swept   time.Time // when all of them were last looked at
}

// record is what is known of a source that has presented wrong passwords.
type record struct {
	wrong int
	until time.Time // it must wait until then
}

// NewGuard returns a guard of password. Each source has so many free wrong attempts, and with the last of them its delay begins;
// zero or less: there is no delay. now tells the time.
func NewGuard(password Password, free int, now func() time.Time) *Guard {
	return &Guard{password: password, free: free, now: now, sources: map[netip.Prefix]record{}}
}

// Check judges what somebody from source presents as the password. All that have no address are one source, the zero one.
func (g *Guard) Check(source netip.Prefix, attempt string) Verdict {
	verdict := Wrong
	if g.password.Check(attempt) { // before the lock, so that a long attempt holds nobody up
		verdict = Right
	}
	if g.free <= 0 {
		return verdict
	}
	return g.hold(source, verdict)
}

// Again judges what somebody presents who has presented the right password before: while source has to wait it passes all the same,
// so that nobody can lock others at the same address out by guessing. A wrong one counts as it does for Check.
func (g *Guard) Again(source netip.Prefix, attempt string) Verdict {
	if g.password.Check(attempt) {
		return Right
	}
	if g.free <= 0 {
		return Wrong
	}
	return g.hold(source, Wrong)
}

// hold turns a verdict into TooMany while source has to wait, and remembers wrong ones.
func (g *Guard) hold(source netip.Prefix, verdict Verdict) Verdict {
	verdict, wrong, wait := g.judge(source, verdict)
	if wait > 0 && g.Delayed != nil {
		g.Delayed(source, wrong, wait)
	}
	return verdict
}

// judge is hold without telling anybody: when source has to wait from now on it returns for how long, after how many wrong ones.
func (g *Guard) judge(source netip.Prefix, verdict Verdict) (_ Verdict, wrong int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known, found := g.sources[source]
	if verdict == Right && !found {
		return Right, 0, 0
	}
	at := g.now()
	if at.Before(known.until) {
		return TooMany, 0, 0
	}
	if verdict == Right {
		return Right, 0, 0
	}
	if at.Sub(known.until) > ForgetAfter {
		known = record{}
	}
	known = g.next(known, at)
	g.remember(source, known, at)
	return Wrong, known.wrong, known.until.Sub(at)
}

// Delay returns how long source has to wait before it may present a password.
func (g *Guard) Delay(source netip.Prefix) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(0, g.sources[source].until.Sub(g.now()))
}

// next returns what is known of a source after one more wrong password. Its until is the time of that where there is no delay yet.
func (g *Guard) next(r record, at time.Time) record {
	r.wrong++
	r.until = at
	if r.wrong >= g.free {
		r.until = at.Add(delay(r.wrong - g.free))
	}
	return r
}

// delay returns how long to wait after so many wrong passwords more than the first that was one too many.
func delay(more int) time.Duration {
	const doublings = 20 // far beyond LongestDelay, far below an overflow
	return min(FirstDelay<<min(more, doublings), LongestDelay)
}

// remember keeps r. When there is no room, those that may begin anew are forgotten, and if there are none, any one. The lock is held.
func (g *Guard) remember(source netip.Prefix, r record, at time.Time) {
	if _, found := g.sources[source]; !found && len(g.sources) >= maxSources {
		g.makeRoom(at)
	}
	g.sources[source] = r
}

func (g *Guard) makeRoom(at time.Time) {
	if at.Sub(g.swept) > FirstDelay {
		g.swept = at
		for other, known := range g.sources {
			if at.Sub(known.until) > ForgetAfter {
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
