package call

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"seg.example/gen/route"
	"seg.example/schema"
)

// messageHelp returns the help text of a message and its fields.
func messageHelp(m *route.Message) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\nFields:\n", m.Description)
	if len(m.Args) == 0 {
		text.WriteString("  none\n")
	}
	for _, a := range m.Args {
		need := ""
		switch {
		case a.Name == PasswordField && a.Required:
			need = ", required unless --password or SEG_PASSWORD is set"
		case a.Required:
			need = ", required"
		}
		fmt.Fprintf(&text, "  %s=  %s%s\n", a.Name, a.Type, need)
		for _, line := range []string{a.Description, a.Limits} {
			if line != "" {
				fmt.Fprintf(&text, "      %s\n", line)
			}
		}
	}
	fmt.Fprintf(&text, "\nAnswers: %s", m.Answer)
	for _, list := range []struct {
		what  string
		names []string
	}{{"Refused with", m.Errors}, {"Broadcasts", m.Emits}} {
		if len(list.names) > 0 {
			fmt.Fprintf(&text, "\n%s: %s", list.what, strings.Join(list.names, ", "))
		}
	}
	return text.String()
}

// messageExample returns the first valid example that the schema has of a message, as a command
// line. If there is none, the command line has no fields.
func messageExample(m *route.Message) string {
	line := "  seg call " + m.Type
	names, err := fs.Glob(schema.FS, path.Join("examples", m.Type, "request-ok-*.json"))
	if err != nil || len(names) == 0 {
		return line
	}
	data, err := fs.ReadFile(schema.FS, names[0])
	if err != nil {
		return line
	}
	var example map[string]json.RawMessage
	if json.Unmarshal(data, &example) != nil {
		return line
	}
	words := []string{line}
	for _, a := range m.Args {
		if value, ok := example[a.Name]; ok && a.Name != PasswordField {
			words = append(words, shellQuote(fieldArgument(a, value)))
		}
	}
	return strings.Join(words, " ")
}

// fieldArgument returns the shortest argument that gives a field this value.
func fieldArgument(a route.Arg, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	if string(parseValue(a.Type, text)) == string(value) && !strings.HasPrefix(text, "@") {
		return a.Name + "=" + text
	}
	return a.Name + ":=" + string(value)
}

// shellQuote quotes a word for a POSIX shell if necessary.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-=:.,/@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// completeFields completes the fields that are not given yet, and the values of fields with few
// values.
func completeFields(m *route.Message) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		given := map[string]bool{}
		for _, arg := range args {
			name, _, _ := strings.Cut(arg, "=")
			given[strings.TrimSuffix(name, ":")] = true
		}
		name, _, hasValue := strings.Cut(toComplete, "=")
		var found []cobra.Completion
		for _, a := range m.Args {
			switch {
			case hasValue && a.Name == name:
				for _, value := range enumValues(a.Type) {
					found = append(found, a.Name+"="+value)
				}
			case !hasValue && !given[a.Name]:
				found = append(found, cobra.CompletionWithDesc(a.Name+"=", firstSentence(a.Description)))
			}
		}
		if hasValue {
			return found, cobra.ShellCompDirectiveNoFileComp
		}
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// firstSentence returns the first sentence of a description without its full stop. Shells show it
// on one line.
func firstSentence(description string) string {
	short, _, _ := strings.Cut(description, ". ")
	return strings.TrimSuffix(short, ".")
}

// Complete completes the type of a message, and then its fields.
func Complete(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, m := range route.Messages() {
		if len(args) > 0 && m.Type == args[0] {
			return completeFields(m)(cmd, args[1:], toComplete)
		}
		found = append(found, cobra.CompletionWithDesc(m.Type, firstSentence(m.Description)))
	}
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// enumValues returns the values of a type that has few of them, and nil for other types.
func enumValues(typ string) []string {
	if typ == "boolean" {
		return []string{"true", "false"}
	}
	var values []string
	for option := range strings.SplitSeq(strings.TrimSuffix(typ, " or null"), " | ") {
		if !json.Valid([]byte(option)) {
			return nil
		}
		var text string
		if json.Unmarshal([]byte(option), &text) != nil {
			text = option
		}
		values = append(values, text)
	}
	return values
}
