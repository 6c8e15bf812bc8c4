package serve

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"seg.example/internal/cli/clikit"
	"seg.example/internal/handler"
	"seg.example/internal/httpd"
	"seg.example/internal/store"
)

// Config is what a server can be told, by flags or by the environment, flags first.
type Config struct {
	Addr         string
	AdminAddr    string
	DatabaseURL  string
	Password     string
	Ruleset      string
	origins      []string
	TLSCert      string
	TLSKey       string
	LogLevel     slog.Level
	game         handler.Options
	openSwitches bool // factory switches

	OnListen  func(net.Addr)    // is told once clients can connect; nil: nobody is
	Misspelt  map[string]string // variables that are no setting, by name: the one that was probably meant
	tls       *tls.Config       // what tlsCert and tlsKey hold, once it is read; nil: no TLS
	Limits    Limits
	retention store.Retention
}

// Bind declares the flags of c.
func (c *Config) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.Addr, "addr", ":8000", "address to listen at (host:port; port 0 takes a free one)")
	flags.StringVar(&c.AdminAddr, "admin-addr", "", "address, of this machine alone, to serve profiles (/debug/pprof/) and /metrics at,\n"+
		"such as 127.0.0.1:6060 (default: none)")
	flags.StringVar(&c.DatabaseURL, "database-url", "sqlite://seg.db", "where the state is kept")
	flags.StringVar(&c.Password, "password", "", "the operator's password, which most writes ask for; better given as SEG_PASSWORD,\n"+
		"since other users of the machine can read command lines (default: a random one, printed once)")
	flags.StringVar(&c.Ruleset, "ruleset", "classic", "rules of new sessions: classic, industrial, or a file (see seg ruleset --help)")
	flags.StringSliceVar(&c.origins, "origins", nil, "web origins that may connect, such as https://game.example,\n"+
		"or * for all (default: the server's own host)")
	flags.StringVar(&c.TLSCert, "tls-cert", "", "certificate file (PEM); with --tls-key the server speaks https and wss;\n"+
		"both files are read again when they have changed")
	flags.StringVar(&c.TLSKey, "tls-key", "", "private key file (PEM)")
	flags.TextVar(&c.LogLevel, "log", slog.LevelInfo, "least `level` to log: debug, info, warn or error")
	flags.TextVar(&c.game.Cells, "cell-separator", handler.CellColon, "the `sign` between column and row of a cell, : or . (for clients of\n"+
		"the older protocol document)")
	flags.BoolVar(&c.openSwitches, "open-factory-switches", true, "let factories be switched (factory-set-produce, factory-set-auto)\n"+
		"without the password, as old clients do; false: it is asked for")
	c.Limits.bind(flags)
	bindRetention(&c.retention, flags)
}

// Check refuses what cannot work, before anything is opened.
func (c *Config) Check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together: give both or neither")
	}
	if err := clikit.CheckListenAddr(c.Addr); err != nil {
		return err
	}
	if err := checkRetention(c.retention); err != nil {
		return err
	}
	if err := checkAdminAddr(c.AdminAddr); err != nil {
		return err
	}
	if err := checkDistinctAddrs(c.Addr, c.AdminAddr); err != nil {
		return err
	}
	if err := checkPassword(c.Password); err != nil {
		return err
	}
	if err := httpd.CheckOrigins(c.origins); err != nil {
		return fmt.Errorf("--origins: %w", err)
	}
	c.game.RequireSwitchPassword = !c.openSwitches
	return c.Limits.check()
}

// RandomPassword makes a password of 128 bits, in letters and digits.
func RandomPassword() string { return rand.Text() }

// maxPasswordLength is how many characters of a password a message takes; see Password in the schema.
const maxPasswordLength = 256

// checkPassword refuses a password that nobody could present, and says nothing of it.
func checkPassword(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("--password: it is not UTF-8, so no client could send it")
	case utf8.RuneCountInString(text) > maxPasswordLength:
		return fmt.Errorf("--password: it has more than %d characters, which no message may hold", maxPasswordLength)
	case strings.TrimSpace(text) != text:
		return errors.New("--password: white space stands around it, such as the line end of the file that it was read from; take that away")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("--password: it has a control character, such as a line end, which no header may hold")
	}
	return nil
}
