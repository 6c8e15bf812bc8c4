package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seg.example/gen/wire"
)

const goodPassword = "Wk3-uY9.qL2_tR7x"

// doctor runs seg doctor and returns the exit code and the findings by check.
func doctor(t *testing.T, args ...string) (int, map[string]finding) {
	t.Helper()
	var stdout, stderr strings.Builder
	code := run(t.Context(), append([]string{"doctor", "--json"}, args...), &stdout, &stderr)
	keepsSecrets(t, "seg doctor", stdout.String()+stderr.String())
	var report struct {
		OK     bool
		Checks []finding
	}
	if err := json.Unmarshal([]byte(stdout.String()), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	if report.OK != (code == exitOK) {
		t.Errorf("exit code %d, ok %v", code, report.OK)
	}
	found := map[string]finding{}
	for _, f := range report.Checks {
		found[f.Check] = f
		if f.Text == "" || f.Status == statusFail && f.Advice == "" || f.Status == statusOK && f.Advice != "" {
			t.Errorf("a finding that does not say enough, or too much: %+v", f)
		}
	}
	return code, found
}

func want(t *testing.T, f finding, s status, text string) {
	t.Helper()
	if f.Status != s || !strings.Contains(f.Text, text) {
		t.Errorf("%+v, want %s with %q", f, s, text)
	}
}

// TestDoctor_fresh: on a machine where nothing is wrong nothing is found, and nothing is left behind.
func TestDoctor_fresh(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, found := doctor(t, "--addr", "127.0.0.1:0", "--database-url", "sqlite://"+filepath.Join(dir, "seg.db"), "--max-connections", "100")
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	want(t, found["address"], statusOK, "is free")
	want(t, found["contract"], statusOK, "no running server")
	want(t, found["database"], statusOK, "the first start makes it")
	want(t, found["password"], statusWarn, "none is set")
	want(t, found["clock"], statusOK, "20")
	want(t, found["ruleset"], statusOK, "classic")
	if _, checked := found["certificate"]; checked {
		t.Error("there is no certificate to check")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestDoctor_misspelt: only the log of a server told of variables that have no effect, and not whoever asked why.
func TestDoctor_misspelt(t *testing.T) {
	flags := []string{"--addr", "127.0.0.1:0", "--database-url", "sqlite://" + filepath.Join(t.TempDir(), "seg.db")}
	_, found := doctor(t, flags...)
	want(t, found["variables"], statusOK, "none")
	t.Setenv("SEG_PASSWD", password)
	t.Setenv("SEG_ORIGIN", "https://game.example")
	code, found := doctor(t, flags...)
	want(t, found["variables"], statusWarn, "SEG_ORIGIN, SEG_PASSWD:")
	if advice := found["variables"].Advice; code != exitOK || !strings.Contains(advice, "SEG_ORIGINS, SEG_PASSWORD") {
		t.Errorf("exit code %d: %s", code, advice)
	}
}

// TestDoctor_running looks at a server that is at work; it must not notice.
func TestDoctor_running(t *testing.T) {
	t.Parallel()
	s := start(t)
	code, found := doctor(t, "--addr", s.addr, "--database-url", "sqlite://"+s.database, "--password", goodPassword)
	if code != exitOK {
		t.Errorf("exit code %d: %+v", code, found)
	}
	want(t, found["address"], statusOK, "in use by a seg server that is running")
	want(t, found["contract"], statusOK, "like the running server")
	want(t, found["database"], statusOK, "is up to date")
	want(t, found["password"], statusWarn, "command line")
	if got := s.connect(t, "c", "").call(`{"type":"create-session","password":"` + password + `","request_id":1}`); got.Code != "" {
		t.Errorf("the server does not work any more: %s", got.Raw)
	}
}

// TestDoctor_foreign: what listens there is no server of ours, or one of another version.
func TestDoctor_foreign(t *testing.T) {
	t.Parallel()
	healthy := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"status":"ok"}`) }
	serve := func(contract string) string {
		mux := http.NewServeMux()
		mux.HandleFunc("/healthz", healthy)
		mux.HandleFunc("/ws/status", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, contract) })
		s := httptest.NewServer(mux)
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for conn, err := silent.Accept(); err == nil; conn, err = silent.Accept() {
			conn.Close()
		}
	}()
	t.Cleanup(func() { silent.Close() })
	for _, row := range []struct {
		name, addr        string
		address, contract status
		text              string
	}{
		{"another version", serve(`{"server_status":"draining","contract":"abc","contract_version":"9.9.9"}`), statusOK, statusWarn, "draining"},
		{"another program", serve(`{}`), statusFail, statusOK, "not by a server of this kind"},
		{"no JSON", serve(`<html>`), statusFail, statusOK, "not by a server of this kind"},
		{"no HTTP", silent.Addr().String(), statusFail, statusOK, "not by a server of this kind"},
		{"no address of ours", "192.0.2.1:8000", statusFail, statusOK, "192.0.2.1"},
		{"no address", "nonsense", statusFail, statusOK, "nonsense"},
	} {
		c := config{addr: row.addr}
		address, found := checkAddress(t.Context(), c)
		if address.Status != row.address || !strings.Contains(address.Text, row.text) {
			t.Errorf("%s: %+v", row.name, address)
		}
		if got := checkContract(found); got.Status != row.contract || !strings.Contains(got.Text, wire.Version) {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
}

func TestDoctor_failures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	args := []string{"doctor", "--addr", "127.0.0.1:0", "--database-url", "sqlite://" + file, "--password", "hunter2", "--ruleset", "chess"}
	if code := run(t.Context(), args, &out, &out); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{
		"fail  database", "fail  password", "fail  ruleset", "ok    address", "-> set SEG_PASSWORD", "3 of 8 checks failed",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Error("it tells the password")
	}
	if code := run(t.Context(), []string{"doctor", "now"}, &out, &out); code != exitUsage {
		t.Errorf("exit code %d for an argument", code)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]status{
		"": statusWarn, "your-password": statusFail, "Password1!": statusFail, "12345678": statusFail, "aaaaaaaaaaaaaaaaaaaaaaaa": statusFail,
		"short": statusFail, "Admin2026": statusFail, "Wk3-uY9.": statusWarn, "hkqzmwptrv": statusWarn, goodPassword: statusOK,
		"correct horse battery staple": statusOK, rand.Text(): statusOK, "пароль-из-многих-букв": statusOK,
	} {
		if got := checkPassword(password, passwordHidden); got.Status != want || password != "" && strings.Contains(got.Text, password) {
			t.Errorf("%q: %+v, want %s", password, got, want)
		}
	}
	if got := checkPassword(goodPassword, passwordOnCommandLine); got.Status != statusWarn {
		t.Errorf("on the command line: %+v", got)
	}
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		connections int
		limit       uint64
		known       bool
		want        status
	}{
		{1000, 1164, true, statusOK}, {1000, 1163, true, statusWarn}, {0, 1 << 20, true, statusWarn}, {1000, 0, false, statusOK},
	} {
		if got := judgeFiles(limits{connections: row.connections, handshakes: 100}, row.limit, row.known); got.Status != row.want {
			t.Errorf("%+v: %+v", row, got)
		}
	}
	if got := checkFiles(limits{connections: 1}); !strings.Contains(got.Text, "may be open") {
		t.Errorf("%+v", got)
	}
}

func TestCheckClock(t *testing.T) {
	t.Parallel()
	at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	second := time.Second
	for _, row := range []struct {
		watch clockWatch
		want  status
	}{
		{clockWatch{at(2026), second, second}, statusOK},
		{clockWatch{at(2026), second + 10*time.Millisecond, second}, statusOK},
		{clockWatch{at(2026), second + 100*time.Millisecond, second}, statusWarn},
		{clockWatch{at(2026), -time.Hour, second}, statusWarn},
		{clockWatch{at(1970), second, second}, statusFail},
		{clockWatch{at(2101), second, second}, statusFail},
	} {
		if got := checkClock(row.watch); got.Status != row.want {
			t.Errorf("%+v: %+v", row.watch, got)
		}
	}
	if w := watchClock(t.Context()); w.monotonic < 100*time.Millisecond || w.wall == 0 {
		t.Errorf("%+v", w)
	}
}

// certificate writes a certificate that is valid from one moment to another, with its key, and returns the files.
func certificate(t *testing.T, from, to time.Time) config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signed, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := config{tlsCert: filepath.Join(dir, "cert.pem"), tlsKey: filepath.Join(dir, "key.pem")}
	for file, block := range map[string]*pem.Block{c.tlsCert: {Type: "CERTIFICATE", Bytes: signed}, c.tlsKey: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCheckCertificate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, row := range []struct {
		from, to time.Time
		want     status
	}{
		{now.Add(-day), now.Add(90 * day), statusOK},
		{now.Add(-day), now.Add(10 * day), statusWarn},
		{now.Add(-2 * day), now.Add(-day), statusFail},
		{now.Add(day), now.Add(90 * day), statusFail},
	} {
		if got := checkCertificate(certificate(t, row.from, row.to), now); got.Status != row.want || (got.Advice == "") != (row.want == statusOK) {
			t.Errorf("%+v: %+v", row, got)
		}
	}
	if got := checkCertificate(config{tlsCert: "none.pem", tlsKey: "none.pem"}, now); got.Status != statusFail {
		t.Errorf("no file: %+v", got)
	}
}

// TestDoctor_tls asks a server that speaks https only, under a certificate that nobody has signed.
func TestDoctor_tls(t *testing.T) {
	t.Parallel()
	c := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(100*24*time.Hour))
	tls := []string{"--tls-cert", c.tlsCert, "--tls-key", c.tlsKey}
	s := start(t, tls...)
	_, found := doctor(t, slices.Concat([]string{"--addr", s.addr, "--database-url", "sqlite://" + s.database}, tls)...)
	want(t, found["address"], statusOK, "in use by a seg server")
	want(t, found["certificate"], statusOK, "valid until")
}
