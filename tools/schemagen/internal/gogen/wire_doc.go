package gogen

import (
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/phrase"
)

// limits says in a sentence what values of t are held to.
func limits(t *ir.Type) string { return phrase.Limits(t) }

// formatName is how JSON Schema calls f.
func formatName(f ir.Format) string { return phrase.FormatName(f) }

func plural(n, what string) string { return phrase.Plural(n, what) }
