package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/route"
	"seg.example/internal/cli/clikit"
)

// options has the flags of seg call.
type options struct {
	clikit.Target

	json bool
}

// Command returns the command "seg call".
func Command() *cobra.Command {
	var s options
	cmd := &cobra.Command{
		Use:   "call TYPE [FIELD=VALUE…]",
		Short: "Send one request and print its answer",
		Long: `Sends one request and prints its answer. TYPE is the type of the message. "seg call TYPE --help" lists its fields.

A value gets the type of its field: user_id=1 becomes an integer, username=1 a string. Two other forms take JSON:

  FIELD:=JSON   such as content:='{"a":[1]}', or username:='"@ann"'
  FIELD=@FILE   the content of a file

The password is added to every message that takes one; set it with SEG_PASSWORD. Each flag is also an environment variable, such as
SEG_URL or SEG_TIMEOUT. The exit code is 1 if the server refuses the request or cannot be reached, and 2 if the command line is wrong.`,
		Example: `  seg call get-sessions
  SEG_PASSWORD=your-password seg call create-user user_id=1 username=Ann session_id=G1
  seg call get-users session_id=G1 --json`,
		Args: cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
				return err
			}
			return s.Check()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return clikit.UnknownName("message", args[0], MessageTypes())
		},
	}
	s.Bind(cmd.PersistentFlags())
	cmd.PersistentFlags().BoolVar(&s.json, "json", false, "print only the answer, as JSON")
	for _, m := range route.Messages() {
		if !cmd.ContainsGroup(m.Noun) {
			cmd.AddGroup(&cobra.Group{ID: m.Noun, Title: "Messages about " + m.Noun + ":"})
		}
		cmd.AddCommand(s.messageCommand(m))
	}
	return cmd
}

// messageCommand returns the subcommand that sends messages of type m.
func (s *options) messageCommand(m *route.Message) *cobra.Command {
	return &cobra.Command{
		Use:               m.Type + " [FIELD=VALUE…]",
		Short:             firstSentence(m.Description),
		Long:              messageHelp(m),
		Example:           messageExample(m),
		GroupID:           m.Noun,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFields(m),
		RunE: func(cmd *cobra.Command, args []string) error {
			var later []string
			if s.Password != "" {
				later = append(later, PasswordField)
			}
			fields, err := ParseFields(m, args, later...)
			if err != nil {
				return err
			}
			answer, err := s.call(cmd.Context(), m, fields)
			if err != nil {
				return clikit.Failed(clikit.WithDetails(err))
			}
			if err := s.print(cmd.OutOrStdout(), m, answer); err != nil {
				return clikit.Failed(err)
			}
			return nil
		},
	}
}

// call connects, sends the request and returns the answer.
func (s *options) call(ctx context.Context, m *route.Message, fields json.RawMessage) (json.RawMessage, error) {
	connected, err := s.Dial(ctx, "call", remote.Options{})
	if err != nil {
		return nil, err
	}
	defer connected.Close()
	waiting, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	answer, err := connected.Call(waiting, m.Type, fields)
	const doubt = "the server may or may not have carried out the request"
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("%w; %s", clikit.ErrInterrupted, doubt)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("no answer within %s; %s", s.Timeout, doubt)
	}
	return answer, err
}

func (s *options) print(out io.Writer, m *route.Message, answer json.RawMessage) error {
	if s.json {
		_, err := fmt.Fprintf(out, "%s\n", answer)
		return err
	}
	if m.Answer == "null" {
		_, err := fmt.Fprintln(out, "done")
		return err
	}
	return printJSON(out, answer)
}

// MessageTypes returns the types of all requests.
func MessageTypes() []string {
	var types []string
	for _, m := range route.Messages() {
		types = append(types, m.Type)
	}
	return types
}
