package tsgen

import "seg.example/tools/schemagen/internal/ir"

// Methods returns what the client's methods are called that make the requests which are served, by the requests' types on the wire.
// A name that is no identifier has to be quoted.
func Methods(c *ir.Contract) map[string]string {
	methods := map[string]string{}
	for _, m := range c.Requests() {
		if !m.Planned {
			methods[m.Wire] = methodName(m.Wire)
		}
	}
	return methods
}
