package game

// What a session's seed decides. Each has numbers of its own, so that one does
// not depend on how many the other has drawn.
const (
	chanceMap    = iota // where the types of cells lie
	chancePlaces        // where companies are put that have picked no cell
)

// seeded are dice that fall the same for the same seed, on every machine and for
// ever: Sebastiano Vigna's SplitMix64.
type seeded struct{ state uint64 }

// chance returns the dice for one of the things that the session's seed decides.
func (s *Session) chance(what uint64) *seeded {
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

// Roll returns a whole number from 0 to n-1, each equally likely. n is at least 1.
func (d *seeded) Roll(n int) int {
	sides := uint64(n)
	// The 2⁶⁴ numbers are not a multiple of n: those that are over are drawn again.
	over := -sides % sides
	for {
		if bits := d.next(); bits >= over {
			return int(bits % sides)
		}
	}
}
