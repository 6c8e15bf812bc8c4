package gogen

import (
	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// limits describes the limits of t in a sentence.
func limits(t *ir.Type) string { return constraintdoc.Describe(t) }

// formatName returns JSON Schema's name of f.
func formatName(f ir.Format) string { return constraintdoc.FormatName(f) }

func plural(n, what string) string { return constraintdoc.Count(n, what) }
