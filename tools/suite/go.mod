// Module suite pins where the tests of tools/schemagen take the official JSON Schema test suite from. Nothing is built here.
module seg.example/tools/suite

go 1.26.0

require (
	github.com/google/jsonschema-go v0.4.3
	github.com/xeipuuv/gojsonschema v1.2.0
)

require (
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
)
