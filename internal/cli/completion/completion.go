package completion

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"seg.example/internal/cli/clikit"
)

// Command returns the command "seg completion". root is the command that the scripts complete.
func Command(root *cobra.Command) *cobra.Command {
	shells := []struct {
		name, try, keep string
		write           func(io.Writer) error
	}{
		{
			"bash", "source <(seg completion bash)",
			"seg completion bash > ~/.local/share/bash-completion/completions/seg   # needs the package bash-completion",
			func(out io.Writer) error { return bashCompletion(root, out) },
		},
		{"zsh", "source <(seg completion zsh)", `seg completion zsh > "${fpath[1]}/_seg"`, root.GenZshCompletion},
		{
			"fish", "seg completion fish | source", "seg completion fish > ~/.config/fish/completions/seg.fish",
			func(out io.Writer) error { return root.GenFishCompletion(out, true) },
		},
	}
	cmd := &cobra.Command{
		Use:   "completion",
		Short: "Print a completion script for your shell",
		Long:  `Prints a script with which your shell completes commands, flags, messages, fields, and the values of fields with few values.`,
		Args:  clikit.OnlySubcommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, s := range shells {
		cmd.AddCommand(&cobra.Command{
			Use:     s.name,
			Short:   "Print the script for " + s.name,
			Example: fmt.Sprintf("  %s\n  %s", s.try, s.keep),
			Args:    cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				if err := s.write(cmd.OutOrStdout()); err != nil {
					return clikit.Failed(err)
				}
				return nil
			},
		})
	}
	return cmd
}

// afterEquals is added to the bash script. Readline treats "=" as the end of a word, so it removes
// the field name and "=" from each completion of a value.
const afterEquals = `
__seg_after_equals() {
    __start_seg "$@"
    local word="${COMP_LINE:0:COMP_POINT}"
    word="${word##*[[:space:]]}"
    if [[ $word == [!-]*=* && $COMP_WORDBREAKS == *=* ]]; then
        local head="${word%"${word##*=}"}"
        COMPREPLY=("${COMPREPLY[@]#"$head"}")
    fi
}
complete -o default -F __seg_after_equals seg
`

func bashCompletion(root *cobra.Command, out io.Writer) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	script.WriteString(afterEquals)
	_, err := out.Write(script.Bytes())
	return err
}
