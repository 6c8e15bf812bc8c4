package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// longestPassword is how many characters of a password a message takes; see Password in the schema.
const longestPassword = 256

// presentable refuses a password that nobody could present, and says nothing of it.
func presentable(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("--password: it is not UTF-8, so no client could send it")
	case utf8.RuneCountInString(text) > longestPassword:
		return fmt.Errorf("--password: it has more than %d characters, which no message may hold", longestPassword)
	case strings.TrimSpace(text) != text:
		return errors.New("--password: white space stands around it, such as the line end of the file that it was read from; take that away")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("--password: it has a control character, such as a line end, which no header may hold")
	}
	return nil
}

// misspelt finds the variables that look like settings of one of the commands and are none, by name, with what was probably meant. Others
// that begin with SEG_ are somebody else's: a cluster sets SEG_PORT and the like beside a service of that name.
func misspelt(root *cobra.Command, variables []string) map[string]string {
	settings := settingsOf(root)
	found := map[string]string{}
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		if given, ours := strings.CutPrefix(name, variable("")); ours && !slices.Contains(settings, given) {
			if meant := meantBy(given, settings); meant != "" {
				found[name] = variable(meant)
			}
		}
	}
	return found
}

// settingsOf returns the settings of a command and those below it, as variables have them behind SEG_.
func settingsOf(cmd *cobra.Command) []string {
	settings := []string{"HELP"}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		settings = append(settings, strings.TrimPrefix(variable(f.Name), variable("")))
	})
	for _, c := range cmd.Commands() {
		settings = append(settings, settingsOf(c)...)
	}
	return settings
}

// meantBy returns the setting that differs from a name by a quarter of its letters at most, or by what one has behind the other.
func meantBy(name string, settings []string) string {
	const telling = 4 // letters of a beginning that say which it is
	for _, s := range settings {
		if strings.HasPrefix(name, s+"_") || min(len(s), len(name)) >= telling && (strings.HasPrefix(s, name) || strings.HasPrefix(name, s)) {
			return s
		}
	}
	if near := nearest(name, settings); near != "" && 4*distance(name, near) <= max(len(name), len(near)) {
		return near
	}
	return ""
}

// warnOf logs what misspelt has found.
func warnOf(misspelt map[string]string, log *slog.Logger) {
	for _, name := range slices.Sorted(maps.Keys(misspelt)) {
		log.Warn("a variable is no setting and has no effect", "variable", name, "did you mean", misspelt[name])
	}
}
