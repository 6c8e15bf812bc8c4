package route_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	route "seg.example/tools/schemagen/internal/gogen/runtime/route"
	"seg.example/tools/schemagen/internal/gogen/runtime/wire"
)

func TestShapeError(t *testing.T) {
	t.Parallel()
	long := "/content" + strings.Repeat("/kkkkkkkkk", 100)
	for _, tc := range []struct {
		name string
		err  error
		want route.Error
	}{
		{"range", &wire.Error{Path: "/n", Keyword: "minimum", Text: "must be at least 1"}, route.Error{
			Code: "invalid_field", Text: "Invalid field: n: must be at least 1", Details: []route.Detail{{Path: "/n", Message: "must be at least 1"}},
		}},
		{"the whole", &wire.Error{Keyword: "type", Text: "must be an object"}, route.Error{
			Code: "invalid_field", Text: "Invalid field: message: must be an object", Details: []route.Detail{{Message: "must be an object"}},
		}},
		{"inside", &wire.Error{Path: "/a/0", Keyword: "enum", Text: "no"}, route.Error{
			Code: "invalid_field", Text: "Invalid field: /a/0: no", Details: []route.Detail{{Path: "/a/0", Message: "no"}},
		}},
		{"far inside", &wire.Error{Path: long, Keyword: "type", Text: "no"}, route.Error{
			Code: "invalid_field", Text: "Invalid field: " + long[:508] + ": no", Details: []route.Detail{{Path: long[:508], Message: "no"}},
		}},
		{"under a key too long", &wire.Error{Path: "/" + strings.Repeat("k", 1000), Keyword: "type", Text: "no"}, route.Error{
			Code: "invalid_field", Text: "Invalid field: message: no", Details: []route.Detail{{Message: "no"}},
		}},
		{"missing inside", &wire.Error{Path: "/a/0", Keyword: "required", Missing: []string{"x/y", "z~"}}, route.Error{
			Code: "missing_field", Text: "Missing required fields: x/y, z~",
			Details: []route.Detail{{Path: "/a/0/x~1y", Message: "is required"}, {Path: "/a/0/z~0", Message: "is required"}},
		}},
		{"deep", &wire.Error{Path: "/a/0/0", Keyword: "depth", Text: "no"}, route.Error{
			Code: "too_large", Text: "Nested too deeply: /a/0/0", Details: []route.Detail{{Path: "/a/0/0", Message: "no"}},
		}},
		{"syntax", &wire.Error{Keyword: "syntax", Text: "no"}, route.Error{Code: "invalid_json", Text: "Message is not valid JSON"}},
		{"UTF-8", &wire.Error{Keyword: "utf8", Text: "no"}, route.Error{Code: "invalid_json", Text: "Message is not valid JSON"}},
		{"another", errors.New("odd"), route.Error{
			Code: "invalid_field", Text: "Invalid field: message: odd", Details: []route.Detail{{Message: "odd"}},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := route.ShapeError(tc.err); !reflect.DeepEqual(*got, tc.want) {
				t.Errorf("\n got %+v\nwant %+v", *got, tc.want)
			}
		})
	}
}
