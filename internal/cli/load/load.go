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

// Bounds of a load, so that a slip of the finger does not become an outage.
const (
	maxClients  = 50_000
	maxDuration = time.Hour
	maxRate     = 1_000_000
)

// config is what every kind of load can be told.
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

// bind declares the flags of c, but for how many clients there are, which some loads call otherwise.
func (c *config) bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.url, "url", "ws://localhost:8000/ws/connect", "where the server listens")
	flags.StringVar(&c.password, "password", "", "the operator's password; better given as SEG_PASSWORD")
	flags.DurationVar(&c.duration, "duration", 10*time.Second, fmt.Sprintf("how long, once all are connected; at most %s", maxDuration))
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long to wait for a connection or an answer")
	flags.BoolVar(&c.asJSON, "json", false, "print the result as JSON")
}

// bindClients declares the flag that says how many clients there are.
func (c *config) bindClients(flags *pflag.FlagSet) {
	flags.IntVar(&c.clients, "clients", 64, fmt.Sprintf("connections, at most %d", maxClients))
}

// bindRate declares the flag of a load that can be paced.
func (c *config) bindRate(flags *pflag.FlagSet, rate float64, what string) {
	flags.Float64Var(&c.rate, "rate", rate, what+" a second, all clients together; 0: as fast as answers come")
}

// check refuses what makes no sense or would not end. flag is the one that says how many clients there are, others how many connections
// there are besides theirs.
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
	case !(c.rate >= 0 && c.rate <= maxRate): // not a number fails this too
		return fmt.Errorf("--rate must be from 0 to %d", maxRate)
	}
	const spare = 64 // what the process has open besides
	if limit, known := fdlimit.Get(); known && uint64(c.clients+others+spare) > limit {
		return fmt.Errorf("%s %d: this process may open %d files only, and each connection is one; raise the limit with ulimit -n", flag, c.clients, limit)
	}
	return nil
}

// Command returns the command "seg load".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "load",
		Short: "Put load on a server and measure it",
		Long: `Puts load on a server and prints what it came to: how much, how fast, and percentiles of how long it took. Once a second a line
about the last second goes to standard error.

With --rate, what is due is measured from the moment it was due, so that a server which stalls is not spared the requests that it
kept from being sent. Without it, every client sends its next request when it has the answer to the last.

With --bots, bots play whole games against each other, as fast as they can, game after game, and what the server says of itself is
measured too: the processors that it keeps busy, and its memory in the first and in the second half.

A server has limits of its own for connections and messages of one address; what it refuses counts as an error. The exit code is 1
when there was any error.`,
		Example: "  SEG_PASSWORD=your-password seg load --bots 800 --duration 1m\n  seg load ping --clients 64",
	}
	addBotFlags(cmd)
	cmd.AddCommand(pingCommand(), callCommand(), fanoutCommand(), idleCommand())
	return cmd
}

// subcommand makes a command that runs a kind of load. args is nil for one without arguments.
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

// printReport prints a result. The error says that the load was not as it should be.
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
		Long: `Sends a request again and again. Its fields are given as "seg call TYPE --help" says; in them, {n} stands for a number that no
other request of this run has. It counts up from --first.`,
		Example: `  seg load call get-sessions
  seg load call get-user id=1
  seg load call create-user user_id={n} username=Ann-{n} session_id=G1 --first 1000 --rate 200`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: call.Complete,
	}
	c.bindRate(cmd.Flags(), 0, "requests")
	cmd.Flags().Int64Var(&first, "first", 1, "the first {n}")
	cmd.Flags().StringVar(&c.session, "session", "", "the only session whose broadcasts the clients get (default: all)")
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
		Short: "Measure how fast broadcasts reach many listeners",
		Long: `Makes a session with one user, lets --clients connections listen to it, and renames the user again and again, which each of them is
told. What is measured is the time from sending a rename to each arrival. The session is deleted at the end. It needs the password.`,
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
		Short: "Open connections and hold them",
		Long: `Opens --clients connections, at --rate a second, and holds them for --duration. At the end each must still answer a ping. What is
measured is the handshakes, and these pings.`,
		Example: "  seg load idle --clients 10000 --duration 1m",
	}
	c.bindRate(cmd.Flags(), 0, "handshakes")
	return subcommand(cmd, &c, func(ctx context.Context, r *testRun, _ []string) error { return r.runIdle(ctx) })
}
