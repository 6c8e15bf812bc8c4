package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"seg.example/gen/route"
	"seg.example/internal/auth"
	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/httpd"
	"seg.example/internal/hub"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
	"seg.example/internal/ws"
)

// drainTimeout bounds how long a server that was told to end waits for commands under way and for clients to take leave.
const drainTimeout = 8 * time.Second

func serveCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the server",
		Long: `Starts the server and serves until it gets SIGINT or SIGTERM. Then it finishes the commands under way, takes leave of every
client and ends; a second signal ends it at once.

Every flag can be given in the environment too, as SEG_ and its name in capitals: SEG_ADDR, SEG_DATABASE_URL, SEG_PASSWORD and so
on. Flags go first. Logs are JSON lines on standard error.`,
		Example: `  SEG_PASSWORD=your-password seg serve
  seg serve --addr 127.0.0.1:9000 --database-url sqlite:///var/lib/seg/seg.db --origins https://game.example
  seg serve --tls-cert cert.pem --tls-key key.pem --log debug`,
		Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := environment(cmd.Flags()); err != nil {
				return err
			}
			return c.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := serve(cmd.Context(), c, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return failure{err}
			}
			return nil
		},
	}
	c.bind(cmd.Flags())
	return cmd
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: c.level}))
	rulesets, err := ruleset.BuiltIn(c.ruleset)
	if err != nil {
		return err
	}
	clients := hub.New(ws.TextFrame)
	db, err := openStore(ctx, c, rulesets, clients)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.password == "" {
		c.password = randomPassword()
		fmt.Fprintf(stdout, "No password was given, so one was made for this run (SEG_PASSWORD sets it): %s\n", c.password)
	}
	password := auth.New(c.password)
	dispatcher := route.NewDispatcher(handler.New(db, rulesets), route.Options{
		Interceptors: handler.Interceptors(password),
		Fault:        faults(log),
	})
	sockets := ws.New(dispatcher, ws.Config{
		Opened: func(s *ws.Socket) { clients.Add(s) },
		Closed: func(s *ws.Socket) { clients.Remove(s) },
		Log:    log,
	})
	face, err := httpd.New(httpd.Options{
		Sockets: sockets, Clients: clients, Password: password, Origins: c.origins, Ready: db.Ping, Log: log,
	})
	if err != nil {
		return err
	}
	return listen(ctx, c, httpd.NewServer(face, log), sockets, log)
}

// openStore opens the database and makes sure that it knows the rulesets.
func openStore(ctx context.Context, c config, rulesets *ruleset.Set, clients *hub.Hub) (*store.Store, error) {
	db, err := store.Open(ctx, store.Options{
		URL:      c.database,
		Encode:   handler.EncodeEvent,
		OnCommit: func(committed store.Commit) { clients.Publish(publication(committed)) },
		Now:      time.Now,
		Dice:     dice{},
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rulesets.All() {
		if err := db.AddRuleset(ctx, r.Rules.ID, r.Document); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// publication gives what was committed the form in which clients see it.
func publication(c store.Commit) hub.Commit {
	events := make([][]byte, len(c.Events))
	for i, e := range c.Events {
		events[i] = route.BroadcastFrame(e.Type, e.Data, route.Stamp{Seq: c.FirstSeq + int64(i), SessionID: c.Session, Time: c.Time})
	}
	return hub.Commit{Session: c.Session, Origin: c.Origin, Answer: c.Answer, Events: events}
}

// faults logs what is not for clients' eyes, under an id that the client is told, so that a report of it can be found.
func faults(log *slog.Logger) func(context.Context, *route.Call, error) string {
	return func(ctx context.Context, call *route.Call, err error) string {
		id := game.DrawID(dice{}, 8)
		attributes := []any{"id", id, "type", call.Message.Type, "client", call.Caller.ClientID, "error", err}
		if p, ok := errors.AsType[*route.PanicError](err); ok {
			attributes = append(attributes, "stack", string(p.Stack))
		}
		log.ErrorContext(ctx, "a request failed", attributes...)
		return "Internal error " + id
	}
}

// listen serves until ctx ends, then drains.
func listen(ctx context.Context, c config, server *http.Server, sockets *ws.Server, log *slog.Logger) error {
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		return err
	}
	scheme := "ws"
	if c.tlsCert != "" {
		scheme = "wss"
		pair, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
		if err != nil {
			return errors.Join(fmt.Errorf("load certificate: %w", err), listener.Close())
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	}
	log.Info("listening", "addr", listener.Addr().String(), "scheme", scheme, "database", c.database, "ruleset", c.ruleset)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return errors.Join(err, drain(server, sockets))
	case <-ctx.Done():
	}
	log.Info("draining", "timeout", drainTimeout.String())
	err = drain(server, sockets)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	log.Info("ended")
	return err
}

// drain finishes what is under way: first no new connection is taken, then every socket gets its answers and its close frame. The
// HTTP server does not know of the sockets, so both are told.
func drain(server *http.Server, sockets *ws.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	return errors.Join(sockets.Shutdown(ctx), server.Shutdown(ctx))
}
