package game

// LaidMap returns the map that is laid for s.
func LaidMap(s *Session) []string {
	d := s.Clone().begin(Env{})
	d.layMap()
	return d.Cells
}

// NewSeeded returns a generator with this state.
func NewSeeded(state uint64) (d Rand, next func() uint64) {
	s := &seeded{state: state}
	return s, s.next
}
