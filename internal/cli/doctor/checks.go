package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"seg.example/internal/cli/serve"
	"seg.example/internal/fdlimit"
	"seg.example/internal/ruleset"
	"seg.example/internal/store"
)

// checkVariables warns about environment variables that are probably misspelt settings. misspelt
// maps each to the name that was probably meant.
func checkVariables(misspelt map[string]string) Finding {
	f := Finding{Check: "variables", Status: StatusOK, Text: "no misspelt settings"}
	if len(misspelt) > 0 {
		names := slices.Sorted(maps.Keys(misspelt))
		var meant []string
		for _, name := range names {
			meant = append(meant, misspelt[name])
		}
		f.Status, f.Text = StatusWarn, strings.Join(names, ", ")+": unknown setting, without effect"
		f.Advice = "set " + strings.Join(meant, ", ") + " instead, if you meant that"
	}
	return f
}

// checkDatabase checks the database file, and says what the next start would do to it.
func checkDatabase(ctx context.Context, url string) Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	state, err := store.Inspect(ctx, url)
	f := Finding{Check: "database", Status: StatusOK}
	switch {
	case err != nil:
		f.Status, f.Text = StatusFail, strings.TrimPrefix(state.File+": "+err.Error(), ": ")
		f.Advice = "set --database-url sqlite://PATH to a seg database in a folder that this user may write to"
	case len(state.Unknown) > 0:
		f.Status = StatusFail
		f.Text = fmt.Sprintf("%s was migrated by a newer version of the program (migrations %s)", state.File, strings.Join(state.Unknown, ", "))
		f.Advice = "use the newer version, or restore an older backup"
	case !state.Exists:
		f.Text = state.File + " does not exist; the first start creates it"
	case len(state.Pending) > 0:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%s is writable; the next start applies the migrations %s", state.File, strings.Join(state.Pending, ", "))
		f.Advice = "make a backup before"
	default:
		f.Text = fmt.Sprintf("%s is writable and up to date (%d migrations)", state.File, len(state.Applied))
	}
	return f
}

// passwordSource says how the password was given.
type passwordSource int

const (
	passwordHidden        passwordSource = iota // in the environment, or not at all
	passwordOnCommandLine                       // other users of the machine can read the command line
)

// Limits for the strength of a password, in bits. An attacker who tries 1000 passwords a second
// needs 17 years for half of 40 bits. An attacker who has stolen a hash can try a million times as
// many.
const (
	weakBits = 40
	goodBits = 64
)

// checkPassword checks the strength of the operator's password. The finding does not contain it.
func checkPassword(password string, source passwordSource) Finding {
	f := Finding{Check: "password", Status: StatusOK, Text: "a strong password is set"}
	switch bits := passwordBits(password); {
	case password == "":
		f.Status, f.Text = StatusWarn, "no password is set: each start generates a new one and prints it"
		f.Advice = "set SEG_PASSWORD"
	case bits < weakBits:
		f.Status, f.Text = StatusFail, "the password is easy to guess"
		f.Advice = "set SEG_PASSWORD to a long random password, for example from openssl rand -base64 18"
	case bits < goodBits:
		f.Status, f.Text = StatusWarn, "the password is not very strong"
		f.Advice = "set SEG_PASSWORD to a longer password"
	case source == passwordOnCommandLine:
		f.Status, f.Text = StatusWarn, "the password is strong, but other users of the machine can read the command line"
		f.Advice = "set SEG_PASSWORD instead of --password"
	}
	return f
}

// passwordBits estimates the entropy of a password from its length and the kinds of its characters.
// Repeated characters count less. Common passwords count 0.
func passwordBits(password string) float64 {
	plain := strings.ToLower(strings.TrimFunc(password, func(r rune) bool { return !unicode.IsLetter(r) }))
	if slices.Contains([]string{
		"your-password", "password", "passwort", "secret", "admin", "administrator", "letmein", "changeme", "change-me", "qwerty", "qwertz",
		"welcome", "seg", "game", "simple-economic-game", "test", "root", "hello", "iloveyou", "abc", "abcdef",
	}, plain) {
		return 0
	}
	pool := 0
	for _, kind := range []struct {
		size int
		has  func(rune) bool
	}{
		{26, unicode.IsLower},
		{26, unicode.IsUpper},
		{10, unicode.IsDigit},
		{32, func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) }},
		{100, func(r rune) bool { return r >= utf8.RuneSelf }},
	} {
		if strings.ContainsFunc(password, kind.has) {
			pool += kind.size
		}
	}
	distinct := []rune(password)
	slices.Sort(distinct)
	length := min(utf8.RuneCountInString(password), 2*len(slices.Compact(distinct)))
	return float64(length) * math.Log2(float64(max(pool, 2)))
}

// checkFileLimit compares the maximum number of connections with the number of files that may be
// open.
func checkFileLimit(l serve.Limits) Finding {
	limit, known := fdlimit.Get()
	return judgeFileLimit(l, limit, known)
}

func judgeFileLimit(l serve.Limits, limit uint64, known bool) Finding {
	f := Finding{Check: "files", Status: StatusOK}
	needed := uint64(max(l.MaxConnections, 0)) + uint64(max(l.MaxHandshakes, 0)) + serve.ReservedFiles
	switch {
	case !known:
		f.Text = "the limit of open files is unknown on this system"
	case l.MaxConnections == 0:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%d files may be open; nothing else limits the number of connections", limit)
		f.Advice = "set --max-connections to what this machine can handle"
	case limit < needed:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%d files may be open, but --max-connections and --max-handshakes need %d; a server then accepts fewer connections", limit, needed)
		f.Advice = fmt.Sprintf("raise the limit (ulimit -n %d, or LimitNOFILE=%d of systemd), or lower --max-connections", needed, needed)
	default:
		f.Text = fmt.Sprintf("%d files may be open, at most %d are needed", limit, needed)
	}
	return f
}

// clockSample is how far the wall clock and the monotonic clock moved in the same time.
type clockSample struct {
	now             time.Time
	wall, monotonic time.Duration
}

// sampleClocks watches both clocks for 200 ms.
func sampleClocks(ctx context.Context) clockSample {
	const moment = 200 * time.Millisecond
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	<-ctx.Done()
	now := time.Now()
	// Round(0) removes the monotonic reading.
	return clockSample{now, now.Round(0).Sub(began.Round(0)), now.Sub(began)}
}

// The clock is wrong outside of these years.
const (
	firstYear = 2025
	lastYear  = 2100
)

// checkClock checks the wall clock, which ends turns and dates events.
func checkClock(w clockSample) Finding {
	const tolerance = 50 * time.Millisecond
	f := Finding{Check: "clock", Status: StatusOK, Text: w.now.UTC().Format(time.RFC3339)}
	if year := w.now.UTC().Year(); year < firstYear || year > lastYear {
		f.Status, f.Text = StatusFail, "wrong time: "+f.Text
		f.Advice = "set the clock and synchronize it (chrony, systemd-timesyncd)"
	} else if jump := (w.wall - w.monotonic).Abs(); jump > tolerance {
		f.Status, f.Text = StatusWarn, fmt.Sprintf("the clock has just jumped by %s", jump)
		f.Advice = "check whether two programs set the clock; let it be slewed instead of stepped, so that turns keep their length"
	}
	return f
}

// checkRuleset checks whether the ruleset exists and is valid.
func checkRuleset(name string) Finding {
	set, err := ruleset.Open(name)
	if err != nil {
		return Finding{"ruleset", StatusFail, err.Error(), "set --ruleset to classic, industrial or a file; seg ruleset check lists the errors of a file"}
	}
	return Finding{Check: "ruleset", Status: StatusOK, Text: fmt.Sprintf("new sessions use %s; %d rulesets are available", name, len(set.All()))}
}

// checkCertificate checks whether the certificate can be used, and when it expires.
func checkCertificate(c serve.Config, now time.Time) Finding {
	const soon = 14 * 24 * time.Hour
	f := Finding{Check: "certificate", Status: StatusOK, Advice: "renew the certificate; a running server reloads it"}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return Finding{"certificate", StatusFail, err.Error(), "set --tls-cert and --tls-key to a certificate and its key, both PEM"}
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return Finding{"certificate", StatusFail, err.Error(), "set --tls-cert and --tls-key to a certificate and its key, both PEM"}
	}
	f.Text = "valid until " + leaf.NotAfter.UTC().Format(time.RFC3339)
	switch left := leaf.NotAfter.Sub(now); {
	case left <= 0:
		f.Status, f.Text = StatusFail, "expired at "+leaf.NotAfter.UTC().Format(time.RFC3339)
	case now.Before(leaf.NotBefore):
		f.Status, f.Text = StatusFail, "not valid before "+leaf.NotBefore.UTC().Format(time.RFC3339)
		f.Advice = "check the clock, or wait"
	case left < soon:
		f.Status = StatusWarn
	default:
		f.Advice = ""
	}
	return f
}
