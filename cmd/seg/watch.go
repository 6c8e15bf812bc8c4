package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	remote "seg.example/gen/client"
	"seg.example/gen/route"
)

// watcher is what seg watch can be told.
type watcher struct {
	target

	session string
	types   []string
	json    bool
}

func watchCommand() *cobra.Command {
	var w watcher
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Print broadcasts as they come",
		Long: `Prints broadcasts as they come, a line for each: time, session, number in the session, type and data. SIGINT (Ctrl-C) ends it with
exit code 0; when the connection is lost it says why and ends with 1.

Without --session, those of all sessions come. Flags can be given in the environment too, such as SEG_URL.`,
		Example: `  seg watch
  seg watch --session G1 --type api-create_user --type api-user_deleted
  seg watch --json | jq .data`,
		Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := environment(cmd.Flags()); err != nil {
				return err
			}
			for _, typ := range w.types {
				if known := broadcastTypes(); !slices.Contains(known, typ) {
					return unknown("type of broadcast", typ, known)
				}
			}
			return w.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := w.watch(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return failure{explained(err)}
			}
			return nil
		},
	}
	w.bind(cmd.Flags())
	cmd.Flags().StringVar(&w.session, "session", "", "only broadcasts of this session (default: of all)")
	cmd.Flags().StringSliceVar(&w.types, "type", nil, "only broadcasts of this type; may be given several times (default: of all)")
	cmd.Flags().BoolVar(&w.json, "json", false, "print the frames as they come, a JSON object in each line")
	complete := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var found []cobra.Completion
		for _, b := range route.Broadcasts() {
			found = append(found, cobra.CompletionWithDesc(b.Type, b.Description))
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("type", complete); err != nil {
		panic(err) // the flag has been declared a few lines above
	}
	return cmd
}

// watch prints until ctx ends. The error says why the connection was lost, or that nothing can be printed.
func (w *watcher) watch(ctx context.Context, stdout, stderr io.Writer) error {
	printed := make(chan error, 1) // the first thing that went wrong
	connected, err := w.dial(ctx, "watch", remote.Options{SessionID: w.session, OnEvent: func(e remote.Event) {
		if err := w.print(stdout, e); err != nil {
			select {
			case printed <- err:
			default:
			}
		}
	}})
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		return err
	}
	fmt.Fprintln(stderr, "seg: watching", w.url)
	select {
	case <-ctx.Done():
	case err = <-printed:
	case <-connected.Done():
		return connected.Err()
	}
	connected.Close()
	<-connected.Done()
	return err
}

// print prints an event, if it is one of those that are asked for. What is not a broadcast at all is always printed.
func (w *watcher) print(out io.Writer, e remote.Event) error {
	at := e.At()
	if _, refused := e.(*remote.Refused); !refused && len(w.types) > 0 && !slices.Contains(w.types, e.Type()) {
		return nil
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
	_, err := fmt.Fprintf(out, "%s  %s  %s  %s  %s\n", when, dash(visible(at.SessionID)), numbered(at.Seq), visible(e.Type()), visible(dataOf(at.Frame)))
	return err
}

// dataOf returns the data of a frame, or the whole frame if it has none, in one line.
func dataOf(frame json.RawMessage) string {
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

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func numbered(seq int64) string {
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
