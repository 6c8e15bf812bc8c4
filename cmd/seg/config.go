package main

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"seg.example/internal/handler"
	"seg.example/internal/httpd"
	"seg.example/internal/store"
)

// config is what a server can be told, by flags or by the environment, flags first.
type config struct {
	addr     string
	admin    string
	database string
	password string
	ruleset  string
	origins  []string
	tlsCert  string
	tlsKey   string
	level    slog.Level
	game     handler.Options
	open     bool // factory switches

	listening func(net.Addr)    // is told once clients can connect; nil: nobody is
	misspelt  map[string]string // variables that are no setting, by name: the one that was probably meant
	secure    *tls.Config       // what tlsCert and tlsKey hold, once it is read; nil: no TLS
	limits    limits
	keep      store.Retention
}

// bind declares the flags of c.
func (c *config) bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.addr, "addr", ":8000", "address to listen at (host:port; port 0 takes a free one)")
	flags.StringVar(&c.admin, "admin-addr", "", "address, of this machine alone, to serve profiles (/debug/pprof/) and /metrics at,\n"+
		"such as 127.0.0.1:6060 (default: none)")
	flags.StringVar(&c.database, "database-url", "sqlite://seg.db", "where the state is kept")
	flags.StringVar(&c.password, "password", "", "the operator's password, which most writes ask for; better given as SEG_PASSWORD,\n"+
		"since other users of the machine can read command lines (default: a random one, printed once)")
	flags.StringVar(&c.ruleset, "ruleset", "classic", "rules of new sessions: classic, industrial, or a file (see seg ruleset --help)")
	flags.StringSliceVar(&c.origins, "origins", nil, "web origins that may connect, such as https://game.example,\n"+
		"or * for all (default: the server's own host)")
	flags.StringVar(&c.tlsCert, "tls-cert", "", "certificate file (PEM); with --tls-key the server speaks https and wss;\n"+
		"both files are read again when they have changed")
	flags.StringVar(&c.tlsKey, "tls-key", "", "private key file (PEM)")
	flags.TextVar(&c.level, "log", slog.LevelInfo, "least `level` to log: debug, info, warn or error")
	flags.TextVar(&c.game.Cells, "cell-separator", handler.CellColon, "the `sign` between column and row of a cell, : or . (for clients of\n"+
		"the older protocol document)")
	flags.BoolVar(&c.open, "open-factory-switches", true, "let factories be switched (factory-set-produce, factory-set-auto)\n"+
		"without the password, as old clients do; false: it is asked for")
	c.limits.bind(flags)
	bindRetention(&c.keep, flags)
}

// environment gives every flag that the command line does not set the value of its variable: SEG_ and the flag's name in
// capitals, such as SEG_DATABASE_URL.
func environment(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		value, set := os.LookupEnv(variable(f.Name))
		if !set || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", variable(f.Name), err))
		}
	})
	return errors.Join(problems...)
}

func variable(flag string) string {
	return "SEG_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// check refuses what cannot work, before anything is opened.
func (c *config) check() error {
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("--tls-cert and --tls-key go together: give both or neither")
	}
	if err := checkAddr(c.addr); err != nil {
		return err
	}
	if err := checkRetention(c.keep); err != nil {
		return err
	}
	if err := checkAdminAddr(c.admin); err != nil {
		return err
	}
	if err := checkApart(c.addr, c.admin); err != nil {
		return err
	}
	if err := presentable(c.password); err != nil {
		return err
	}
	if err := httpd.CheckOrigins(c.origins); err != nil {
		return fmt.Errorf("--origins: %w", err)
	}
	c.game.CloseSwitches = !c.open
	return c.limits.check()
}

// randomPassword makes a password of 128 bits, in letters and digits.
func randomPassword() string { return rand.Text() }
