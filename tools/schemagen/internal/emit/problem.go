package emit

import (
	"fmt"

	"seg.example/tools/schemagen/internal/ir"
)

// Problem is a mistake in a schema that only an emitter finds, such as two names that are the same
// in its language.
type Problem struct {
	Pos  ir.Pos
	Text string
}

// Error returns "file:line:column: text", or "file: text" without a line.
func (p *Problem) Error() string {
	if p.Pos.Line == 0 {
		return p.Pos.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Pos.File, p.Pos.Line, p.Pos.Column, p.Text)
}
