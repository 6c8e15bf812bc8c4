package gogen

import (
	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// limits says in a sentence what values of t are held to.
func limits(t *ir.Type) string { return constraintdoc.Describe(t) }

// formatName is how JSON Schema calls f.
func formatName(f ir.Format) string { return constraintdoc.FormatName(f) }

func plural(n, what string) string { return constraintdoc.Count(n, what) }
