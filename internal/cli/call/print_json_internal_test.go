package call

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPrintJSON(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ answer, want string }{
		{`null`, "none\n"},
		{`[]`, "none\n"},
		{`{}`, ""},
		{`true`, "true\n"},
		{`{"b":1,"a":[],"ж":{},"long":[1,"x"]}`, "b     1\na     []\nж     {}\nlong  [1, x]\n"},
		{`{"n":12345678901234567890.50}`, "n  12345678901234567890.50\n"},
		{`[{"a":1,"b":"x y"},{"a":22,"b":null}]`, "a   b\n1   x y\n22  null\n"},
		{`[{"a":1},{"b":2}]`, "- a  1\n- b  2\n"},
		{`[{"a":1,"b":{"c":[{"d":1,"e":2},{"d":3,"e":4}]}},5]`, "- a  1\n  b\n    c\n      d  e\n      1  2\n      3  4\n- 5\n"},
		{`[[1,2],[[]]]`, "- [1, 2]\n- - []\n"},
		{`{"evil":"\u001b[31m\u009b\u202e","empty":"","\u0007":1}`, "evil   \"\\x1b[31m\\u009b\\u202e\"\nempty  \"\"\n\"\\a\"   1\n"},
	} {
		var out strings.Builder
		if err := printJSON(&out, json.RawMessage(row.answer)); err != nil || out.String() != row.want {
			t.Errorf("%s: %v\n%q\nwant\n%q", row.answer, err, out.String(), row.want)
		}
	}
	if err := printJSON(&strings.Builder{}, json.RawMessage(`{"a":`)); err == nil {
		t.Error("half an answer is printed")
	}
}
