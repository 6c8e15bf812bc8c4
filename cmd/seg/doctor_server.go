package main

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
)

// running is what is known of a server that runs already; nil: none does.
type running struct {
	Contract string `json:"contract"`
	Version  string `json:"contract_version"`
	State    string `json:"server_status"`
}

// checkAddress tells whether a server could listen where it is told to, or one of ours does.
func checkAddress(ctx context.Context, c config) (finding, *running) {
	f := finding{Check: "address"}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	switch {
	case err == nil:
		err = listener.Close()
		f.Status, f.Text = statusOK, c.addr+" is free"
		if err != nil {
			f.Status, f.Text = statusWarn, fmt.Sprintf("%s is free, but could not be let go: %v", c.addr, err)
		}
		return f, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return inUse(ctx, c)
	case errors.Is(err, os.ErrPermission):
		f.Advice = "choose a port above 1023 with --addr, or let a proxy stand in front"
	default:
		f.Advice = "give an address of this machine as --addr host:port, or :port for all of them"
	}
	f.Status, f.Text = statusFail, err.Error()
	return f, nil
}

// inUse finds out who listens at an address.
func inUse(ctx context.Context, c config) (finding, *running) {
	found, err := askServer(ctx, c)
	if err != nil {
		return finding{
			"address", statusFail, fmt.Sprintf("%s is in use, and not by a server of this kind: %v", c.addr, err),
			"stop what listens there, or choose another --addr",
		}, nil
	}
	return finding{Check: "address", Status: statusOK, Text: fmt.Sprintf("%s is in use by a seg server that is %s", c.addr, found.State)}, found
}

// askServer asks who listens at the server's address whether it lives, and what it serves.
func askServer(ctx context.Context, c config) (*running, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		//nolint:gosec // G402: a server is asked here who it is, under an address that its certificate need not name; no secret is sent
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	scheme := "http"
	if c.tlsCert != "" {
		scheme = "https"
	}
	base := scheme + "://" + dialable(c.addr)
	var health struct{ Status string }
	if err := getJSON(ctx, &client, base+"/healthz", &health); err != nil {
		return nil, err
	}
	var found running
	if err := getJSON(ctx, &client, base+"/ws/status", &found); err != nil {
		return nil, err
	}
	if health.Status != "ok" || found.Contract == "" {
		return nil, errors.New("it answers /healthz or /ws/status otherwise")
	}
	return &found, nil
}

// dialable is the address to dial for one to listen at: an unspecified host is this machine.
func dialable(addr string) string {
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
func checkContract(found *running) finding {
	own := fmt.Sprintf("protocol %s (%.12s)", wire.Version, wire.Hash)
	switch {
	case found == nil:
		return finding{Check: "contract", Status: statusOK, Text: own + "; no running server to compare with"}
	case found.Contract != wire.Hash:
		return finding{
			"contract", statusWarn, fmt.Sprintf("the running server speaks protocol %s (%.12s), this program %s", found.Version, found.Contract, own),
			"restart the server with this program, or use the program that it was started with",
		}
	}
	return finding{Check: "contract", Status: statusOK, Text: own + ", like the running server"}
}
