package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"seg.example/gen/route"
	"seg.example/internal/auth"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/game"
	"seg.example/internal/gctune"
	"seg.example/internal/handler"
	"seg.example/internal/httpd"
	"seg.example/internal/metrics"
	"seg.example/internal/random"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
	"seg.example/internal/ws"
)

// drainTimeout bounds how long a server that was told to end waits for commands under way and for clients to take leave.
const drainTimeout = 8 * time.Second

// Command returns the command "seg serve".
func Command() *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the server",
		Long: `Starts the server and serves until it gets SIGINT or SIGTERM, or its terminal is closed (SIGHUP; nohup keeps it running). Then it
finishes the commands under way, takes leave of every client and ends; a second SIGINT or SIGTERM ends it at once.

Every flag can be given in the environment too, as SEG_ and its name in capitals: SEG_ADDR, SEG_DATABASE_URL, SEG_PASSWORD and so
on. Flags go first. Logs are JSON lines on standard error.`,
		Example: `  SEG_PASSWORD=your-password seg serve
  seg serve --addr 127.0.0.1:9000 --database-url sqlite:///var/lib/seg/seg.db --origins https://game.example
  seg serve --tls-cert cert.pem --tls-key key.pem --log debug`,
		Args: clikit.NoArguments,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := clikit.ApplyEnvironment(cmd.Flags()); err != nil {
				return err
			}
			c.Misspelt = clikit.MisspeltVariables(cmd.Root(), os.Environ())
			return c.Check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Whatever reads the log may end first: Ctrl-C ends the tee behind a pipe too. The next line would end the process at once.
			signal.Ignore(syscall.SIGPIPE)
			if err := Run(cmd.Context(), c, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return clikit.Failed(err)
			}
			return nil
		},
	}
	c.Bind(cmd.Flags())
	return cmd
}

// Run runs a server until ctx ends.
func Run(ctx context.Context, c Config, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	defer gctune.Start()()
	warnMisspelt(c.Misspelt, log)
	rulesets, err := ruleset.Open(c.Ruleset)
	if err != nil {
		return err
	}
	if c.tls, err = c.loadTLS(log); err != nil {
		return err
	}
	c.game.Now = time.Now
	figures, refusals := metrics.New(monotonicClock()), new(httpd.Refusals)
	events, timers := new(eventLog), handler.NewTimers(time.Now, log)
	clients := newHub(events, log)
	db, err := openStore(ctx, c, rulesets, figures, log, func(committed store.Commit) {
		clients.Publish(hubCommit(committed))
		timers.NotifyDeadline(committed.Deadline)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	events.db = db
	defer clients.Close() // before the database, which it reads
	figures.RegisterHub(clients.Stats)
	guard := c.newGuard(stdout, log)
	dispatcher := route.NewDispatcher(handler.New(db, rulesets, c.game), route.Options{
		Interceptors: append([]route.Interceptor{figures.Intercept, ws.RateLimit}, handler.Interceptors(passwordCheck(guard), db, c.game)...),
		Fault:        logFaults(log),
		Refused:      figures.CountRefusedFrame,
	})
	c.Limits.fitFileLimit(log)
	connections := c.Limits.sockets()
	connections.Closed = func(s *ws.Socket) { clients.Remove(s) }
	connections.Closing = httpd.ClosingText
	connections.Log = log
	sockets := ws.New(dispatcher, connections)
	figures.RegisterSockets(sockets.Stats)
	figures.RegisterRefusals(refusals.Counts)
	face, err := httpd.New(httpd.Options{
		Sockets: sockets, Clients: clients, Passwords: guard, Origins: c.origins, TrustedProxies: c.Limits.trustedNets,
		Ready: db.Ping, Metrics: figures.Handler(log), Refusals: refusals, Log: log,
	})
	if err != nil {
		return err
	}
	stopAdmin, err := startAdmin(ctx, c.AdminAddr, figures.Handler(log), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopAdmin()) }()
	defer startTimers(ctx, timers, db)()
	return listenAndServe(ctx, c, httpd.NewServer(face, c.Limits.requests(refusals), log), sockets, log)
}

// passwordCheck lets guard judge passwords by where they come from.
func passwordCheck(guard *auth.Guard) handler.PasswordChecker {
	return func(ctx context.Context, attempt string) auth.Verdict {
		source := netip.Prefix(ws.ClientNetFrom(ctx))
		if route.FromContext(ctx).Caller.Trusted {
			return guard.Recheck(source, attempt)
		}
		return guard.Check(source, attempt)
	}
}

// openStore opens the database and makes sure that it knows the rulesets.
func openStore(
	ctx context.Context, c Config, rulesets *ruleset.Set, figures *metrics.Metrics, log *slog.Logger, onCommit func(store.Commit),
) (*store.Store, error) {
	db, err := store.Open(ctx, store.Options{
		URL:      c.DatabaseURL,
		Encode:   c.game.Cells.Event,
		Ruleset:  ruleset.ParseStored,
		OnCommit: onCommit,
		Observe:  figures.ObserveCommit,
		Trouble:  func(err error) { log.Warn("the database is not looked after", "error", err) },
		Keep:     c.retention,
		Now:      time.Now,
		Rand:     random.Secure{},
	})
	if err != nil {
		return nil, err
	}
	if why := db.EpochResetReason(); why != "" {
		log.Warn("the database is not the one that was here before, so every session begins a new life and clients read the state anew",
			"because", why, "next time", "seg restore")
	}
	for _, r := range rulesets.All() {
		if err := db.AddRuleset(ctx, r.Rules.ID, r.Document); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// logFaults logs what is not for clients' eyes, under an id that the client is told, so that a report of it can be found.
func logFaults(log *slog.Logger) func(context.Context, *route.Call, error) string {
	return func(ctx context.Context, call *route.Call, err error) string {
		id := game.RandomID(random.Secure{}, 8)
		attributes := []any{"id", id, "type", call.Message.Type, "client", call.Caller.ClientID, "error", err}
		if p, ok := errors.AsType[*route.PanicError](err); ok {
			attributes = append(attributes, "stack", string(p.Stack))
		}
		log.ErrorContext(ctx, "a request failed", attributes...)
		return "Internal error " + id
	}
}

// newGuard returns what judges passwords, and logs who has presented too many wrong ones. Without a password it makes one and prints it.
func (c *Config) newGuard(stdout io.Writer, log *slog.Logger) *auth.Guard {
	if c.Password == "" {
		c.Password = RandomPassword()
		fmt.Fprintf(stdout, "No password was given, so one was made for this run (SEG_PASSWORD sets it): %s\n", c.Password)
	}
	guard := auth.NewGuard(auth.New(c.Password), c.Limits.wrongPasswords, time.Now)
	guard.OnDelay = func(source netip.Prefix, wrong int, wait time.Duration) {
		log.Warn("too many wrong passwords", "from", ws.ClientNet(source).String(), "times", wrong, "wait", wait.String())
	}
	return guard
}

// listenAndServe serves until ctx ends, then drains.
func listenAndServe(ctx context.Context, c Config, server *http.Server, sockets *ws.Server, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return err
	}
	scheme := "ws"
	if c.tls != nil {
		scheme = "wss"
		listener = tls.NewListener(listener, c.tls)
	}
	log.Info("listening", "addr", listener.Addr().String(), "scheme", scheme, "database", c.DatabaseURL, "ruleset", c.Ruleset)
	if c.OnListen != nil {
		c.OnListen(listener.Addr())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return errors.Join(err, drain(ctx, server, sockets))
	case <-ctx.Done():
	}
	log.Info("draining", "timeout", drainTimeout.String())
	err = drain(ctx, server, sockets)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	log.Info("ended")
	return err
}

// drain finishes what is under way: first no new connection is taken, then every socket gets its answers and its close frame. The
// HTTP server does not know of the sockets, so both are told; a request that it is still reading or answering then is cut off, since
// none of them changes anything. That ctx has ended is why drain is called.
func drain(ctx context.Context, server *http.Server, sockets *ws.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := sockets.Shutdown(ctx)
	if server.Shutdown(ctx) != nil {
		err = errors.Join(err, server.Close())
	}
	return err
}

// warnMisspelt logs what misspelt has found.
func warnMisspelt(misspelt map[string]string, log *slog.Logger) {
	for _, name := range slices.Sorted(maps.Keys(misspelt)) {
		log.Warn("a variable is no setting and has no effect", "variable", name, "did you mean", misspelt[name])
	}
}
