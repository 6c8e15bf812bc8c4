package difftest

import "pgregory.net/rapid"

// Sample draws a value of typ as text, for readers other than the codec to be held against: one that the schema accepts, or one in
// which a constraint is broken, as often as not. Where nothing can be broken it is the former.
func (s *Suite) Sample(t *rapid.T, typ Type) []byte {
	n := draw(pen{T: t}, s.Oracle.Schema(typ.Document, typ.Name), 0)
	all := n.breaks("", typ.Request)
	if len(all) > 0 && rapid.Bool().Draw(t, "broken") {
		all[rapid.IntRange(0, len(all)-1).Draw(t, "break")].apply()
	}
	return n.print(style(rapid.IntRange(0, int(allStyles)).Draw(t, "style")))
}
