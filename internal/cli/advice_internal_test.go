package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	remote "seg.example/gen/client"
	"seg.example/internal/cli/clikit"
)

// TestAdvice: which hint each error gets. Some of these errors cannot be caused in a test on every
// machine. Some errors get no hint.
func TestAdvice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, row := range []struct {
		err  error
		want string
	}{
		{&remote.HandshakeError{Status: 409, Refusal: &remote.Error{Code: "conflict"}}, "choose another --client-id"},
		{&remote.ClosedError{Code: 4409, Reason: "client_id is in use"}, "choose another --client-id"},
		{&remote.ClosedError{Code: 4404, Reason: "Session not found"}, "seg call get-sessions"},
		{&remote.HandshakeError{Status: 404, Refusal: &remote.Error{Code: "not_found", Text: "Session not found"}}, "seg call get-sessions"},
		{&remote.ClosedError{Code: 4400, Reason: "client_id must be given once"}, ""},
		{&remote.ClosedError{Code: 4001, Reason: "replaced"}, ""},
		{&remote.HandshakeError{Status: 429, Refusal: &remote.Error{Code: "rate_limited"}}, "wait a little"},
		{&remote.HandshakeError{Status: 503}, "wait a little"},
		{ws.StatusError(200), "check the path"},
		{&remote.HandshakeError{Status: 400}, "wss://"},
		{ws.ErrHandshakeBadProtocol, "wss://"},
		{&remote.HandshakeError{Status: 400, Refusal: &remote.Error{Code: "invalid_field"}}, ""},
		{&remote.Error{Code: "rate_limited"}, "wait a little"},
		{&remote.Error{Code: "internal", Text: "Internal error x"}, "the server's log"},
		{&remote.Error{Code: "unknown_type"}, "compare the contract in the answer of seg call ping with seg --version"},
		{&remote.HandshakeError{Status: 301}, "wss://"},
		{ws.StatusError(502), "a proxy answered"},
		{clikit.Unreachable(io.EOF, time.Second), "is not a seg server"},
		{clikit.Unreachable(ws.ErrMalformedResponse, time.Second), "is not a seg server"},
		{clikit.Unreachable(context.DeadlineExceeded, time.Second), "whether the server there still answers"},
		{io.EOF, ""}, // the error of reading a file
		{&net.DNSError{Name: "x", IsNotFound: true}, "check the host"},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, "SSL_CERT_FILE"},
		{x509.HostnameError{}, "the name in the certificate"},
		{&net.OpError{Op: "listen", Err: os.ErrPermission}, "a port above 1023"},
		{&os.PathError{Op: "open", Path: filepath.Join(folder, "x"), Err: os.ErrPermission}, "give this user write access to " + folder},
		{&os.PathError{Op: "open", Path: filepath.Join(folder, "x"), Err: os.ErrNotExist}, ""},
		{&net.OpError{Op: "read", Err: errors.New("x")}, ""},
		{&remote.Error{Code: "conflict"}, ""},
		{errors.New("something else"), ""},
	} {
		if got := advice(fmt.Errorf("do it: %w", row.err)); !strings.HasPrefix(got, row.want) && !strings.Contains(got, row.want) || (got == "") != (row.want == "") {
			t.Errorf("%v: %q, want %q", row.err, got, row.want)
		}
	}
}
