package clikit

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// ApplyEnvironment sets every flag that is not on the command line from its environment variable,
// if there is one. See VariableName. The error lists all values that a flag does not accept.
func ApplyEnvironment(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		value, set := os.LookupEnv(VariableName(f.Name))
		if !set || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", VariableName(f.Name), err))
		}
	})
	return errors.Join(problems...)
}

// VariableName returns the name of the environment variable of a flag: SEG_ and the name in
// capitals, such as SEG_DATABASE_URL for database-url.
func VariableName(flag string) string {
	return "SEG_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
