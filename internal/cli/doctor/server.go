package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"

	"seg.example/gen/wire"
	"seg.example/internal/cli/serve"
)

// serverInfo is what is known of a server that runs already; nil: none does.
type serverInfo struct {
	Contract string `json:"contract"`
	Version  string `json:"contract_version"`
	State    string `json:"server_status"`
}

// checkAddress tells whether a server could listen where it is told to, or one of ours does.
func checkAddress(ctx context.Context, c serve.Config) (Finding, *serverInfo) {
	f := Finding{Check: "address"}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	switch {
	case err == nil:
		err = listener.Close()
		f.Status, f.Text = StatusOK, c.Addr+" is free"
		if err != nil {
			f.Status, f.Text = StatusWarn, fmt.Sprintf("%s is free, but could not be let go: %v", c.Addr, err)
		}
		return f, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return checkAddressInUse(ctx, c)
	case errors.Is(err, os.ErrPermission):
		f.Advice = "choose a port above 1023 with --addr, or let a proxy stand in front"
	default:
		f.Advice = "give an address of this machine as --addr host:port, or :port for all of them"
	}
	f.Status, f.Text = StatusFail, err.Error()
	return f, nil
}

// checkAddressInUse finds out who listens at an address.
func checkAddressInUse(ctx context.Context, c serve.Config) (Finding, *serverInfo) {
	found, err := queryServer(ctx, c)
	if err != nil {
		return Finding{
			"address", StatusFail, fmt.Sprintf("%s is in use, and not by a server of this kind: %v", c.Addr, err),
			"stop what listens there, or choose another --addr",
		}, nil
	}
	return Finding{Check: "address", Status: StatusOK, Text: fmt.Sprintf("%s is in use by a seg server that is %s", c.Addr, found.State)}, found
}

// queryServer asks who listens at the server's address whether it lives, and what it serves.
func queryServer(ctx context.Context, c serve.Config) (*serverInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		//nolint:gosec // G402: a server is asked here who it is, under an address that its certificate need not name; no secret is sent
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	base := scheme + "://" + dialAddr(c.Addr)
	var health struct{ Status string }
	if err := getJSON(ctx, &client, base+"/healthz", &health); err != nil {
		return nil, err
	}
	var found serverInfo
	if err := getJSON(ctx, &client, base+"/ws/status", &found); err != nil {
		return nil, err
	}
	if health.Status != "ok" || found.Contract == "" {
		return nil, errors.New("it answers /healthz or /ws/status otherwise")
	}
	return &found, nil
}

// dialAddr is the address to dial for one to listen at: an unspecified host is this machine.
func dialAddr(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// maxStatus bounds what is read of an answer, in bytes.
const maxStatus = 4 << 20

func getJSON(ctx context.Context, client *http.Client, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it has been read; there is nothing left to lose
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxStatus)).Decode(into); err != nil {
		return fmt.Errorf("%s answers something else: %w", url, err)
	}
	return nil
}

// checkContract compares a running server's protocol with this program's.
func checkContract(found *serverInfo) Finding {
	own := fmt.Sprintf("protocol %s (%.12s)", wire.Version, wire.Hash)
	switch {
	case found == nil:
		return Finding{Check: "contract", Status: StatusOK, Text: own + "; no running server to compare with"}
	case found.Contract != wire.Hash:
		return Finding{
			"contract", StatusWarn, fmt.Sprintf("the running server speaks protocol %s (%.12s), this program %s", found.Version, found.Contract, own),
			"restart the server with this program, or use the program that it was started with",
		}
	}
	return Finding{Check: "contract", Status: StatusOK, Text: own + ", like the running server"}
}
