package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"seg.example/internal/cli/call"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/fdlimit"
)

// Limits of a load, so that a typing mistake does not overload a server.
const (
	maxClients  = 50_000
	maxDuration = time.Hour
	maxRate     = 1_000_000
)

// config has the flags that all kinds of load share.
type config struct {
	url      string
	password string
	session  string
	clients  int
	duration time.Duration
	timeout  time.Duration
	rate     float64
	asJSON   bool
}

// bind declares the flags, except for the number of clients, which has different names.
func (c *config) bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.url, "url", "ws://localhost:8000/ws/connect", "address of the server")
	flags.StringVar(&c.password, "password", "", "the operator's password; prefer SEG_PASSWORD")
	flags.DurationVar(&c.duration, "duration", 10*time.Second, fmt.Sprintf("duration, after all clients are connected; at most %s", maxDuration))
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "time limit for connecting, and for an answer")
	flags.BoolVar(&c.asJSON, "json", false, "print the result as JSON")
}

// bindClients declares --clients.
func (c *config) bindClients(flags *pflag.FlagSet) {
	flags.IntVar(&c.clients, "clients", 64, fmt.Sprintf("number of connections, at most %d", maxClients))
}

// bindRate declares --rate. what is the unit, in the plural.
func (c *config) bindRate(flags *pflag.FlagSet, rate float64, what string) {
	flags.Float64Var(&c.rate, "rate", rate, what+" per second, for all clients together; 0: as fast as the server answers")
}

// check returns an error if a flag has a value that cannot work. flag is the name of the flag with
// the number of clients. others is the number of additional connections.
func (c *config) check(flag string, others int) error {
	if err := clikit.CheckURL(c.url); err != nil {
		return err
	}
	switch {
	case c.clients < 1 || c.clients > maxClients:
		return fmt.Errorf("%s must be from 1 to %d", flag, maxClients)
	case c.duration <= 0 || c.duration > maxDuration:
		return fmt.Errorf("--duration must be more than 0 and at most %s", maxDuration)
	case c.timeout <= 0:
		return errors.New("--timeout must be more than 0")
	case !(c.rate >= 0 && c.rate <= maxRate): // this form also refuses NaN
		return fmt.Errorf("--rate must be from 0 to %d", maxRate)
	}
	const spare = 64 // files that the process has open besides connections
	if limit, known := fdlimit.Get(); known && uint64(c.clients+others+spare) > limit {
		return fmt.Errorf("%s %d: this process may open only %d files, and each connection needs one; raise the limit with ulimit -n", flag, c.clients, limit)
	}
	return nil
}

// Command returns the command "seg load".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Put load on a server and measure it",
		Long: `Puts load on a server and prints the number of requests, their rate, and percentiles of their duration. It prints progress to standard
error once a second.

With --rate, the duration of a request counts from the time when it was due, so that a stalled server also pays for the requests that
could not be sent. Without --rate, every client sends its next request after the answer to the last one.

With --bots, bots play whole games against each other, as fast as they can. The result also has the CPU use of the server, and its
memory in the first and second half of the run.

The server limits the connections and requests of one address; a refused request counts as an error. The exit code is 1 if there was
an error.`,
		Example: "  SEG_PASSWORD=your-password seg load --bots 800 --duration 1m\n  seg load ping --clients 64",
	}
	addBotFlags(cmd)
	cmd.AddCommand(pingCommand(), callCommand(), fanoutCommand(), idleCommand())
	return cmd
}

// subcommand completes cmd, a command that runs one kind of load. Without cmd.Args the command
// takes no arguments.
func subcommand(cmd *cobra.Command, c *config, run func(context.Context, *testRun, []string) error) *cobra.Command {
	c.bind(cmd.Flags())
	c.bindClients(cmd.Flags())
	if cmd.Args == nil {
		cmd.Args = clikit.NoArguments
	}
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
			return err
		}
		return c.check("--clients", 0)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, stop := clikit.UntilPipeCloses(cmd)
		defer stop()
		r := newTestRun(*c, cmd.Name(), cmd.ErrOrStderr())
		if err := run(ctx, r, args); err != nil {
			return err
		}
		return printReport(r.report(), c.asJSON, cmd.OutOrStdout())
	}
	return cmd
}

// printReport prints the result. The error says that there were errors during the run.
func printReport(report Report, asJSON bool, out io.Writer) error {
	if err := report.print(out, asJSON); err != nil {
		return clikit.Failed(err)
	}
	if n := report.ErrorCount(); n > 0 {
		return clikit.Failed(fmt.Errorf("errors: %d", n))
	}
	return nil
}

func pingCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:     "ping",
		Short:   "Measure round trips of the smallest request",
		Example: "  seg load ping --clients 64 --duration 10s\n  seg load ping --clients 1000 --rate 5000",
	}
	c.bindRate(cmd.Flags(), 0, "pings")
	return subcommand(cmd, &c, func(ctx context.Context, r *testRun, _ []string) error {
		return r.runRoundTrips(ctx, pingExchange{})
	})
}

func callCommand() *cobra.Command {
	var c config
	var first int64
	cmd := &cobra.Command{
		Use:   "call TYPE [FIELD=VALUE…]",
		Short: "Measure round trips of any request",
		Long: `Sends a request repeatedly. "seg call TYPE --help" lists its fields. {n} in a value is replaced by a number that is different for each
request of this run. It counts up from --first.`,
		Example: `  seg load call get-sessions
  seg load call get-user id=1
  seg load call create-user user_id={n} username=Ann-{n} session_id=G1 --first 1000 --rate 200`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: call.Complete,
	}
	c.bindRate(cmd.Flags(), 0, "requests")
	cmd.Flags().Int64Var(&first, "first", 1, "the first {n}")
	cmd.Flags().StringVar(&c.session, "session", "", "session whose broadcasts the clients get (default: all sessions)")
	return subcommand(cmd, &c, func(ctx context.Context, r *testRun, args []string) error {
		exchange, err := newCallExchange(args[0], args[1:], c.password, first)
		if err != nil {
			return err
		}
		return r.runRoundTrips(ctx, exchange)
	})
}

func fanoutCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "fanout",
		Short: "Measure how fast broadcasts reach many clients",
		Long: `Creates a session with one user, subscribes --clients connections to it, and renames the user repeatedly. Each rename is a broadcast to
all connections. The result is the time from sending a rename to each arrival. The session is deleted at the end. The command needs
the password.`,
		Example: "  SEG_PASSWORD=your-password seg load fanout --clients 1000 --rate 20",
	}
	c.bindRate(cmd.Flags(), 20, "renames")
	return subcommand(cmd, &c, func(ctx context.Context, r *testRun, _ []string) error {
		if c.password == "" {
			return errors.New("the operator's password is needed: SEG_PASSWORD or --password")
		}
		return r.runFanOut(ctx)
	})
}

func idleCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "idle",
		Short: "Open connections and keep them open",
		Long: `Opens --clients connections, --rate per second, and keeps them open for --duration. At the end it sends a ping on each. The result is
the duration of the handshakes and of these pings.`,
		Example: "  seg load idle --clients 10000 --duration 1m",
	}
	c.bindRate(cmd.Flags(), 0, "handshakes")
	return subcommand(cmd, &c, func(ctx context.Context, r *testRun, _ []string) error { return r.runIdle(ctx) })
}
