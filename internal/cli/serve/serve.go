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

// drainTimeout bounds the drain: the time for commands under way and for closing all connections.
const drainTimeout = 8 * time.Second

// Command returns the command "seg serve".
func Command() *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the server",
		Long: `Starts the server. It runs until it gets SIGINT or SIGTERM, or its terminal is closed (SIGHUP; use nohup to keep it running). Then it
finishes the commands under way, closes all connections and exits. A second SIGINT or SIGTERM ends it at once.

Every flag is also an environment variable: SEG_ and its name in capitals, such as SEG_ADDR, SEG_DATABASE_URL or SEG_PASSWORD. A flag
overrides its variable. Logs are JSON lines on standard error.`,
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
			// The reader of the log may end first: Ctrl-C also ends the tee behind a pipe. Without
			// this, SIGPIPE would end the server at the next log line.
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

// Run runs a server until ctx ends, and then drains it. It prints a generated password to stdout
// and logs to stderr.
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
	defer clients.Close() // before the database, which the hub reads
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

// passwordCheck returns a function that checks a password and counts wrong ones per network of the
// client.
func passwordCheck(guard *auth.Guard) handler.PasswordChecker {
	return func(ctx context.Context, attempt string) auth.Verdict {
		source := netip.Prefix(ws.ClientNetFrom(ctx))
		if route.FromContext(ctx).Caller.Trusted {
			return guard.Recheck(source, attempt)
		}
		return guard.Check(source, attempt)
	}
}

// openStore opens the database and adds the rulesets to it.
func openStore(
	ctx context.Context, c Config, rulesets *ruleset.Set, figures *metrics.Metrics, log *slog.Logger, onCommit func(store.Commit),
) (*store.Store, error) {
	db, err := store.Open(ctx, store.Options{
		URL:      c.DatabaseURL,
		Encode:   c.game.Cells.Event,
		Ruleset:  ruleset.ParseStored,
		OnCommit: onCommit,
		Observe:  figures.ObserveCommit,
		Trouble:  func(err error) { log.Warn("background maintenance of the database failed", "error", err) },
		Keep:     c.retention,
		Now:      time.Now,
		Rand:     random.Secure{},
	})
	if err != nil {
		return nil, err
	}
	if why := db.EpochResetReason(); why != "" {
		log.Warn("database file replaced since the last run: all sessions get new epochs, and clients resync",
			"reason", why, "hint", "replace a database with seg restore")
	}
	for _, r := range rulesets.All() {
		if err := db.AddRuleset(ctx, r.Rules.ID, r.Document); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// logFaults returns a function that logs an internal error under a random id. The client gets only
// the id, which leads to the log entry.
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

// newGuard returns the guard that checks passwords. It logs clients that send too many wrong ones.
// If no password was given, newGuard generates one and prints it.
func (c *Config) newGuard(stdout io.Writer, log *slog.Logger) *auth.Guard {
	if c.Password == "" {
		c.Password = RandomPassword()
		fmt.Fprintf(stdout, "No password was set. Generated one for this run (set SEG_PASSWORD to choose it): %s\n", c.Password)
	}
	guard := auth.NewGuard(auth.New(c.Password), c.Limits.wrongPasswords, time.Now)
	guard.OnDelay = func(source netip.Prefix, wrong int, wait time.Duration) {
		log.Warn("too many wrong passwords", "from", ws.ClientNet(source).String(), "times", wrong, "wait", wait.String())
	}
	return guard
}

// listenAndServe serves until ctx ends, and then drains.
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

// drain ends the server. It accepts no new connections, and every WebSocket connection gets its
// pending answers and a close frame. The HTTP server does not track hijacked connections, so both
// servers must be shut down. Requests that are still running after the timeout are cut off; none of
// them changes anything. ctx has already ended, so drain does not use its cancellation.
func drain(ctx context.Context, server *http.Server, sockets *ws.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := sockets.Shutdown(ctx)
	if server.Shutdown(ctx) != nil {
		err = errors.Join(err, server.Close())
	}
	return err
}

// warnMisspelt logs a warning for each misspelt variable.
func warnMisspelt(misspelt map[string]string, log *slog.Logger) {
	for _, name := range slices.Sorted(maps.Keys(misspelt)) {
		log.Warn("unknown setting in the environment; it has no effect", "variable", name, "did you mean", misspelt[name])
	}
}
