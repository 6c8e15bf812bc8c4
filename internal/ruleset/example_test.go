package ruleset_test

import (
	"fmt"
	"strings"

	"seg.example/internal/ruleset"
)

// A set finds rulesets by name; "" is the default one.
func ExampleSet_Find() {
	set, err := ruleset.BuiltIn("classic")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"", "industrial", "chess"} {
		rules, err := set.Find(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: start balance %d, %d resources\n", rules.ID.Name, rules.Start.Balance, len(rules.Resources))
	}
	// Output:
	// classic: start balance 10000, 13 resources
	// industrial: start balance 10000, 20 resources
	// No ruleset is called chess; there are: classic, industrial
}

// Parse reports every problem of a document with a JSON pointer to its place.
func ExampleParse() {
	document, err := ruleset.Source("classic")
	if err != nil {
		fmt.Println(err)
		return
	}
	broken := strings.NewReplacer(`"flour": 4`, `"dough": 4`, `"rows": 7`, `"rows": 0`).Replace(string(document))
	_, err = ruleset.Parse([]byte(broken))
	fmt.Println(err)

	broken = strings.Replace(string(document), `"flour": 4`, `"dough": 4`, 1)
	_, err = ruleset.Parse([]byte(broken))
	fmt.Println(err)
	// Output:
	// ruleset: /map/rows: must be >= 1 but found 0
	// ruleset classic: /resources/bread/production/materials/dough: there is no other resource with this name
}
