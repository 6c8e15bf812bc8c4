package tsgen

import "seg.example/tools/schemagen/internal/ir"

// Methods returns the names of the client's methods by wire type of the request, for all requests
// that are served. A name that is not an identifier has to be quoted.
func Methods(c *ir.Contract) map[string]string {
	methods := map[string]string{}
	for _, m := range c.Requests() {
		if !m.Planned {
			methods[m.Wire] = methodName(m.Wire)
		}
	}
	return methods
}
