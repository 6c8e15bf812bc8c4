package game

// Uses of a session's seed. Each use has its own sequence of numbers, so one does not depend on how
// many numbers another has drawn.
const (
	randomMap    = iota // the types of the map's cells
	randomPlaces        // the cells of companies that have not picked one
)

// seeded is a random number generator that returns the same numbers for the same seed on every
// machine: SplitMix64 by Sebastiano Vigna. It must never change, because stored games depend on it.
type seeded struct{ state uint64 }

// random returns the generator for one use of the session's seed.
func (s *Session) random(what uint64) *seeded {
	d := &seeded{state: uint64(s.Seed)}
	for range what {
		d.next()
	}
	return &seeded{state: d.next()}
}

// next returns 64 random bits.
func (d *seeded) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// IntN returns a whole number from 0 to n-1, each equally likely. n is at least 1.
func (d *seeded) IntN(n int) int {
	sides := uint64(n)
	// 2⁶⁴ is in general not a multiple of n. Redrawing the surplus keeps all results equally
	// likely.
	over := -sides % sides
	for {
		if bits := d.next(); bits >= over {
			return int(bits % sides)
		}
	}
}
