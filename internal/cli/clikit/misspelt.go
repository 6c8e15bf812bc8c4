package clikit

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// MisspeltVariables returns those of the given environment variables ("NAME=value") that look like
// a misspelt setting of root or its subcommands. The result maps each name to the name that was
// probably meant. Other variables that begin with SEG_ are ignored: Kubernetes, for example, sets
// SEG_PORT and others for a service named seg.
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

// settingNames returns the settings of cmd and its subcommands as their variables are named,
// without SEG_.
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

// suggestSetting returns the setting that name probably stands for, or "". One of the two is a
// prefix of the other, or at most a quarter of the letters differ.
func suggestSetting(name string, settings []string) string {
	const telling = 4 // length from which a prefix is specific enough
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
