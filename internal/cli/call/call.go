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

// options is what seg call can be told beside the request.
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
		Long: `Sends one request and prints its answer. TYPE is the type of the message, FIELD one of its own; "seg call TYPE --help" lists them.

A value is what its field takes: user_id=1 becomes an integer, username=1 a string. Two forms give JSON as it is:

  FIELD:=JSON   such as content:='{"a":[1]}', or username:='"@ann"'
  FIELD=@FILE   what a file holds

The password goes into every message that takes one; it is best given as SEG_PASSWORD. So can the flags be: SEG_URL, SEG_TIMEOUT and so
on. The exit code is 1 when the server refuses the request, or cannot be reached, and 2 when the request makes no sense.`,
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
	cmd.PersistentFlags().BoolVar(&s.json, "json", false, "print the answer as JSON, and nothing else")
	for _, m := range route.Messages() {
		if !cmd.ContainsGroup(m.Noun) {
			cmd.AddGroup(&cobra.Group{ID: m.Noun, Title: "Messages about " + m.Noun + ":"})
		}
		cmd.AddCommand(s.messageCommand(m))
	}
	return cmd
}

// messageCommand is the command that sends one type of message.
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

// call sends the request over a connection of its own.
func (s *options) call(ctx context.Context, m *route.Message, fields json.RawMessage) (json.RawMessage, error) {
	connected, err := s.Dial(ctx, "call", remote.Options{})
	if err != nil {
		return nil, err
	}
	defer connected.Close()
	waiting, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	answer, err := connected.Call(waiting, m.Type, fields)
	const doubt = "whether the request was carried out is not known"
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

// MessageTypes lists the requests that there are.
func MessageTypes() []string {
	var types []string
	for _, m := range route.Messages() {
		types = append(types, m.Type)
	}
	return types
}
