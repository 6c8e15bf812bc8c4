package watch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/route"
	"seg.example/internal/cli/clikit"
)

// watcher has the flags and the state of seg watch.
type watcher struct {
	clikit.Target

	session      string
	types        []string
	json         bool
	since        remote.Position
	reconnect    time.Duration
	reconnecting bool          // there was a connection and it was lost
	lostAt       time.Time     // when the last stable connection was lost; zero if there was none
	retryDelay   time.Duration // maximum delay before the next attempt
}

// Command returns the command "seg watch".
func Command() *cobra.Command {
	var w watcher
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Print broadcasts as they arrive",
		Long: `Prints broadcasts as they arrive, one line each: time, session, seq (number in the session), type and data. SIGINT (Ctrl-C) ends it
with exit code 0.

Without --session it prints the broadcasts of all sessions. If the connection is lost, it prints the reason and exits with code 1.
With --session it reconnects, for the time of --reconnect, and continues after the last broadcast that it has printed, so that none is
missed. It also prints, whatever --type says, "welcome" at the beginning, with the session's epoch, and "resync" if broadcasts
were lost. --epoch and --after continue after a broadcast of an earlier run.

Each flag is also an environment variable, such as SEG_URL.`,
		Example: `  seg watch
  seg watch --session G1 --type api-create_user --type api-user_deleted
  seg watch --session G1 --epoch Kk3uVbGm0cGkX5Wd --after 41
  seg watch --json | jq .data`,
		Args: clikit.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
				return err
			}
			for _, typ := range w.types {
				if known := broadcastTypes(); !slices.Contains(known, typ) {
					return clikit.UnknownName("type of broadcast", typ, known)
				}
			}
			return errors.Join(w.Check(), w.checkSince())
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := w.watch(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return clikit.Failed(clikit.WithDetails(err))
			}
			return nil
		},
	}
	w.Bind(cmd.Flags())
	cmd.Flags().StringVar(&w.session, "session", "", "print only broadcasts of this session (default: all sessions)")
	cmd.Flags().StringSliceVar(&w.types, "type", nil, "print only broadcasts of this type; may be repeated (default: all types)")
	cmd.Flags().StringVar(&w.since.Epoch, "epoch", "", "with --session: the epoch that the session had in the earlier run")
	cmd.Flags().Int64Var(&w.since.Seq, "after", 0, "with --epoch: the seq of the last broadcast that was seen; 0: none")
	cmd.Flags().DurationVar(&w.reconnect, "reconnect", time.Minute, "with --session: how long to try to reconnect after a lost connection;\n0: do not reconnect")
	cmd.Flags().BoolVar(&w.json, "json", false, "print the frames as JSON, one object per line")
	complete := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var found []cobra.Completion
		for _, b := range route.Broadcasts() {
			found = append(found, cobra.CompletionWithDesc(b.Type, b.Description))
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("type", complete); err != nil {
		panic(err) // the flag was declared above
	}
	return cmd
}

// printEvent prints an event if its type was asked for. It always prints frames that are not
// broadcasts.
func (w *watcher) printEvent(out io.Writer, e remote.Event) error {
	at, text := e.At(), frameData(e.At().Frame)
	switch e := e.(type) {
	case *remote.Refused:
	case *remote.Welcome:
		text = describeWelcome(e)
	case *remote.Resync:
		text = fmt.Sprintf("epoch %s, #%d: broadcasts were lost (%s)", e.Position.Epoch, e.Position.Seq, e.Reason)
	default:
		if len(w.types) > 0 && !slices.Contains(w.types, e.Type()) {
			return nil
		}
	}
	if w.json {
		var line bytes.Buffer
		if err := json.Compact(&line, at.Frame); err != nil {
			return err
		}
		line.WriteByte('\n')
		_, err := out.Write(line.Bytes())
		return err
	}
	when := "-"
	if !at.Time.IsZero() {
		when = at.Time.Format(time.TimeOnly + ".000")
	}
	_, err := fmt.Fprintf(out, "%s  %s  %s  %s  %s\n", when, orDash(clikit.Visible(at.SessionID)), formatSeq(at.Seq), clikit.Visible(e.Type()), clikit.Visible(text))
	return err
}

// describeWelcome says what the server sends after the welcome.
func describeWelcome(e *remote.Welcome) string {
	p := e.Position
	switch {
	case !e.Resumed:
		return fmt.Sprintf("epoch %s, #%d: only newer broadcasts follow (%s)", p.Epoch, p.Seq, e.Reason)
	case e.To == 0:
		return fmt.Sprintf("epoch %s, #%d: nothing was missed", p.Epoch, p.Seq)
	}
	return fmt.Sprintf("epoch %s, #%d: #%d to #%d were missed and follow", p.Epoch, p.Seq, e.From, e.To)
}

// frameData returns the data of a frame, or the whole frame if it has none, on one line.
func frameData(frame json.RawMessage) string {
	var envelope struct{ Data json.RawMessage }
	text := frame
	if json.Unmarshal(frame, &envelope) == nil && envelope.Data != nil {
		text = envelope.Data
	}
	var line bytes.Buffer
	if json.Compact(&line, text) != nil {
		return string(text)
	}
	return line.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func formatSeq(seq int64) string {
	if seq == 0 {
		return "-"
	}
	return "#" + strconv.FormatInt(seq, 10)
}

func broadcastTypes() []string {
	var types []string
	for _, b := range route.Broadcasts() {
		types = append(types, b.Type)
	}
	return types
}
