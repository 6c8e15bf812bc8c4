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

// Config has the settings of a server. They come from flags and from the environment; a flag
// overrides its variable.
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
	openSwitches bool // whether factories can be switched without the password

	OnListen  func(net.Addr)    // called once clients can connect; may be nil
	Misspelt  map[string]string // environment variables that are probably misspelt settings, with the name that was probably meant
	tls       *tls.Config       // loaded from TLSCert and TLSKey; nil: no TLS
	Limits    Limits
	retention store.Retention
}

// Bind declares the flags.
func (c *Config) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.Addr, "addr", ":8000", "address to listen on (host:port; port 0 chooses a free port)")
	flags.StringVar(&c.AdminAddr, "admin-addr", "", "loopback address for profiles (/debug/pprof/) and /metrics,\n"+
		"such as 127.0.0.1:6060 (default: none)")
	flags.StringVar(&c.DatabaseURL, "database-url", "sqlite://seg.db", "database file, as sqlite://PATH")
	flags.StringVar(&c.Password, "password", "", "the operator's password; most requests that change something need it. Prefer\n"+
		"SEG_PASSWORD, because other users of the machine can read command lines\n(default: a random one, printed once)")
	flags.StringVar(&c.Ruleset, "ruleset", "classic", "rules of new sessions: classic, industrial, or a file (see seg ruleset --help)")
	flags.StringSliceVar(&c.origins, "origins", nil, "web origins that may connect, such as https://game.example,\n"+
		"or * for all (default: the server's own host)")
	flags.StringVar(&c.TLSCert, "tls-cert", "", "certificate file (PEM); with --tls-key the server uses https and wss;\n"+
		"changed files are reloaded without a restart")
	flags.StringVar(&c.TLSKey, "tls-key", "", "private key file (PEM)")
	flags.TextVar(&c.LogLevel, "log", slog.LevelInfo, "lowest `level` to log: debug, info, warn or error")
	flags.TextVar(&c.game.Cells, "cell-separator", handler.CellColon, "`character` between column and row of a cell: : or . (for clients of\n"+
		"the older protocol document)")
	flags.BoolVar(&c.openSwitches, "open-factory-switches", true, "allow factory-set-produce and factory-set-auto without the\n"+
		"password, as old clients need; false: they need the password")
	c.Limits.bind(flags)
	bindRetention(&c.retention, flags)
}

// Check returns an error if a setting cannot work. It runs before anything is opened or changed.
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

// RandomPassword returns a random password of 128 bits, in letters and digits.
func RandomPassword() string { return rand.Text() }

// maxPasswordLength is the maximum length of a password in characters. See Password in the schema.
const maxPasswordLength = 256

// checkPassword returns an error if no client could send this password. The error does not contain
// the password.
func checkPassword(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("--password: not valid UTF-8, so no client can send it")
	case utf8.RuneCountInString(text) > maxPasswordLength:
		return fmt.Errorf("--password: longer than %d characters, the maximum in a message", maxPasswordLength)
	case strings.TrimSpace(text) != text:
		return errors.New("--password: begins or ends with white space, such as the line end of a file; remove it")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("--password: contains a control character, such as a line end, which no HTTP header may contain")
	}
	return nil
}
