package difftest

import "pgregory.net/rapid"

// Sample draws a value of typ as text, for comparing other decoders: a valid one or, in half of the
// cases, one with a violated constraint if there is any.
func (s *Suite) Sample(t *rapid.T, typ Type) []byte {
	n := draw(drawer{T: t}, s.Oracle.Schema(typ.Document, typ.Name), 0)
	all := n.violations("", typ.Request)
	if len(all) > 0 && rapid.Bool().Draw(t, "broken") {
		all[rapid.IntRange(0, len(all)-1).Draw(t, "break")].apply()
	}
	return n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t, "style")))
}
