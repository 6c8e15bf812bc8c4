package doctor

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"seg.example/gen/wire"
	"seg.example/internal/cli/clitest"
	"seg.example/internal/cli/serve"
	"seg.example/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const goodPassword = "Wk3-uY9.qL2_tR7x"

// TestCheckAddress_otherServers: the address is used by another program, or by a seg server of
// another version.
func TestCheckAddress_otherServers(t *testing.T) {
	t.Parallel()
	healthy := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"status":"ok"}`) }
	startServer := func(contract string) string {
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
		address, contract Status
		text              string
	}{
		{"another version", startServer(`{"server_status":"draining","contract":"abc","contract_version":"9.9.9"}`), StatusOK, StatusWarn, "draining"},
		{"another program", startServer(`{}`), StatusFail, StatusOK, "not by a seg server"},
		{"no JSON", startServer(`<html>`), StatusFail, StatusOK, "not by a seg server"},
		{"no HTTP", silent.Addr().String(), StatusFail, StatusOK, "not by a seg server"},
		{"an address of another machine", "192.0.2.1:8000", StatusFail, StatusOK, "192.0.2.1"},
		{"no address", "nonsense", StatusFail, StatusOK, "nonsense"},
	} {
		c := serve.Config{Addr: row.addr}
		address, found := checkAddress(t.Context(), c)
		if address.Status != row.address || !strings.Contains(address.Text, row.text) {
			t.Errorf("%s: %+v", row.name, address)
		}
		if got := checkContract(found); got.Status != row.contract || !strings.Contains(got.Text, wire.Version) {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]Status{
		"": StatusWarn, "your-password": StatusFail, "Password1!": StatusFail, "12345678": StatusFail, "aaaaaaaaaaaaaaaaaaaaaaaa": StatusFail,
		"short": StatusFail, "Admin2026": StatusFail, "Wk3-uY9.": StatusWarn, "hkqzmwptrv": StatusWarn, goodPassword: StatusOK,
		"correct horse battery staple": StatusOK, rand.Text(): StatusOK, "пароль-из-многих-букв": StatusOK,
	} {
		if got := checkPassword(password, passwordHidden); got.Status != want || password != "" && strings.Contains(got.Text, password) {
			t.Errorf("%q: %+v, want %s", password, got, want)
		}
	}
	if got := checkPassword(goodPassword, passwordOnCommandLine); got.Status != StatusWarn {
		t.Errorf("on the command line: %+v", got)
	}
}

func TestCheckFileLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		connections int
		limit       uint64
		known       bool
		want        Status
	}{
		{1000, 1164, true, StatusOK}, {1000, 1163, true, StatusWarn}, {0, 1 << 20, true, StatusWarn}, {1000, 0, false, StatusOK},
	} {
		if got := judgeFileLimit(serve.Limits{MaxConnections: row.connections, MaxHandshakes: 100}, row.limit, row.known); got.Status != row.want {
			t.Errorf("%+v: %+v", row, got)
		}
	}
	if got := checkFileLimit(serve.Limits{MaxConnections: 1}); !strings.Contains(got.Text, "may be open") {
		t.Errorf("%+v", got)
	}
}

func TestCheckClock(t *testing.T) {
	t.Parallel()
	at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	second := time.Second
	for _, row := range []struct {
		watch clockSample
		want  Status
	}{
		{clockSample{at(2026), second, second}, StatusOK},
		{clockSample{at(2026), second + 10*time.Millisecond, second}, StatusOK},
		{clockSample{at(2026), second + 100*time.Millisecond, second}, StatusWarn},
		{clockSample{at(2026), -time.Hour, second}, StatusWarn},
		{clockSample{at(1970), second, second}, StatusFail},
		{clockSample{at(2101), second, second}, StatusFail},
	} {
		if got := checkClock(row.watch); got.Status != row.want {
			t.Errorf("%+v: %+v", row.watch, got)
		}
	}
	if w := sampleClocks(t.Context()); w.monotonic < 100*time.Millisecond || w.wall == 0 {
		t.Errorf("%+v", w)
	}
}

func TestCheckCertificate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, row := range []struct {
		from, to time.Time
		want     Status
	}{
		{now.Add(-day), now.Add(90 * day), StatusOK},
		{now.Add(-day), now.Add(10 * day), StatusWarn},
		{now.Add(-2 * day), now.Add(-day), StatusFail},
		{now.Add(day), now.Add(90 * day), StatusFail},
	} {
		files := clitest.Certificate(t, row.from, row.to)
		if got := checkCertificate(serve.Config{TLSCert: files.Cert, TLSKey: files.Key}, now); got.Status != row.want || (got.Advice == "") != (row.want == StatusOK) {
			t.Errorf("%+v: %+v", row, got)
		}
	}
	if got := checkCertificate(serve.Config{TLSCert: "none.pem", TLSKey: "none.pem"}, now); got.Status != StatusFail {
		t.Errorf("no file: %+v", got)
	}
}
