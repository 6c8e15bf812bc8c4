package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/route"
)

// sender is what seg call can be told beside the request.
type sender struct {
	target

	json bool
}

func callCommand() *cobra.Command {
	var s sender
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
			if err := environment(cmd.Flags()); err != nil {
				return err
			}
			return s.check()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknown("message", args[0], messageTypes())
		},
	}
	s.bind(cmd.PersistentFlags())
	cmd.PersistentFlags().BoolVar(&s.json, "json", false, "print the answer as JSON, and nothing else")
	for _, m := range route.Messages() {
		if !cmd.ContainsGroup(m.Noun) {
			cmd.AddGroup(&cobra.Group{ID: m.Noun, Title: "Messages about " + m.Noun + ":"})
		}
		cmd.AddCommand(s.message(m))
	}
	return cmd
}

// message is the command that sends one type of message.
func (s *sender) message(m *route.Message) *cobra.Command {
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
			if s.password != "" {
				later = append(later, passwordField)
			}
			fields, err := readFields(m, args, later...)
			if err != nil {
				return err
			}
			answer, err := s.call(cmd.Context(), m, fields)
			if err != nil {
				return failure{explained(err)}
			}
			if err := s.print(cmd.OutOrStdout(), m, answer); err != nil {
				return failure{err}
			}
			return nil
		},
	}
}

// call sends the request over a connection of its own.
func (s *sender) call(ctx context.Context, m *route.Message, fields json.RawMessage) (json.RawMessage, error) {
	connected, err := s.dial(ctx, "call", remote.Options{})
	if err != nil {
		return nil, err
	}
	defer connected.Close()
	waiting, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := connected.Call(waiting, m.Type, fields)
	const doubt = "whether the request was carried out is not known"
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("%w; %s", errBrokenOff, doubt)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("no answer within %s; %s", s.timeout, doubt)
	}
	return answer, err
}

func (s *sender) print(out io.Writer, m *route.Message, answer json.RawMessage) error {
	if s.json {
		_, err := fmt.Fprintf(out, "%s\n", answer)
		return err
	}
	if m.Answer == "null" {
		_, err := fmt.Fprintln(out, "done")
		return err
	}
	return printAnswer(out, answer)
}

// explained is an error with the fields that it is about, a line for each.
func explained(err error) error {
	refused, ok := errors.AsType[*remote.Error](err)
	if !ok {
		return err
	}
	var places strings.Builder
	for _, d := range refused.Details {
		fmt.Fprintf(&places, "\n  %s: %s", visible(d.Path), visible(d.Message))
	}
	return fmt.Errorf("%w%s", err, places.String())
}
