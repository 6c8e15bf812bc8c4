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

// serverInfo is what /ws/status says about a running server.
type serverInfo struct {
	Contract string `json:"contract"`
	Version  string `json:"contract_version"`
	State    string `json:"server_status"`
}

// checkAddress checks whether a server can listen on the address, or a seg server listens there
// already. It returns the information about such a server, or nil.
func checkAddress(ctx context.Context, c serve.Config) (Finding, *serverInfo) {
	f := Finding{Check: "address"}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	switch {
	case err == nil:
		err = listener.Close()
		f.Status, f.Text = StatusOK, c.Addr+" is free"
		if err != nil {
			f.Status, f.Text = StatusWarn, fmt.Sprintf("%s is free, but closing the test listener failed: %v", c.Addr, err)
		}
		return f, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return checkAddressInUse(ctx, c)
	case errors.Is(err, os.ErrPermission):
		f.Advice = "choose a port above 1023 with --addr, or put a proxy in front of the server"
	default:
		f.Advice = "give an address of this machine as --addr host:port, or :port for all addresses"
	}
	f.Status, f.Text = StatusFail, err.Error()
	return f, nil
}

// checkAddressInUse finds out which program listens on the address.
func checkAddressInUse(ctx context.Context, c serve.Config) (Finding, *serverInfo) {
	found, err := queryServer(ctx, c)
	if err != nil {
		return Finding{
			"address", StatusFail, fmt.Sprintf("%s is in use, but not by a seg server: %v", c.Addr, err),
			"stop the program that listens there, or choose another --addr",
		}, nil
	}
	return Finding{Check: "address", Status: StatusOK, Text: fmt.Sprintf("%s is in use by a seg server that is %s", c.Addr, found.State)}, found
}

// queryServer asks the program at the server's address for its health and its protocol version.
func queryServer(ctx context.Context, c serve.Config) (*serverInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		//nolint:gosec // G402: the certificate need not name this address, and the request contains no secret
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
		return nil, errors.New("it answers /healthz or /ws/status differently")
	}
	return &found, nil
}

// dialAddr returns the address to dial for an address to listen on. An unspecified host becomes
// localhost.
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

// maxStatus bounds the size of an HTTP answer, in bytes.
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
	defer response.Body.Close() //nolint:errcheck // the body has been read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxStatus)).Decode(into); err != nil {
		return fmt.Errorf("%s answers with something else: %w", url, err)
	}
	return nil
}

// checkContract compares the protocol of a running server with the protocol of this program. found
// is nil if no server runs.
func checkContract(found *serverInfo) Finding {
	own := fmt.Sprintf("protocol %s (%.12s)", wire.Version, wire.Hash)
	switch {
	case found == nil:
		return Finding{Check: "contract", Status: StatusOK, Text: own + "; no running server to compare with"}
	case found.Contract != wire.Hash:
		return Finding{
			"contract", StatusWarn, fmt.Sprintf("the running server uses protocol %s (%.12s), this program %s", found.Version, found.Contract, own),
			"restart the server with this version, or use the version of the server",
		}
	}
	return Finding{Check: "contract", Status: StatusOK, Text: own + ", the same as the running server"}
}
