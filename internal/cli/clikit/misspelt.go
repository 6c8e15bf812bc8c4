package clikit

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// MisspeltVariables finds the variables that look like settings of one of the commands and are none, by name, with what was probably meant. Others
// that begin with SEG_ are somebody else's: a cluster sets SEG_PORT and the like beside a service of that name.
func MisspeltVariables(root *cobra.Command, variables []string) map[string]string {
	settings := settingNames(root)
	found := map[string]string{}
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		if given, ours := strings.CutPrefix(name, VariableName("")); ours && !slices.Contains(settings, given) {
			if meant := suggestSetting(given, settings); meant != "" {
				found[name] = VariableName(meant)
			}
		}
	}
	return found
}

// settingNames returns the settings of a command and those below it, as variables have them behind SEG_.
func settingNames(cmd *cobra.Command) []string {
	settings := []string{"HELP"}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		settings = append(settings, strings.TrimPrefix(VariableName(f.Name), VariableName("")))
	})
	for _, c := range cmd.Commands() {
		settings = append(settings, settingNames(c)...)
	}
	return settings
}

// suggestSetting returns the setting that differs from a name by a quarter of its letters at most, or by what one has behind the other.
func suggestSetting(name string, settings []string) string {
	const telling = 4 // letters of a beginning that say which it is
	for _, s := range settings {
		if strings.HasPrefix(name, s+"_") || min(len(s), len(name)) >= telling && (strings.HasPrefix(s, name) || strings.HasPrefix(name, s)) {
			return s
		}
	}
	if near := Suggest(name, settings); near != "" && 4*editDistance(name, near) <= max(len(name), len(near)) {
		return near
	}
	return ""
}
