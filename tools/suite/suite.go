//go:build suite

// Package suite keeps the modules in go.mod that carry the official JSON Schema test suite; nothing of it is ever built. Draft-07 comes from
// the testdata of github.com/google/jsonschema-go, its optional formats from those of github.com/xeipuuv/gojsonschema.
package suite

import (
	_ "github.com/google/jsonschema-go/jsonschema" // jsonschema/testdata/draft7
	_ "github.com/xeipuuv/gojsonschema"            // testdata/draft7/optional/format
)
