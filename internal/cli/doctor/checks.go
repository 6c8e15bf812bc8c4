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

// checkVariables tells of variables that look like settings and are none, by name with what was probably meant.
func checkVariables(misspelt map[string]string) Finding {
	f := Finding{Check: "variables", Status: StatusOK, Text: "none looks like a setting that is misspelt"}
	if len(misspelt) > 0 {
		names := slices.Sorted(maps.Keys(misspelt))
		var meant []string
		for _, name := range names {
			meant = append(meant, misspelt[name])
		}
		f.Status, f.Text = StatusWarn, strings.Join(names, ", ")+": no setting, so without effect"
		f.Advice = "set " + strings.Join(meant, ", ") + " instead, if that was meant"
	}
	return f
}

// checkDatabase looks at the database and at what the next start would do to it.
func checkDatabase(ctx context.Context, url string) Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	state, err := store.Inspect(ctx, url)
	f := Finding{Check: "database", Status: StatusOK}
	switch {
	case err != nil:
		f.Status, f.Text = StatusFail, strings.TrimPrefix(state.File+": "+err.Error(), ": ")
		f.Advice = "give a file of ours in a folder that this user may write as --database-url sqlite://PATH"
	case len(state.Unknown) > 0:
		f.Status = StatusFail
		f.Text = fmt.Sprintf("%s has been changed by a newer program (migrations %s)", state.File, strings.Join(state.Unknown, ", "))
		f.Advice = "start the newer program, or restore a backup from before"
	case !state.Exists:
		f.Text = state.File + " is not there yet; the first start makes it"
	case len(state.Pending) > 0:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%s can be written; the next start takes the migrations %s", state.File, strings.Join(state.Pending, ", "))
		f.Advice = "back it up before"
	default:
		f.Text = fmt.Sprintf("%s can be written and is up to date (%d migrations)", state.File, len(state.Applied))
	}
	return f
}

// passwordSource says how the password was given.
type passwordSource int

const (
	passwordHidden        passwordSource = iota // in the environment, or not at all
	passwordOnCommandLine                       // where other users of the machine can read it
)

// Bounds of a password's strength, in bits: who guesses a thousand times a second finds half of those with 40 bits in 17 years,
// and who has stolen its sum can try a million times as many.
const (
	weakBits = 40
	goodBits = 64
)

// checkPassword judges the operator's password, of which it tells nothing.
func checkPassword(password string, source passwordSource) Finding {
	f := Finding{Check: "password", Status: StatusOK, Text: "a strong one is set"}
	switch bits := passwordBits(password); {
	case password == "":
		f.Status, f.Text = StatusWarn, "none is set: each start makes a new one and prints it"
		f.Advice = "set SEG_PASSWORD"
	case bits < weakBits:
		f.Status, f.Text = StatusFail, "it is easily guessed"
		f.Advice = "set SEG_PASSWORD to a long random one, such as openssl rand -base64 18 makes"
	case bits < goodBits:
		f.Status, f.Text = StatusWarn, "it is not very strong"
		f.Advice = "set SEG_PASSWORD to a longer one"
	case source == passwordOnCommandLine:
		f.Status, f.Text = StatusWarn, "a strong one is set, but on the command line, which other users of the machine can read"
		f.Advice = "set SEG_PASSWORD instead of --password"
	}
	return f
}

// passwordBits estimates the bits of a password: its length by the kinds of its characters. What repeats itself counts less, and what
// everybody thinks of first counts nothing.
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

// checkFileLimit holds the connections that a server would take against the files that it may open.
func checkFileLimit(l serve.Limits) Finding {
	limit, known := fdlimit.Get()
	return judgeFileLimit(l, limit, known)
}

func judgeFileLimit(l serve.Limits, limit uint64, known bool) Finding {
	f := Finding{Check: "files", Status: StatusOK}
	needed := uint64(max(l.MaxConnections, 0)) + uint64(max(l.MaxHandshakes, 0)) + serve.ReservedFiles
	switch {
	case !known:
		f.Text = "how many may be open is not known here"
	case l.MaxConnections == 0:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%d may be open, which limits the number of connections: nothing else does", limit)
		f.Advice = "set --max-connections to what this machine can take"
	case limit < needed:
		f.Status = StatusWarn
		f.Text = fmt.Sprintf("%d may be open, but --max-connections and --max-handshakes together allow for %d; a server takes fewer then", limit, needed)
		f.Advice = fmt.Sprintf("raise the limit (ulimit -n %d, or LimitNOFILE=%d of systemd), or lower --max-connections", needed, needed)
	default:
		f.Text = fmt.Sprintf("%d may be open, %d are needed at most", limit, needed)
	}
	return f
}

// clockSample is how far the two clocks of a machine have come in the same time.
type clockSample struct {
	now             time.Time
	wall, monotonic time.Duration
}

// sampleClocks watches both clocks for a moment.
func sampleClocks(ctx context.Context) clockSample {
	const moment = 200 * time.Millisecond
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	<-ctx.Done()
	now := time.Now()
	// Round takes the monotonic reading off.
	return clockSample{now, now.Round(0).Sub(began.Round(0)), now.Sub(began)}
}

// Years in which a clock may be right.
const (
	firstYear = 2025
	lastYear  = 2100
)

// checkClock judges the clock: turns end by it, and events carry its time.
func checkClock(w clockSample) Finding {
	const tolerance = 50 * time.Millisecond
	f := Finding{Check: "clock", Status: StatusOK, Text: w.now.UTC().Format(time.RFC3339)}
	if year := w.now.UTC().Year(); year < firstYear || year > lastYear {
		f.Status, f.Text = StatusFail, "it shows "+f.Text
		f.Advice = "set the clock, and let it be kept right (chrony, systemd-timesyncd)"
	} else if jump := (w.wall - w.monotonic).Abs(); jump > tolerance {
		f.Status, f.Text = StatusWarn, fmt.Sprintf("it has just been moved by %s", jump)
		f.Advice = "see whether two programs set the clock; one that is slewed, not stepped, keeps turns even"
	}
	return f
}

// checkRuleset tells whether there is a ruleset of a name.
func checkRuleset(name string) Finding {
	set, err := ruleset.Open(name)
	if err != nil {
		return Finding{"ruleset", StatusFail, err.Error(), "give --ruleset classic, industrial or a file; seg ruleset check tells what is wrong with one"}
	}
	return Finding{Check: "ruleset", Status: StatusOK, Text: fmt.Sprintf("new sessions play by %s; there are %d", name, len(set.All()))}
}

// checkCertificate tells whether the certificate can be used, and for how long yet.
func checkCertificate(c serve.Config, now time.Time) Finding {
	const soon = 14 * 24 * time.Hour
	f := Finding{Check: "certificate", Status: StatusOK, Advice: "renew it; a server that runs reads the new one by itself"}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return Finding{"certificate", StatusFail, err.Error(), "give a certificate and its key, both PEM, as --tls-cert and --tls-key"}
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return Finding{"certificate", StatusFail, err.Error(), "give a certificate and its key, both PEM, as --tls-cert and --tls-key"}
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
